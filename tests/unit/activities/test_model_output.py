"""Reading a model's text as JSON of a schema."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.models.output import Unfit, read_output, repair

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_it_is(value: Any) -> None:
    assert read_output(json.dumps(value), {}) == value


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=3), st.sampled_from(["json", ""]))
def test_json_in_a_fence_is_read_too(value: Any, language: str) -> None:
    assert read_output(f"Here:\n```{language}\n{json.dumps(value, indent=1)}\n```\nDone.", {}) == value


@pytest.mark.parametrize("text", ["", "Sure!", '{"a": ', "NaN", "{]"])
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Unfit) as caught:
        read_output(text, {})
    assert caught.value.problems == ["the answer is not JSON"]


def test_each_problem_names_its_place_and_no_value() -> None:
    schema = {"properties": {"age": {"type": "integer"}}, "required": ["name"]}
    with pytest.raises(Unfit) as caught:
        read_output('{"age": "secret"}', schema)
    assert len(caught.value.problems) == 2
    assert "secret" not in str(caught.value)
    asked = repair(caught.value.text, caught.value.problems)
    assert [message["role"] for message in asked] == ["assistant", "user"]
    assert "age" in asked[1]["content"]
