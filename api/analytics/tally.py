"""What rollups come to: by what they are grouped by, and by interval."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.analytics.histogram import added


@dataclass(slots=True)
class Tally:
    """What rollups come to. `lengths` is a histogram."""

    outcomes: Counter[str] = field(default_factory=Counter[str])
    lengths: Decimal = Decimal(0)
    retries: int = 0
    cost: Decimal = Decimal(0)
    unknown_costs: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, row: Any) -> None:
        """Take in a row of them."""
        self.outcomes.update(row["outcomes"])
        if row["lengths"] is not None:
            self.lengths = added(self.lengths, Decimal(row["lengths"]))
        self.retries += row["retries"]
        self.cost += row["cost_usd"]
        self.unknown_costs += row["unknown_costs"]
        self.input_tokens += row["input_tokens"]
        self.output_tokens += row["output_tokens"]


@dataclass(slots=True)
class Grouped:
    """What is known of one thing: a row that names it, the whole, and what was in each interval."""

    of: Any
    total: Tally = field(default_factory=Tally)
    series: dict[datetime, Tally] = field(default_factory=dict[datetime, Tally])


def grouped(rows: Iterable[Any]) -> list[Grouped]:
    """The groups, those of which most is known first; rows in the order of time."""
    found: dict[tuple[Any, ...], Grouped] = {}
    for row in rows:
        group = found.setdefault((row["workflow_id"], row["environment"], row["subject"]), Grouped(row))
        group.total.add(row)
        if row["at"] is not None:
            group.series.setdefault(row["at"], Tally()).add(row)
    return sorted(found.values(), key=lambda group: group.total.outcomes.total(), reverse=True)
