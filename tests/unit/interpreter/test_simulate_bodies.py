"""Bodies in virtual time: items, laps and what they see."""

from typing import Any

from interpreter.messages import Failure
from interpreter.plan.model import Plan
from interpreter.simulate import Attempt, Script, simulate
from tests.support.documents import a_node, a_plan

FLAKY = Failure("Broken", "it broke", retryable=True)


def a_map_plan(*nodes: dict[str, Any], items: str, **said: Any) -> Plan:
    each = {"type": "map", "with": {"items": items, "nodes": list(nodes), "edges": [], **said}}
    return a_plan("each", nodes={"each": each}, vars={"big": "x" * 5_000})


def test_the_facts_of_many_items_come_in_windows() -> None:
    found = simulate(a_map_plan(a_node("work", when="item > 0"), items="input.items"), {"items": [1] * 450})
    assert (found.status, sum(step.node == "work" for step in found.path)) == ("completed", 450)


def test_items_that_are_no_list_fail_the_map() -> None:
    found = simulate(a_map_plan(a_node("work"), items="1"))
    assert found.error is not None
    assert (found.status, found.error.type) == ("failed", "ExpressionError")


def test_an_item_that_is_too_much_for_a_guard_fails_the_map() -> None:
    found = simulate(a_map_plan(a_node("work", when="item != run.id"), items="input.items"), {"items": ["x" * 5_000]})
    assert found.error is not None
    assert found.error.type == "FactTooLarge"


def test_a_laps_output_that_is_too_much_for_a_guard_fails_the_loop() -> None:
    body = {"nodes": [a_node("work", when="prev != run.id")], "edges": []}
    loop = {"until": "false", "max_iterations": 2, "output": "{{ vars.big }}", **body}
    found = simulate(a_plan("refine", nodes={"refine": {"type": "loop", "with": loop}}, vars={"big": "x" * 5_000}))
    assert found.error is not None
    assert found.error.details["cause"]["type"] == "FactTooLarge"


def test_without_a_validator_every_output_fits() -> None:
    plan = a_plan("a", nodes={"a": {"output_schema": {"type": "number"}}})
    assert simulate(plan, None, Script({"a": (Attempt("text"),)})).status == "completed"


def test_a_body_reads_outputs_of_the_nodes_around_it() -> None:
    body = {"nodes": [a_node("t", type="transform", **{"with": {"value": "{{ nodes.a.output }}"}})], "edges": []}
    each = {"type": "map", "with": {"items": "[1]", "output": "{{ nodes.t.output }}", **body}}
    plan = a_plan("a -> each", nodes={"each": each}, output={"x": "{{ nodes.each.output }}"})
    found = simulate(plan, None, Script({"a": (Attempt("x" * 5_000),)}))
    assert found.output == {"x": ["x" * 5_000]}


def test_a_body_does_not_see_what_had_not_ended_when_its_map_began() -> None:
    body = {"nodes": [a_node("t", type="transform", **{"with": {"value": "{{ coalesce(nodes.b.output, 'none') }}"}})]}
    each = {"type": "map", "join": {"mode": "any"}, "with": {"items": "[1]", "edges": [], **body}}
    plan = a_plan("(a, b) -> each", nodes={"each": each}, output={"x": "{{ nodes.each.output }}"})
    found = simulate(plan, None, Script({"a": (Attempt(1),), "b": (Attempt("x" * 5_000, seconds=9),)}))
    assert found.output == {"x": [{"t": "none"}]}


def test_a_large_output_of_an_item_that_cannot_be_built_fails_the_item() -> None:
    each = {
        "type": "map",
        "with": {"items": "[1]", "nodes": [a_node("w")], "edges": [], "output": "{{ nodes.w.output.x }}"},
    }
    found = simulate(a_plan("each", nodes={"each": each}), None, Script({"w": (Attempt({"y": "x" * 5_000}),)}))
    assert found.error is not None
    assert found.error.details["cause"]["type"] == "ExpressionError"


def a_map(items: str, *chain: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"type": "map", "with": {"items": items, "chain": list(chain), **said}}


def test_what_a_map_collects_has_the_whole_error_of_an_item_as_a_run_has_it() -> None:
    each = a_map("[1]", a_node("step"), on_item_error="collect")
    found = simulate(a_plan("each", nodes={"each": each}), None, Script({"step": (Attempt(failure=FLAKY),)}))
    told = {"type": "Broken", "message": "it broke", "category": "external", "retryable": True, "details": {}}
    output: Any = found.output
    (item,) = output["each"]
    assert item["error"] == told | {"node": "step", "attempt": 3}


def test_an_item_is_not_held_against_what_is_asked_of_the_whole_map() -> None:
    """A guard that needs all of a map's output makes the map too large for it, and none of its items."""
    each = a_map("[1]", a_node("step"), on_item_error="skip", output="{{ nodes.step.output }}")
    asked = {"type": "condition", "with": {"cases": [{"name": "same", "when": "nodes.each.output == [input]"}]}}
    plan = a_plan("each -> asked", nodes={"each": each, "asked": asked})
    found = simulate(plan, "x", Script({"step": (Attempt("x" * 5000),)}))
    ended = {step.path: (step.status, step.error and step.error.type) for step in found.path}
    assert ended["each"] == ("failed", "FactTooLarge")
