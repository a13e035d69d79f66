"""Lengths of time counted by the bin of their logarithm: added up in any order, percentiles to within 2 %.

A histogram is one whole number, twelve of its digits for each bin, the shortest lengths last. A sum of such numbers is
the histogram of all their lengths, so that Postgres adds up millions.
"""

import re
from bisect import bisect_left
from decimal import Context, Decimal, Inexact
from itertools import accumulate
from math import ceil, log

GROWTH = 1.04
"""Each bin reaches so much farther than the one before; the query that fills rollups has the same number."""
ERROR = (GROWTH - 1) / (GROWTH + 1)
"""How far a percentile may be from the length that stands there, at most, as a part of it; from 1 ms on."""
DIGITS = 12
"""Of each bin, so that no count reaches into the next; the query has the same number."""
_BIN = re.compile("." * DIGITS)
_EMPTY = "0" * DIGITS
_EXACT = Context(prec=100_000, traps=[Inexact])
"""For more bins than time has."""


def bin_of(milliseconds: float) -> int:
    """The bin that a length falls into; everything below a millisecond falls into the first."""
    return max(ceil(log(max(milliseconds, 1)) / log(GROWTH)), 0)


def length_in(number: int) -> float:
    """The length in milliseconds that stands for a bin: no length in it is farther away than `ERROR` of itself."""
    return 1.0 if number == 0 else 2 * GROWTH**number / (GROWTH + 1)


def added(one: Decimal, other: Decimal) -> Decimal:
    """The histogram of the lengths of both."""
    return _EXACT.add(one, other)


def counts_of(histogram: Decimal) -> dict[int, int]:
    """How many lengths the bins have that have any, the shortest first."""
    digits = f"{histogram:f}"
    padded = digits.zfill(ceil(len(digits) / DIGITS) * DIGITS)
    return {number: int(count) for number, count in enumerate(_BIN.findall(padded)[::-1]) if count != _EMPTY}


def percentiles(histogram: Decimal, *parts: float) -> list[float] | None:
    """The lengths below which these parts of all lie, each from 0 to 1; None if there is nothing."""
    counts = counts_of(histogram)
    if not counts:
        return None
    numbers, reached = list(counts), list(accumulate(counts.values()))
    return [length_in(numbers[bisect_left(reached, max(ceil(part * reached[-1]), 1))]) for part in parts]
