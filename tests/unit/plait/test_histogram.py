"""What histograms of lengths promise: the order of adding does not matter, and percentiles are within 2 %."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from plait.histogram import ERROR, Histogram, bin_of, length_in

LENGTHS = st.lists(st.floats(1, 1e10), min_size=1, max_size=60)


def counts_of(lengths: list[float]) -> dict[str, int]:
    """As a row has them."""
    return {str(number): count for number, count in Counter(map(bin_of, lengths)).items()}


def histogram_of(*parts: list[float]) -> Histogram:
    histogram = Histogram()
    for part in parts:
        histogram.add(counts_of(part))
    return histogram


@given(st.floats(1, 1e10))
def test_what_stands_for_a_bin_is_within_two_percent_of_every_length_in_it(length: float) -> None:
    assert abs(length_in(bin_of(length)) - length) <= length * ERROR * (1 + 1e-9)
    assert ERROR < 0.02


@given(LENGTHS, LENGTHS, LENGTHS)
def test_adding_up_gives_the_same_in_any_order(one: list[float], two: list[float], three: list[float]) -> None:
    whole = histogram_of(one + two + three).counts
    assert histogram_of(one, two, three).counts == whole
    assert histogram_of(three, one, two).counts == whole


@given(LENGTHS)
def test_percentiles_are_within_two_percent_of_the_lengths_that_stand_there(lengths: list[float]) -> None:
    parts = (0.5, 0.9, 0.99, 1.0)
    found = histogram_of(lengths).percentiles(*parts)
    assert found is not None
    for part, about in zip(parts, found, strict=True):
        exact = sorted(lengths)[ceil(part * len(lengths)) - 1]
        assert abs(about - exact) <= exact * ERROR * (1 + 1e-9)


def test_nothing_has_no_percentiles() -> None:
    assert Histogram().percentiles(0.5) is None


def test_lengths_below_a_millisecond_are_one() -> None:
    assert length_in(bin_of(0)) == length_in(bin_of(0.3)) == 1
