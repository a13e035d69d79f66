"""What stands in a document as a JSON Schema is one, and says where it is not."""

from typing import Any

import pytest

from interpreter.plan.wellformed import flaws
from tests.unit.interpreter.plan.checking import calls, gate, problems, the_problem

BROKEN = [
    ({"type": "strin"}, "type"),
    ({"type": ["string", 5]}, "type"),
    ({"type": {}}, "type"),
    ({"properties": []}, "properties"),
    ({"properties": {"x": 5}}, "properties.x"),
    ({"properties": {"x": {"type": "text"}}}, "properties.x.type"),
    ({"$defs": {"x": None}}, "$defs.x"),
    ({"required": "x"}, "required"),
    ({"required": [5]}, "required"),
    ({"enum": "a"}, "enum"),
    ({"items": [{}]}, "items"),
    ({"anyOf": {}}, "anyOf"),
    ({"oneOf": [{}, "x"]}, "oneOf[1]"),
    ({"$ref": "#/$defs/none"}, "$ref"),
    ({"$ref": "other.json"}, "$ref"),
    ({"$ref": 5}, "$ref"),
    ({"properties": {"x": {"$ref": "#/anyOf/1"}}, "anyOf": [{}]}, "properties.x.$ref"),
]
SOUND: list[Any] = [
    {},
    {"type": ["string", "null"], "enum": ["a", None]},
    {"properties": {"x": True, "type": {"type": "object"}}, "required": ["x"]},
    {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"$ref": "#"}}},
    {"properties": {"x": {"$ref": "#/anyOf/0"}, "y": {"$ref": "#/$defs/a%20b"}}, "anyOf": [{}], "$defs": {"a b": {}}},
    {"default": {"type": 5}, "const": {"properties": []}},
]


@pytest.mark.parametrize(("schema", "place"), BROKEN)
def test_a_broken_schema_is_a_problem_where_it_is_broken(schema: dict[str, Any], place: str) -> None:
    assert problems("a", input=schema) == [("invalid_schema", f"input.{place}")]


@pytest.mark.parametrize("schema", SOUND)
def test_a_sound_schema_has_no_flaws(schema: Any) -> None:
    assert list(flaws(schema)) == []


def test_a_schema_may_be_true_or_false() -> None:
    assert problems("a", input=True, nodes={"a": {**calls(), "output_schema": False}}) == []


def test_the_problem_of_a_node_names_the_node() -> None:
    problem = the_problem("a", nodes={"a": {**calls(), "output_schema": {"type": "nubmer"}}})
    assert (problem.dotted, problem.node) == ("nodes[0].output_schema.type", "a")
    assert problem.fix == "Did you mean `number`?"


def test_a_form_is_looked_at_as_a_schema() -> None:
    form = {"properties": {"note": {"type": "text"}}}
    assert problems("g", nodes={"g": gate(form=form)}) == [
        ("invalid_schema", "nodes[0].with.form.properties.note.type")
    ]


def test_a_schema_of_many_levels_is_walked_without_recursion() -> None:
    schema: dict[str, Any] = {}
    for _ in range(5000):
        schema = {"items": schema}
    assert list(flaws(schema)) == []
