"""What histograms of lengths promise: the order of adding does not matter, and percentiles are within 2 %."""

from collections import Counter
from decimal import Decimal
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from api.analytics.histogram import DIGITS, ERROR, added, bin_of, counts_of, length_in, percentiles

LENGTHS = st.lists(st.floats(1, 1e10), min_size=1, max_size=60)


def histogram_of(lengths: list[float]) -> Decimal:
    """The histogram of these lengths."""
    return Decimal(sum(10 ** (DIGITS * bin_of(length)) for length in lengths))


@given(st.floats(1, 1e10))
def test_what_stands_for_a_bin_is_within_two_percent_of_every_length_in_it(length: float) -> None:
    assert abs(length_in(bin_of(length)) - length) <= length * ERROR * (1 + 1e-9)
    assert ERROR < 0.02


@given(LENGTHS, LENGTHS, LENGTHS)
def test_adding_up_counts_every_length_in_its_bin_in_any_order(
    one: list[float], two: list[float], three: list[float]
) -> None:
    a, b, c = map(histogram_of, (one, two, three))
    assert added(added(a, b), c) == added(c, added(a, b)) == added(b, added(c, a))
    expected = Counter(map(bin_of, one + two + three))
    assert counts_of(added(added(a, b), c)) == expected


def test_no_count_reaches_into_the_next_bin() -> None:
    many = Decimal(999_999_999_999).scaleb(DIGITS * 3)
    assert counts_of(added(many, histogram_of([length_in(4)]))) == {3: 999_999_999_999, 4: 1}


@given(LENGTHS)
def test_percentiles_are_within_two_percent_of_the_lengths_that_stand_there(lengths: list[float]) -> None:
    parts = (0.5, 0.9, 0.99, 1.0)
    found = percentiles(histogram_of(lengths), *parts)
    assert found is not None
    for part, about in zip(parts, found, strict=True):
        exact = sorted(lengths)[ceil(part * len(lengths)) - 1]
        assert abs(about - exact) <= exact * ERROR * (1 + 1e-9)


def test_nothing_has_no_percentiles() -> None:
    assert percentiles(Decimal(0), 0.5) is None


def test_lengths_below_a_millisecond_are_one() -> None:
    assert length_in(bin_of(0)) == length_in(bin_of(0.3)) == 1
