"""A run's state survives as JSON, with all that is open in it."""

import json
from typing import Any

from interpreter.snapshot import restore, snapshot
from tests.support.rules import ARun, spoken


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
