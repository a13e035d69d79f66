"""Reading a model's text as JSON of a schema."""

import json
from operator import mul
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.models.output import Unfit, read_output, repair

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_it_is(value: Any) -> None:
    assert read_output(json.dumps(value), {}) == value


@given(st.dictionaries(TEXT, JSON, max_size=3), st.sampled_from(["json", ""]))
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


LONG = st.builds(mul, st.text(min_size=1, max_size=20), st.integers(1, 500))


@given(LONG, st.lists(LONG, min_size=1, max_size=10))
def test_a_refusal_fits_into_an_error_whatever_the_model_wrote(text: str, problems: list[str]) -> None:
    error = Unfit(text, problems).error("acme:small", cut=False)
    assert len(json.dumps(error.details, ensure_ascii=False).encode("utf-8", "surrogatepass")) < 2_000
    assert error.details["text"]


def test_characters_that_cannot_be_stored_are_replaced_in_values_too() -> None:
    assert read_output('{"a\\u0000": ["b\\u0000", 1]}', {}) == {"a\ufffd": ["b\ufffd", 1]}
