"""The local model: deterministic, plainly no model, and able to do what templates ask of one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.models.demo import answer, instance
from activities.models.messages import assistant, tool, user
from activities.models.request import ModelRequest, ToolSpec
from plait.values.schema import compiled

FIND = ToolSpec("find", "Finds.", {"type": "object", "required": ["q"], "properties": {"q": {"type": "string"}}})


def a_request(prompt: str = "Write about bees.", **said: Any) -> ModelRequest:
    return ModelRequest("local:demo", [user(prompt)], **said)


async def test_it_says_what_it_is_and_repeats_what_it_was_told() -> None:
    said = await answer(a_request(), lambda _: None)
    assert said.text.startswith("This is local:demo")
    assert "bees" in said.text
    assert said == await answer(a_request(), lambda _: None)


async def test_it_streams_word_by_word() -> None:
    told: list[str] = []
    said = await answer(a_request(stream=True), told.append)
    assert "".join(told) == said.text
    assert len(told) > 5


async def test_it_stops_at_the_limit_of_tokens() -> None:
    said = await answer(a_request(max_tokens=3), lambda _: None)
    assert (len(said.text.split()), said.finish_reason) == (3, "length")


async def test_it_calls_a_tool_once_and_then_finishes() -> None:
    first = await answer(a_request(tools=(FIND,)), lambda _: None)
    assert [(call.name, set(call.args)) for call in first.calls] == [("find", {"q"})]
    call = first.calls[0].as_json()
    more = [user("Write about bees."), assistant("", [call]), tool(call, "Bees fly.")]
    second = await answer(ModelRequest("local:demo", more, tools=(FIND,)), lambda _: None)
    assert second.calls == ()
    assert "Bees fly." in second.text


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    """Schemas as people write them for answers."""
    leaf = st.one_of(
        st.fixed_dictionaries({"type": st.just("string")}, optional={"maxLength": st.integers(0, 9)}),
        st.fixed_dictionaries({"type": st.just("string"), "minLength": st.integers(1, 200), "maxLength": st.just(300)}),
        st.fixed_dictionaries({"enum": st.lists(st.sampled_from(["a", 1, None, True]), min_size=1)}),
        st.fixed_dictionaries({"type": st.just("integer")}, optional={"minimum": st.integers(-9, 9)}),
        st.builds(
            lambda low, more: {"type": "number", "minimum": low, "maximum": low + more},
            st.integers(-9, 9),
            st.integers(0, 9),
        ),
        st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {"const": 3}, {}]),
        st.sampled_from([{"type": "string", "format": kind} for kind in ("date", "date-time", "email", "uri", "uuid")]),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(
                lambda named, required: {"type": "object", "properties": named, "required": [*named][:required]},
                st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
                st.integers(0, 3),
            ),
            st.builds(
                lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)
            ),
            st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
        ),
        max_leaves=8,
    )


@given(schemas(), st.text(max_size=60))
def test_its_output_fits_the_schema(schema: dict[str, Any], words: str) -> None:
    assert compiled(schema).accepts(instance(schema, words))


@pytest.mark.parametrize(
    "schema",
    [
        {
            "$ref": "#/$defs/node",
            "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
        },
        {"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]},
        {"type": "integer", "minimum": 1, "maximum": 5, "multipleOf": 2},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "maximum": -3},
        {"properties": {"a": {"default": 7}}, "required": ["b"]},
        {"items": {"type": "boolean"}, "prefixItems": [{"type": "string"}, {"type": "integer"}]},
        {"oneOf": [{"type": "object", "required": ["k"], "properties": {"k": {"const": 1}}}, {"type": "string"}]},
        {"type": "array", "items": {"type": "string", "examples": ["bee"]}, "maxItems": 0},
    ],
)
def test_schemas_of_all_sorts_are_filled_in(schema: dict[str, Any]) -> None:
    assert compiled(schema).accepts(instance(schema, "about bees"))
