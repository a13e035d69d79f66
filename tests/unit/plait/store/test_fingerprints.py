"""What counts as the same failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.store.fingerprints import LONGEST, fingerprint_of, pattern_of


@pytest.mark.parametrize(
    ("message", "pattern"),
    [
        ("order 17 is late", "order # is late"),
        ("took 3.5s, allowed: 2s.", "took #, allowed: #."),
        ("run 019a2b3c-4d5e-7f60-8123-456789abcdef is gone", "run # is gone"),
        ("no field `amount_2` in 'Ana' or \"Bo\"", "no field … in … or …"),
        ("it doesn't know what it can't do", "it doesn't know what it can't do"),
        ("ana@example.org has no desk", "# has no desk"),
        (
            "POST https://books.example/7?a=1 answered 503 (Service Unavailable)",
            "POST # answered # (Service Unavailable)",
        ),
        ("at 2026-11-21T09:12:00Z:\n  too late", "at #: too late"),
        ("", ""),
    ],
)
def test_what_changes_from_one_time_to_the_next_is_taken_out(message: str, pattern: str) -> None:
    assert pattern_of(message) == pattern


@given(st.integers(), st.integers(), st.uuids(), st.uuids())
def test_numbers_and_ids_make_no_difference(one: int, other: int, first: object, second: object) -> None:
    error = {"type": "T", "node": "n", "message": f"item {one} of {first} failed"}
    assert fingerprint_of(error) == fingerprint_of(error | {"message": f"item {other} of {second} failed"})


def test_type_and_node_make_a_difference() -> None:
    error = {"type": "T", "node": "n", "message": "m"}
    others = [error, error | {"type": "U"}, error | {"node": "o"}, error | {"node": None}, error | {"message": "o"}]
    assert len({fingerprint_of(each) for each in others}) == len(others)


def test_items_laps_and_attempts_make_none() -> None:
    error = {"type": "T", "node": "n", "message": "m", "path": "each.3.n", "attempt": 1}
    assert fingerprint_of(error) == fingerprint_of(error | {"path": "each.4.n", "attempt": 2})


def test_what_did_not_fail_has_none() -> None:
    assert fingerprint_of(None) is None


@given(st.text())
def test_every_message_has_a_pattern_that_stays_what_it_is(message: str) -> None:
    pattern = pattern_of(message)
    assert len(pattern) <= LONGEST
    assert fingerprint_of({"type": "T", "message": message}) is not None
    assert not any(letter.isdecimal() for letter in pattern)


def test_a_long_message_takes_no_time() -> None:
    assert len(pattern_of("'" * 4000 + "1" * 4000 + '"a' * 4000)) <= LONGEST
