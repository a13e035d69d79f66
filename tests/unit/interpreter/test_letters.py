"""Signals come from anywhere: what makes sense becomes letters, the rest nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.shell.letters import read_letters

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["path", "decision", "generation", "x"]), inner)
    ),
)


@pytest.mark.parametrize(
    ("kind", "said", "letters"),
    [
        ("vote", "v1", [{"kind": "vote", "id": "v1"}]),
        ("override", "o1", [{"kind": "override", "id": "o1"}]),
        ("event", ["e1", 7, "e2"], [{"kind": "event", "id": "e1"}, {"kind": "event", "id": "e2"}]),
        ("event", "e1", []),
        ("child", {"path": "a", "generation": 2}, [{"kind": "child", "path": "a", "generation": 2}]),
        ("child", {"path": "a"}, []),
        ("decide", {"path": "a", "decision": "approved"}, [{"kind": "decide", "path": "a", "decision": "approved", "form": None}]),
        ("decide", {"path": "a"}, []),
        ("vote", None, []),
    ],
)  # fmt: skip
def test_a_signal_becomes_letters_if_it_makes_sense(kind: str, said: Any, letters: list[dict[str, Any]]) -> None:
    assert read_letters(kind, said) == letters


@given(st.sampled_from(["vote", "override", "event", "child", "decide"]), JSON)
def test_no_signal_is_an_error(kind: str, said: Any) -> None:
    assert all(letter["kind"] == kind for letter in read_letters(kind, said))
