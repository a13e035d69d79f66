"""When a node with several in-edges runs, by the mode of its join."""

from typing import Any

import pytest

from interpreter.state import EdgeState, arrived_of
from tests.support.rules import ARun, spoken

GRAPH = "a -> d; b -> d; c -> d"


def a_join(mode: str, *, n: int | None = None, graph: str = GRAPH, **nodes: Any) -> ARun:
    join = {"mode": mode} | ({"n": n} if n else {})
    return ARun(graph, nodes={"d": {"join": join}, **nodes})


SKIPPED: dict[str, Any] = {"when": "false"}


def test_settled_runs_once_all_have_settled_and_one_is_taken() -> None:
    run = a_join("settled", a=SKIPPED)
    run.complete("b")
    assert run.status("d") == "pending"
    run.complete("c")
    assert run.status("d") == "ready"


def test_settled_is_skipped_when_none_is_taken() -> None:
    run = a_join("settled", a=SKIPPED, b=SKIPPED, c=SKIPPED)
    assert run.status("d") == "skipped"
    assert run.reason("d") == "dead_path"


def test_all_runs_when_all_are_taken() -> None:
    run = a_join("all")
    run.complete("a")
    run.complete("b")
    assert spoken(run.complete("c"), run) == ["StartActivity d"]


def test_all_is_skipped_when_one_is_dead_and_the_rest_have_settled() -> None:
    run = a_join("all", a=SKIPPED)
    run.complete("b")
    assert run.status("d") == "pending"
    run.complete("c")
    assert (run.status("d"), run.reason("d")) == ("skipped", "join")


def test_any_runs_at_the_first_that_is_taken_and_knows_the_winner() -> None:
    run = a_join("any")
    assert spoken(run.complete("b"), run) == ["StartActivity d"]
    run.complete("a")
    arrived = run.state.nodes[run.index("d")].arrived
    assert [run.plan.edges[edge].source for edge in arrived] == [run.index("b")]
    assert arrived_of(run.plan, run.state, run.index("d")) == ("b",)


def test_edges_that_settle_after_the_decision_are_recorded_and_change_nothing() -> None:
    run = a_join("any")
    run.complete("b")
    assert run.complete("a") == []
    assert run.edge("a", "d") is EdgeState.TAKEN


def test_quorum_runs_at_the_nth_that_is_taken() -> None:
    run = a_join("quorum", n=2)
    run.complete("a")
    assert run.status("d") == "pending"
    run.complete("c")
    assert run.status("d") == "ready"


@pytest.mark.parametrize(("mode", "n"), [("any", None), ("quorum", 2)])
def test_a_race_that_nobody_can_win_is_skipped_if_none_failed(mode: str, n: int | None) -> None:
    run = a_join(mode, n=n, a=SKIPPED, b=SKIPPED, c=SKIPPED)
    assert (run.status("d"), run.reason("d")) == ("skipped", "dead_path")


def test_a_quorum_that_was_reached_in_part_is_skipped_by_its_join() -> None:
    run = a_join("quorum", n=2, a=SKIPPED, b=SKIPPED)
    run.complete("c")
    assert (run.status("d"), run.reason("d")) == ("skipped", "join")


def test_a_race_with_a_failed_edge_that_nobody_wins_fails_with_the_causes_inside() -> None:
    run = a_join("any", a=SKIPPED, b=SKIPPED)
    run.fail("c")
    failure = run.failure("d")
    assert failure.type == "JoinFailed"
    assert failure.details["causes"] == [{"node": "c", "type": "Broken", "message": "it broke"}]


def test_a_race_takes_one_of_several_after_failures() -> None:
    run = a_join("any")
    run.fail("a")
    run.fail("b")
    assert spoken(run.complete("c"), run) == ["StartActivity d"]


def test_always_runs_whatever_became_of_what_is_before_it() -> None:
    run = a_join("always")
    run.complete("a")
    run.complete("b")
    assert "StartActivity d" in spoken(run.fail("c"), run)
    run.complete("d")
    assert run.ending == "failed"


def test_always_is_skipped_when_no_edge_leads_to_it() -> None:
    run = a_join("always", a=SKIPPED, b=SKIPPED, c=SKIPPED)
    assert run.status("d") == "skipped"


def test_all_failed_runs_when_every_error_edge_is_taken() -> None:
    run = a_join("all_failed")
    run.fail("a")
    run.fail("b")
    assert run.status("d") == "pending"
    assert spoken(run.fail("c"), run) == ["StartActivity d"]


def test_all_failed_is_skipped_when_one_succeeded() -> None:
    run = a_join("all_failed")
    run.fail("a")
    run.fail("b")
    run.complete("c")
    assert (run.status("d"), run.reason("d")) == ("skipped", "join")


@pytest.mark.parametrize("mode", ["settled", "all", "any", "always", "all_failed", "quorum"])
def test_a_node_without_in_edges_starts_whatever_its_mode(mode: str) -> None:
    assert ARun("d", nodes={"d": {"join": {"mode": mode, "n": 2}}}).status("d") == "ready"


def test_a_node_keeps_its_mode_and_how_each_in_edge_settled() -> None:
    run = a_join("all", a=SKIPPED)
    run.complete("b")
    run.complete("c")
    note = run.note("d")
    assert note.why == {"mode": "all", "reason": "join"}
    assert [(edge["id"], edge["state"], edge["outcome"]) for edge in note.edges] == [
        ("a", "dead", "skipped"),
        ("b", "taken", "success"),
        ("c", "taken", "success"),
    ]
