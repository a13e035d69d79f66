"""What histograms of lengths promise: the order of adding does not matter, and percentiles are within 2 %."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from plait.histogram import ERROR, Counts, add_counts, bin_of, length_in, percentiles

LENGTHS = st.lists(st.floats(1, 1e10), min_size=1, max_size=60)


def counted(*parts: list[float]) -> Counts:
    """The bins of these lengths, added up part by part."""
    counts: Counts = {}
    for part in parts:
        add_counts(counts, {str(number): count for number, count in Counter(map(bin_of, part)).items()})
    return counts


@given(st.floats(1, 1e10))
def test_what_stands_for_a_bin_is_within_two_percent_of_every_length_in_it(length: float) -> None:
    assert abs(length_in(bin_of(length)) - length) <= length * ERROR * (1 + 1e-9)
    assert ERROR < 0.02


@given(LENGTHS, LENGTHS, LENGTHS)
def test_adding_up_gives_the_same_in_any_order(one: list[float], two: list[float], three: list[float]) -> None:
    whole = counted(one + two + three)
    assert counted(one, two, three) == counted(three, one, two) == whole


@given(LENGTHS)
def test_percentiles_are_within_two_percent_of_the_lengths_that_stand_there(lengths: list[float]) -> None:
    parts = (0.5, 0.9, 0.99, 1.0)
    found = percentiles(counted(lengths), *parts)
    assert found is not None
    for part, about in zip(parts, found, strict=True):
        exact = sorted(lengths)[ceil(part * len(lengths)) - 1]
        assert abs(about - exact) <= exact * ERROR * (1 + 1e-9)


def test_nothing_has_no_percentiles() -> None:
    assert percentiles({}, 0.5) is None


def test_lengths_below_a_millisecond_are_one() -> None:
    assert length_in(bin_of(0)) == length_in(bin_of(0.3)) == 1
