"""By what the work of a node differs from what it was."""

from typing import Any

import pytest

from interpreter.plan.model import PlannedNode
from interpreter.reuse import changes_of
from tests.support.bodies import each, work
from tests.support.documents import a_plan


def a_tool(**said: Any) -> PlannedNode:
    return a_plan("a", nodes={"a": {"with": {"tool": "score", "args": {"text": "x"}}, **said}}).nodes[0]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, ()),
        ({"timeout": 5, "retry": {"max_attempts": 9}, "name": "Other", "when": "true", "on_error": "hold"}, ()),
        ({"with": {"tool": "score", "args": {"text": "y"}}}, ("with.args",)),
        ({"with": {"tool": "work"}}, ("tool.output_schema", "tool.parameters", "with.args", "with.tool")),
        ({"with": {"tool": "score", "args": {"text": "x", "limit": 1}}}, ("with.args",)),
        ({"output_schema": {"type": "object"}, "accept": "true"}, ("accept", "output_schema")),
    ],
)
def test_the_fields_that_count_for_a_result_are_named(said: dict[str, Any], fields: tuple[str, ...]) -> None:
    assert changes_of(a_tool(), a_tool(**said)) == fields


def test_one_and_true_are_not_the_same() -> None:
    one, true = ({"with": {"tool": "work", "args": {"value": value}}} for value in (1, True))
    assert changes_of(a_tool(**one), a_tool(**true)) == ("with.args",)


def test_another_type_is_another_work() -> None:
    gate = a_plan("a", nodes={"a": {"type": "human_gate"}}).nodes[0]
    assert "type" in changes_of(a_tool(), gate)


def test_what_stands_in_the_body_of_a_map_is_no_work_of_its_own() -> None:
    maps = [a_plan("each", nodes={"each": each("input", work("a", value))}).nodes[0] for value in (1, 2)]
    assert changes_of(*maps) == ()
    other = a_plan("each", nodes={"each": each("[1]", work("a", 1))}).nodes[0]
    assert changes_of(maps[0], other) == ("with.items",)
