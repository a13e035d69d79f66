"""Lengths of time counted by the bin of their logarithm: added up in any order, percentiles to within 2 %."""

from collections import Counter
from collections.abc import Mapping
from math import ceil, log

GROWTH = 1.04
"""Each bin reaches so much farther than the one before; the query that fills rollups has the same number."""
ERROR = (GROWTH - 1) / (GROWTH + 1)
"""How far a percentile may be from the length that stands there, at most, as a part of it; from 1 ms on."""


def bin_of(milliseconds: float) -> int:
    """The bin that a length falls into; everything below a millisecond falls into the first."""
    return max(ceil(log(max(milliseconds, 1)) / log(GROWTH)), 0)


def length_in(number: int) -> float:
    """The length in milliseconds that stands for a bin: no length in it is farther away than `ERROR` of itself."""
    return 1.0 if number == 0 else 2 * GROWTH**number / (GROWTH + 1)


class Histogram:
    """How many lengths fell into each bin."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def add(self, counts: Mapping[str, int]) -> None:
        """Take in what another one has counted: how many by bin, as rows have it."""
        for number, count in counts.items():
            self.counts[int(number)] += count

    def percentiles(self, *parts: float) -> list[float] | None:
        """The lengths below which these parts of all lie, parts ascending from 0 to 1; None if there is nothing."""
        total = self.counts.total()
        if not total:
            return None
        found: list[float] = []
        reached, bins = 0, iter(sorted(self.counts))
        number = next(bins)
        for part in parts:
            while reached + self.counts[number] < max(ceil(part * total), 1):
                reached += self.counts[number]
                number = next(bins)
            found.append(length_in(number))
        return found
