"""What is foreseen of a rerun, node by node, and why."""

from typing import Any

import pytest

from api.reruns.forecast import Before, Changes, Forecast
from interpreter.plan.model import Plan
from interpreter.reuse import Fresh
from tests.support.bodies import each, work
from tests.support.documents import a_plan

SAME = {"from_start": False, "input": False, "env": False, "vars": False, "overrides": {}}


def a_tool(value: Any, **said: Any) -> dict[str, Any]:
    return {"with": {"tool": "work", "args": {"value": value}}, **said}


def foreseen(
    plan: Plan,
    *paths: str,
    before: Plan | None = None,
    ended: dict[str, dict[str, int]] | None = None,
    undone: frozenset[str] = frozenset(),
    **changes: Any,
) -> dict[str, tuple[str, str]]:
    """Action and reason of each node by its path; in the source every node completed once, where nothing else is said."""
    completed = {node: {"completed": 1} for node in plan.places}
    source = Before(before or plan, completed | (ended or {}), undone)
    nodes = Forecast(plan, source, Changes(**SAME | changes), Fresh.of(plan, paths)).nodes()
    return {node.path: (node.action, node.because) for node in nodes}


CHAIN = a_plan("a -> b -> c", nodes={"a": a_tool("{{ input }}"), "b": a_tool("{{ nodes.a.output }}"), "c": a_tool(1)})


def test_all_that_completed_and_is_given_the_same_is_reused() -> None:
    assert {action for action, _ in foreseen(CHAIN).values()} == {"reused"}


def test_what_is_named_runs_and_what_follows_too() -> None:
    found = foreseen(CHAIN, "b")
    assert [found[node][0] for node in "abc"] == ["reused", "runs", "runs"]
    assert (found["b"][1], found["c"][1]) == ("`from` names it.", "It follows from what `from` names.")


def test_from_the_start_everything_runs() -> None:
    assert {action for action, _ in foreseen(CHAIN, from_start=True).values()} == {"runs"}


def test_another_input_is_a_doubt_for_what_reads_it_and_for_what_reads_that() -> None:
    found = foreseen(CHAIN, input=True)
    assert [found[node][0] for node in "abc"] == ["depends", "depends", "depends"]
    assert found["a"][1].startswith("It reads `input`")
    assert found["b"][1].startswith("It reads a,")
    assert found["c"][1].startswith("It comes after b,")


@pytest.mark.parametrize(
    ("ended", "action", "because"),
    [
        ({}, "runs", "The source did not come to it."),
        ({"failed": 1}, "runs", "In the source it failed."),
        ({"held": 1}, "runs", "In the source it was held."),
        ({"running": 1}, "runs", "In the source it was still running."),
        ({"cancelled": 1}, "runs", "In the source it was cancelled."),
        ({"skipped": 1}, "depends", "It was skipped in the source: it runs if it is reached now."),
    ],
)
def test_what_did_not_complete_says_how_it_ended(ended: dict[str, int], action: str, because: str) -> None:
    assert foreseen(CHAIN, ended={"a": ended})["a"] == (action, because)


def test_changed_work_names_its_fields() -> None:
    before = a_plan("a -> b -> c", nodes={"a": a_tool("{{ input }}", output_schema={}), "b": a_tool(2), "c": a_tool(1)})
    found = foreseen(CHAIN, before=before)
    assert found["a"] == ("runs", "What it does has changed: `output_schema`.")
    assert found["b"] == ("runs", "What it does has changed: `with.args`.")


def test_a_node_that_the_source_has_not_runs() -> None:
    assert foreseen(CHAIN, before=a_plan("a", nodes={"a": a_tool("{{ input }}")}))["b"][0] == "runs"


def test_what_was_undone_runs() -> None:
    assert foreseen(CHAIN, undone=frozenset("a"))["a"] == ("runs", "It was undone in the source.")


def test_what_reads_the_run_itself_depends() -> None:
    plan = a_plan("own", nodes={"own": a_tool("{{ run.id }}")})
    assert foreseen(plan)["own"][0] == "depends"


def test_what_the_workflow_computes_is_no_doubt_while_it_reads_the_same() -> None:
    plan = a_plan(
        "a -> sum -> b",
        nodes={
            "a": a_tool(1),
            "sum": {"type": "transform", "with": {"value": "{{ nodes.a.output }}"}},
            "b": a_tool("{{ nodes.sum.output }}"),
        },
    )
    assert [action for action, _ in foreseen(plan).values()] == ["reused", "runs", "reused"]
    assert foreseen(plan, "a")["b"][0] == "runs"


@pytest.mark.parametrize(("said", "action"), [("with", "runs"), ("output", "overridden"), ("skip", "overridden")])
def test_overrides_decide(said: str, action: str) -> None:
    found = foreseen(CHAIN, overrides={"b": said})
    assert [found[node][0] for node in "abc"] == ["reused", action, "depends"]


MAP = a_plan(
    "each -> last", nodes={"each": each("input", work("draft", "{{ item }}"), work("save", 1)), "last": a_tool(1)}
)


def test_a_body_is_told_of_under_its_map_and_the_map_by_its_body() -> None:
    found = foreseen(MAP)
    assert list(found) == ["each", "each.*.draft", "each.*.save", "last"]
    assert {action for action, _ in found.values()} == {"reused"}


def test_items_that_failed_make_their_nodes_depend_and_say_how_many() -> None:
    found = foreseen(MAP, ended={"draft": {"completed": 2, "failed": 1}})
    assert found["each.*.draft"] == ("depends", "2 of its 3 instances completed in the source; the others run.")
    assert (found["each"][0], found["last"][0]) == ("depends", "depends")


def test_a_named_item_is_a_doubt_for_its_map_and_what_follows_the_map_runs() -> None:
    found = foreseen(MAP, "each.1.save")
    assert (found["each.*.draft"][0], found["each.*.save"][0]) == ("depends", "depends")
    assert (found["each"][0], found["last"][0]) == ("depends", "runs")


def test_a_map_that_is_named_runs_with_all_of_its_body() -> None:
    assert {action for action, _ in foreseen(MAP, "each").values()} == {"runs"}


def test_an_override_of_one_item_is_a_doubt_for_the_node() -> None:
    assert foreseen(MAP, overrides={"each.0.save": "skip"})["each.*.save"][0] == "depends"


def test_other_items_are_a_doubt_for_the_body() -> None:
    assert foreseen(MAP, input=True)["each.*.draft"][0] == "depends"
