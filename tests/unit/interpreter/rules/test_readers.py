"""Facts are kept as long as somebody may read them, and no longer."""

import json

from interpreter.messages import NodeCompleted, Result
from interpreter.snapshot import restore, snapshot
from tests.support.rules import ARun


def held(run: ARun, node: str) -> list[object]:
    return [value for _, value in run.state.nodes[run.index(node)].facts.values()]


def test_a_fact_is_dropped_when_its_last_reader_has_ended() -> None:
    run = ARun("a -> b; a -> c", nodes={"b": {"when": "nodes.a.output > 1"}, "c": {"when": "nodes.a.output > 1"}})
    run.complete("a", 5)
    run.complete("b")
    assert held(run, "a") == [True]
    run.complete("c")
    assert held(run, "a") == []


def test_a_fact_behind_a_guard_of_an_edge_is_dropped_with_the_edge() -> None:
    run = ARun("a; b", edges=[{"from": "a", "to": "b", "when": "nodes.a.output > 1"}])
    run.complete("a", 5)
    assert run.status("b") == "ready"
    assert held(run, "a") == []


def test_a_fact_of_the_input_is_dropped_too() -> None:
    run = ARun("a -> b", nodes={"b": {"when": "input.x > 1"}}, given={"x": 3})
    assert run.state.facts
    run.complete("a")
    run.complete("b")
    assert run.state.facts == {}


def test_a_fact_that_comes_after_its_readers_have_ended_is_never_held() -> None:
    run = ARun("a -> j; b -> j", nodes={"j": {"join": {"mode": "any"}, "when": "coalesce(nodes.b.output, 2) > 1"}})
    run.complete("a")
    run.complete("j")
    run.complete("b", 7)
    assert held(run, "b") == []


def test_a_held_node_reads_its_facts_again_when_it_is_tried_anew() -> None:
    run = ARun("a -> b", nodes={"b": {"when": "nodes.a.output > 1", "on_error": "hold"}})
    run.complete("a", 5)
    run.fail("b")
    run.override("b", "retry")
    assert run.status("b") == "ready"
    assert held(run, "a") == [True]


def test_the_message_of_an_end_is_read_before_its_facts_are_dropped() -> None:
    run = ARun(
        "a -> stop", nodes={"stop": {"type": "end", "with": {"status": "failed", "message": "{{ nodes.a.output }}"}}}
    )
    run.complete("a", "no stock")
    assert run.state.failure is not None
    assert run.state.failure.message == "no stock"
    assert held(run, "a") == []


def test_what_a_run_was_told_is_left_as_it_was() -> None:
    run = ARun("a -> b", nodes={"b": {"when": "nodes.a.output > 1"}})
    result = Result(1, "hash", {0: ("value", True)})
    run.tell(NodeCompleted(run.index("a"), 1, result))
    run.complete("b")
    assert result.facts == {0: ("value", True)}


def test_a_restored_run_knows_who_has_read_what() -> None:
    run = ARun("a -> b; a -> c", nodes={"b": {"when": "nodes.a.output > 1"}, "c": {"when": "nodes.a.output > 1"}})
    run.complete("a", 5)
    run.complete("b")
    run.state = restore(run.plan, json.loads(json.dumps(snapshot(run.state))))
    assert held(run, "a") == [True]
    run.complete("c")
    assert held(run, "a") == []
    assert "facts" not in snapshot(run.state)["nodes"][str(run.index("a"))]
