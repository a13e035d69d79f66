"""Schemas are checked offline, in linear time, and without repeating a value."""

import time
from typing import Any

import pytest

from plait.values.schema import Schema, SchemaInvalid, compiled


def test_every_violation_is_told_with_its_place() -> None:
    schema = Schema({"properties": {"rows": {"items": {"type": "integer"}}}, "required": ["id"]})
    told = {str(violation) for violation in schema.violations({"rows": [1, "a", None]})}
    assert told == {
        'rows[1]: the value is not of type "integer"',
        'rows[2]: the value is not of type "integer"',
        '"id" is a required property',
    }


def test_a_value_that_fits_has_no_violation() -> None:
    assert Schema({"type": "string"}).violations("x") == ()


def test_violations_are_capped() -> None:
    assert len(Schema({"items": {"type": "string"}}).violations([1] * 1000)) == 50


def test_messages_never_repeat_the_value() -> None:
    schema = Schema({"enum": ["a"], "maxLength": 3, "pattern": "^a", "const": "a"})
    assert not any("hunter2" in str(violation) for violation in schema.violations("hunter2"))


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:9/x", "https://example.com/s.json", "file:///etc/passwd", "other.json"]
)
def test_a_reference_that_leads_out_of_the_schema_is_refused(uri: str) -> None:
    with pytest.raises(SchemaInvalid, match="Resource"):
        Schema({"properties": {"a": {"$ref": uri}}})


def test_a_reference_inside_the_schema_works_and_may_recurse() -> None:
    tree = Schema({"properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}})
    assert tree.accepts({"child": {"child": {"n": 1}}})
    assert not tree.accepts({"child": {"child": {"n": "x"}}})


@pytest.mark.parametrize("schema", [{"type": "nothing"}, {"pattern": "(("}, {"minimum": "a"}, {"properties": []}])
def test_what_is_no_schema_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaInvalid):
        Schema(schema)


def test_a_pattern_takes_linear_time() -> None:
    began = time.perf_counter()
    Schema({"pattern": "^(a+)+$"}).accepts("a" * 50_000 + "!")
    assert time.perf_counter() - began < 1


def test_a_pattern_that_needs_backtracking_is_refused() -> None:
    with pytest.raises(SchemaInvalid):
        Schema({"pattern": r"(a)\1"})


def test_an_equal_schema_is_compiled_once() -> None:
    assert compiled({"type": "string"}) is compiled({"type": "string"})
