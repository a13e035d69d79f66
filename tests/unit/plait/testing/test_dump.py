"""A fixture that is written is read back as it was."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.document.yaml import scan
from plait.testing.dump import to_yaml

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
ODD = [
    "on",
    "yes",
    "null",
    "~",
    "",
    "1e3",
    "0o17",
    "0x1F",
    "12:30",
    "2026-01-01",
    ".5",
    "+1",
    "-",
    ".inf",
    "=",
    "<<",
    "*a",
    "&a b",
]
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT | st.sampled_from(ODD)
KEYS = TEXT | st.sampled_from(ODD)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(VALUES)
def test_every_json_value_is_read_back_as_it_was(value: Any) -> None:
    read = scan(to_yaml({"value": value}))
    assert (read.problems, read.value) == ([], {"value": value})


@pytest.mark.parametrize(
    "text", ["a\nb\n", "a\nb", " a\nb", "a \nb", "\ta\nb", "a\n\n", "x" * 300 + " " + "y" * 300, "a: b\n# c"]
)
def test_text_of_several_lines_is_read_back_as_it_was(text: str) -> None:
    assert scan(to_yaml([text])).value == [text]


def test_equal_parts_are_written_out() -> None:
    part = {"a": [1, 2]}
    assert "&" not in to_yaml([part, part])
