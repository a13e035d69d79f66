"""An `agent_call` in a document, and the regions that the compiler makes for it."""

from typing import Any

import pytest

from interpreter.plan.agents import REGIONS
from interpreter.plan.compile import compile_document
from interpreter.plan.model import Plan, Region
from tests.support.documents import CATALOGUE, a_document, a_node, a_plan


def agent(**said: Any) -> dict[str, Any]:
    return {"type": "agent_call", "with": {"agent": "researcher", "task": "Find it.", **said}}


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        ({"task": None}, "missing_parameter", "nodes[0].with"),
        ({"max_turns": 0}, "wrong_parameter", "nodes[0].with.max_turns"),
        ({"max_turns": 101}, "wrong_parameter", "nodes[0].with.max_turns"),
        ({"agent": None}, "missing_parameter", "nodes[0].with"),
        ({"tools": ["x"]}, "unknown_parameter", "nodes[0].with.tools"),
    ],
)
def test_what_is_wrong_with_an_agent_call_is_said_by_its_field(said: dict[str, Any], code: str, path: str) -> None:
    found = compile_document(a_document("a", nodes={"a": agent(**said)}), CATALOGUE).problems
    assert [(each.code, each.dotted) for each in found] == [(code, path)]


def test_a_conversation_may_stand_in_place_of_a_task() -> None:
    said = agent(task=None, messages="{{ input.messages }}", max_turns="{{ input.turns }}")
    document = a_document("a", nodes={"a": said}, input={"type": "object"})
    assert not compile_document(document, CATALOGUE).problems


def turns_of(plan: Plan, node: str) -> Region:
    body = plan.find(node).body
    assert body is not None
    return plan.region(body)


def test_every_agent_has_regions_and_a_fact_of_its_own() -> None:
    inside = {"type": "map", "with": {"items": [1], "chain": [a_node("b", **agent())]}}
    plan = a_plan("a -> each -> c", nodes={"a": agent(), "each": inside, "c": {"when": "nodes.a.output > 3"}})
    assert len(plan.bodies) == 1 + 2 * REGIONS
    assert [region.index for region in plan.regions] == list(range(len(plan.regions)))
    facts = [spec.id for region in plan.regions for node in region.nodes for spec in node.facts]
    first, second = (turns_of(plan, node).nodes[0].facts[0].id for node in ("a", "b"))
    assert first != second
    assert sorted(set(facts)) == list(range(4))
    assert (turns_of(plan, "a").depth, turns_of(plan, "b").depth) == (1, 2)
    assert plan.places.keys() == {"a", "each", "b", "c"}


def test_a_turn_reads_what_its_agent_reads_so_that_accept_sees_it() -> None:
    said = {**agent(context="{{ nodes.x.output }}"), "accept": "output == input.wanted || output == nodes.y.output"}
    plan = a_plan(
        "(x, y) -> a", nodes={"a": said}, input={"type": "object", "properties": {"wanted": {}}, "required": ["wanted"]}
    )
    turn = plan.find("a", "turn")
    assert turn.reads_input
    assert {plan.nodes[index].id for up, index in turn.outer if up == 1} == {"x", "y"}
    inner = plan.region(plan.find("a", "agent").body or 0).nodes[0]
    assert (inner.step, inner.outer, inner.reads_input) == ("turn", (), False)
