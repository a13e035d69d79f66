"""Lengths of time counted by the bin of their logarithm: added up in any order, percentiles to within 2 %."""

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


Counts = dict[str, int]
"""Numbers by name, as rows have them: how many lengths fell into each bin, or ended each way."""


def add_counts(to: Counts, others: Mapping[str, int]) -> None:
    """Take in what others have counted."""
    known = to.get
    for name, number in others.items():
        to[name] = known(name, 0) + number


def percentiles(bins: Mapping[str, int], *parts: float) -> list[float] | None:
    """The lengths below which these parts of all lie, parts ascending from 0 to 1; None if there is nothing."""
    ordered = sorted((int(number), count) for number, count in bins.items())
    total = sum(count for _, count in ordered)
    if not total:
        return None
    found: list[float] = []
    reached, rest = 0, iter(ordered)
    number, count = next(rest)
    for part in parts:
        while reached + count < max(ceil(part * total), 1):
            reached += count
            number, count = next(rest)
        found.append(length_in(number))
    return found
