"""Rollups added up: by what they are grouped by, and by interval."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from plait.histogram import Counts, add_counts


@dataclass(slots=True)
class Tally:
    """What several rollups come to."""

    outcomes: Counts = field(default_factory=dict[str, int])
    lengths: Counts = field(default_factory=dict[str, int])
    retries: int = 0
    cost: Decimal = Decimal(0)
    unknown_costs: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, row: Any) -> None:
        """Take a rollup in."""
        add_counts(self.outcomes, row["outcomes"])
        add_counts(self.lengths, row["lengths"])
        self.retries += row["retries"]
        self.cost += row["cost_usd"]
        self.unknown_costs += row["unknown_costs"]
        self.input_tokens += row["input_tokens"]
        self.output_tokens += row["output_tokens"]


@dataclass(slots=True)
class Grouped:
    """One group: a rollup that stands for what it is of, the whole, and what was in each interval."""

    of: Any
    total: Tally = field(default_factory=Tally)
    series: dict[datetime, Tally] = field(default_factory=dict)


def grouped(
    rows: Iterable[Any], key: Callable[[Any], Hashable], interval: Callable[[datetime], datetime] | None
) -> list[Grouped]:
    """The groups, those of which most is known first; rows in the order of time."""
    found: dict[Hashable, Grouped] = {}
    for row in rows:
        group = found.setdefault(key(row), Grouped(row))
        group.total.add(row)
        if interval is not None:
            group.series.setdefault(interval(row["at"]), Tally()).add(row)
    return sorted(found.values(), key=lambda group: sum(group.total.outcomes.values()), reverse=True)
