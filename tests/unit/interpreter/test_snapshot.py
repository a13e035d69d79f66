"""A run's state survives as JSON, with all that is open in it."""

import json
from typing import Any

from interpreter.snapshot import restore, snapshot
from tests.support.documents import a_node
from tests.support.rules import ARun, spoken
from tests.unit.interpreter.rules.test_loops import a_loop
from tests.unit.interpreter.rules.test_maps import a_map


def read_back(run: ARun) -> ARun:
    run.state = restore(run.plan, json.loads(json.dumps(snapshot(run.state))))
    return run


def a_gate(**rule: Any) -> ARun:
    run = ARun("g -[approved]-> y", nodes={"g": {"type": "human_gate"}})
    run.open("g", quorum=2, **rule)
    return run


def test_an_open_gate_counts_on_with_the_votes_it_had() -> None:
    run = a_gate()
    run.vote("g", "approved", "ann", groups=("legal",))
    assert spoken(read_back(run).vote("g", "approved", "bob"), run) == ["CloseGate g"]


def test_a_vote_that_came_before_the_gates_rule_is_kept() -> None:
    run = ARun("g -[approved]-> y", nodes={"g": {"type": "human_gate"}})
    run.vote("g", "approved")
    assert spoken(read_back(run).open("g"), run) == ["CloseGate g"]


def test_facts_failures_and_what_arrived_are_kept() -> None:
    run = ARun(
        "a -> c; b -[error]-> c -> d",
        nodes={
            "c": {"when": "nodes.a.output > input.x && nodes.b.error.type == 'Broken'"},
            "d": {"when": "arrived[0].id == 'c'"},
        },
        given={"x": 3},
    )
    run.complete("a", 5)
    read_back(run).fail("b")
    read_back(run).complete("c")
    assert run.status("d") == "ready"


def test_a_broken_guard_is_kept_until_its_target_is_decided() -> None:
    run = ARun("a; b; c", edges=[{"from": "a", "to": "c", "when": "1 / 0 == 1"}, {"from": "b", "to": "c"}])
    run.complete("a")
    read_back(run).complete("b")
    assert run.failure("c").type == "ExpressionError"


def test_a_run_that_stops_goes_on_stopping() -> None:
    run = ARun("a; b")
    run.fail("a")
    read_back(run).stopped("b")
    assert run.end is not None
    assert run.end.failure is not None
    assert run.end.failure.node == "a"


def test_what_is_as_it_was_at_the_start_takes_no_room() -> None:
    run = ARun("a -> b -> c")
    assert list(snapshot(run.state)["nodes"]) == ["0"]


def test_a_snapshot_does_not_change_with_the_run() -> None:
    run = ARun("(a, b) -> c", nodes={"c": {"join": {"mode": "all"}}})
    run.complete("a")
    saved = snapshot(run.state)
    text = json.dumps(saved)
    run.complete("b")
    assert json.dumps(saved) == text


def test_maps_and_their_items_go_on_where_they_were() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("work", when="item > 0"), max_concurrency=1)})
    run.open_items("each", 2, told=[1, 1])
    read_back(run).complete("each.0.work", "x" * 5_000)
    assert "StartActivity each.1.work" in spoken(read_back(run).make("each.0"), run)


def test_a_loop_goes_on_with_its_lap() -> None:
    run = ARun("refine", nodes={"refine": a_loop()})
    run.open_items("refine", 1)
    read_back(run).complete("refine~1.work", "x" * 5_000)
    assert "StartActivity refine~2.work" in spoken(read_back(run).make("refine~1"), run)


def test_who_waits_for_an_event_and_what_is_kept_stay_in_their_order() -> None:
    event = {"type": "event", "with": {"name": "paid"}}
    run = ARun("first; second; third", nodes={"first": event, "second": event, "third": event})
    run.deliver("1")
    run.deliver("other", "refund")
    assert spoken(read_back(run).deliver("2"), run) == ["TakeEvent second"]
    assert read_back(run).deliver("other", "refund") == []
    assert spoken(read_back(run).deliver("3"), run) == ["TakeEvent third"]


def test_what_is_being_undone_and_what_still_has_to_be_are_kept() -> None:
    undone = {"compensate": {"type": "tool_call", "with": {"tool": "work"}}}
    run = ARun("a -> b -> c", nodes={"a": undone, "b": undone})
    run.complete("a")
    run.complete("b")
    run.fail("c")
    assert spoken(read_back(run).undo(), run) == ["StartUndo a"]


def test_a_snapshot_of_a_run_that_knew_its_root_alone_is_read() -> None:
    run = ARun("a -> b; c -> d")
    run.complete("a")
    run.cancel()
    run.stopped("b")
    saved = snapshot(run.state)
    own = ("run", "env", "nodes", "edges", "faults", "gates", "open", "ending", "failure", "end")
    old = {
        **{name: saved[name] for name in (*own, "overrides", "started", "yielded", "finished")},
        "input_facts": saved["facts"],
        "queue": [node for _, node in saved["queue"]],
    }
    run.state = restore(run.plan, old)
    assert (run.state.stopping, run.state.open) == (1, 2)
    run.stopped("c")
    assert run.ending == "cancelled"
