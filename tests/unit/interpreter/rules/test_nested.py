"""Regions inside regions: what they see, how they stop, how deep they go."""

from typing import Any

from interpreter.simulate import Attempt, Script, simulate
from tests.support.documents import a_node, a_plan
from tests.support.rules import ARun, spoken
from tests.unit.interpreter.rules.test_loops import a_loop
from tests.unit.interpreter.rules.test_maps import a_map

DEEPEST = 8


def test_paths_name_every_instance_on_the_way() -> None:
    run = ARun("each", nodes={"each": a_map({"id": "refine", **a_loop()})})
    run.open_items("each", 2)
    assert spoken(run.open_items("each.1.refine", 1), run) == ["StartActivity each.1.refine~1.work"]


def test_a_body_reads_what_is_upstream_of_its_node_in_all_regions_around_it() -> None:
    inner = {
        "id": "inner",
        **a_map(a_node("work", when="nodes.a.output == 1 && nodes.b.output == index")),
    }
    outer = a_map(a_node("b"), inner, edges=[{"from": "b", "to": "inner"}])
    run = ARun("a -> each", nodes={"each": outer})
    run.complete("a", 1)
    run.open_items("each", 1)
    run.complete("each.0.b", 0)
    run.open_items("each.0.inner", 1)
    assert run.status("each.0.inner.0.work") == "ready"


def test_a_failure_deep_inside_stops_each_region_on_its_way_out() -> None:
    run = ARun("each; b", nodes={"each": a_map({"id": "refine", **a_loop()})})
    run.open_items("each", 1)
    run.open_items("each.0.refine", 1)
    said = spoken(run.fail("each.0.refine~1.work"), run)
    assert [one for one in said if not one.startswith("progress")] == [
        "failed each.0.refine~1",
        "failed each.0.refine",
        "failed each.0",
        "failed each",
        "stopping failed",
        "StopNode b",
    ]


def test_a_failure_may_be_handled_in_the_region_around_it() -> None:
    body = ({"id": "refine", **a_loop()}, a_node("plan_b"))
    run = ARun("each", nodes={"each": a_map(*body, edges=[{"from": "refine", "to": "plan_b", "on": "error"}])})
    run.open_items("each", 1)
    run.open_items("each.0.refine", 1)
    run.fail("each.0.refine~1.work")
    assert run.status("each", "each.0.plan_b") == "running ready"


def test_a_cancel_reaches_every_depth() -> None:
    run = ARun("each", nodes={"each": a_map({"id": "refine", **a_loop()})})
    run.open_items("each", 2)
    for item in (0, 1):
        run.open_items(f"each.{item}.refine", 1)
    stops = ["StopNode each.0.refine~1.work", "StopNode each.1.refine~1.work"]
    assert spoken(run.cancel(), run) == ["stopping cancelled", *stops]
    run.stopped("each.0.refine~1.work")
    run.stopped("each.1.refine~1.work")
    assert run.ending == "cancelled"


def test_nodes_of_an_always_map_start_while_the_run_stops() -> None:
    run = ARun("a -[ended]-> each", nodes={"each": {**a_map(), "join": {"mode": "always"}}})
    run.cancel()
    run.stopped("a")
    assert spoken(run.open_items("each", 1), run) == ["StartActivity each.0.work"]


def nested(depth: int) -> dict[str, Any]:
    """A map in a map, so many times, each over two items."""
    inside = nested(depth - 1) if depth else a_node("work")
    names = {"as": f"i{depth}", "on_item_error": "collect"}
    return a_node(f"m{depth}", type="map", **{"with": {"items": "[1, 2]", "nodes": [inside], "edges": [], **names}})


def test_regions_may_be_as_deep_as_the_language_allows() -> None:
    top = nested(DEEPEST - 1)
    plan = a_plan(nodes={top["id"]: {name: said for name, said in top.items() if name != "id"}})
    found = simulate(plan, None, Script({"work": (Attempt(1),)}))
    assert found.status == "completed"
    assert sum(step.node == "work" for step in found.path) == 2**DEEPEST


def test_a_cancel_of_the_deepest_regions_ends_all_of_them() -> None:
    top = nested(DEEPEST - 1)
    plan = a_plan(nodes={top["id"]: {name: said for name, said in top.items() if name != "id"}})
    found = simulate(plan, None, Script({"work": (Attempt(1, seconds=9),)}, cancel_after=1))
    assert found.status == "cancelled"
    assert {step.status for step in found.path} == {"cancelled"}


def test_what_had_not_ended_when_the_map_was_decided_is_absent_in_its_items() -> None:
    each = {**a_map(a_node("work", when="has(nodes.b.status) || !has(nodes.a.status)")), "join": {"mode": "any"}}
    run = ARun("(a, b) -> each", nodes={"each": each})
    run.complete("a")
    run.complete("b")
    run.open_items("each", 1)
    assert run.note("each.0.work").event == "skipped"
