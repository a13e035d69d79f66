"""Literal values against schemas: what fits, and where a value does not."""

from typing import Any

import pytest

from interpreter.plan.schemas import misfits, type_of, types_of

MISFITS: list[tuple[Any, Any, list[tuple[str, tuple[str | int, ...]]]]] = [
    (7.0, {"type": "integer"}, []),
    (7.5, {"type": "integer"}, [("wrong_type", ())]),
    (True, {"type": "integer"}, [("wrong_type", ())]),
    (True, {"type": ["boolean", "null"]}, []),
    ("{{ input.x }}", {"type": "integer"}, []),
    ("b", {"enum": ["a", "b"]}, []),
    ("c", {"enum": ["a", "b"]}, [("wrong_value", ())]),
    (5, {"const": 6}, [("wrong_value", ())]),
    ("x", {"anyOf": [{"type": "string"}, {"type": "null"}]}, []),
    (5, {"oneOf": [{"type": "string"}, {"type": "null"}]}, [("wrong_type", ())]),
    ([1, "x"], {"items": {"type": "integer"}}, [("wrong_type", (1,))]),
    ([1, "x"], {"type": "array"}, []),
    ({"a": {"b": "x"}}, {"properties": {"a": {"properties": {"b": {"type": "null"}}}}}, [("wrong_type", ("a", "b"))]),
    ({}, {"required": ["a"]}, [("missing_argument", ())]),
    ({}, {"required": ["a"], "properties": {"a": {"default": 5}}}, []),
    ({"a": 1}, {"additionalProperties": False}, [("unknown_argument", ("a",))]),
    ({"a": 1}, {"properties": 5}, []),
]


@pytest.mark.parametrize(("value", "schema", "found"), MISFITS)
def test_a_value_is_told_where_it_does_not_fit(
    value: Any, schema: Any, found: list[tuple[str, tuple[str | int, ...]]]
) -> None:
    assert [(one.code, one.path) for one in misfits(value, schema)] == found


def test_types_come_from_type_const_or_enum() -> None:
    assert types_of({"type": ["string", "null", 5]}) == {"string", "null"}
    assert types_of({"const": True}) == {"boolean"}
    assert types_of({"enum": [None, "a"]}) == {"null", "string"}


def test_every_value_of_json_has_a_type() -> None:
    assert [type_of(value) for value in ({}, [], "", 1.5, True, None)] == [
        "object",
        "array",
        "string",
        "number",
        "boolean",
        "null",
    ]
