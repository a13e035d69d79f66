"""What follows from a node's failure: the first of its consequences that applies."""

from interpreter.messages import NodeFailed, StopNode
from interpreter.rules import verdict
from interpreter.state import EdgeState
from tests.support.rules import BROKEN, TIMEOUT, ARun, spoken


def test_a_failed_node_does_not_start_its_dependants() -> None:
    run = ARun("a -> b -> c")
    assert spoken(run.fail("a"), run) == ["stopping failed", "cancelled b", "cancelled c", "finish failed"]


def test_an_unhandled_failure_is_the_runs_failure_and_names_its_node() -> None:
    run = ARun("a")
    run.fail("a")
    assert run.end is not None
    assert run.end.failure is not None
    assert (run.end.failure.type, run.end.failure.node) == ("Broken", "a")


def test_a_taken_error_edge_handles_the_failure() -> None:
    run = ARun("a -> b; a -[error]-> c")
    run.fail("a")
    run.complete("c")
    assert run.status("a", "b", "c") == "failed skipped completed"
    assert run.ending == "completed"


def test_an_error_edge_whose_guard_is_false_handles_nothing() -> None:
    run = ARun("a; b", edges=[{"from": "a", "to": "b", "on": "error", "when": "false"}])
    run.fail("a")
    assert run.ending == "failed"


def test_a_timeout_takes_its_own_edge_and_no_other_error_edge() -> None:
    run = ARun("a -[timeout]-> b; a -[error]-> c")
    run.fail("a", TIMEOUT)
    assert run.status("b", "c") == "ready skipped"


def test_a_timeout_without_its_own_edge_takes_the_error_edge() -> None:
    run = ARun("a -[error]-> c")
    run.fail("a", TIMEOUT)
    assert run.status("c") == "ready"


def test_a_timeout_edge_that_its_guard_closes_leaves_the_error_edge() -> None:
    run = ARun(
        "a; b; c",
        edges=[{"from": "a", "to": "b", "on": "timeout", "when": "false"}, {"from": "a", "to": "c", "on": "error"}],
    )
    run.fail("a", TIMEOUT)
    assert run.status("b", "c") == "skipped ready"


def test_another_failure_does_not_take_a_timeout_edge() -> None:
    run = ARun("a -[timeout]-> b")
    run.fail("a")
    assert run.ending == "failed"


def test_ended_edges_are_followed_and_handle_nothing() -> None:
    run = ARun("a -[ended]-> b; a -[ended]-> c", nodes={"c": {"join": {"mode": "always"}}})
    run.fail("a")
    assert (run.edge("a", "b"), run.status("b", "c")) == (EdgeState.TAKEN, "cancelled ready")
    run.complete("c")
    assert run.ending == "failed"


def test_a_handled_failure_follows_its_ended_edges_too() -> None:
    run = ARun("a -[error]-> b; a -[ended]-> c; a -> d")
    run.fail("a")
    assert run.status("b", "c", "d") == "ready ready skipped"


def test_on_error_continue_takes_the_success_edges_and_the_run_goes_on() -> None:
    run = ARun(
        "a -> b", nodes={"a": {"on_error": "continue"}, "b": {"when": "!has(nodes.a.output) && has(nodes.a.error)"}}
    )
    run.fail("a")
    run.complete("b")
    assert (run.status("a", "b"), run.ending) == ("failed completed", "completed")


def test_on_error_continue_at_the_last_node_lets_the_run_complete() -> None:
    run = ARun("a", nodes={"a": {"on_error": "continue"}})
    run.fail("a")
    assert run.ending == "completed"


def test_on_error_continue_never_wins_a_race() -> None:
    run = ARun("a -> c; b -> c; a -[ended]-> d", nodes={"a": {"on_error": "continue"}, "c": {"join": {"mode": "any"}}})
    run.fail("a")
    assert (run.edge("a", "c"), run.status("d")) == (EdgeState.FAILED, "ready")


def test_a_failure_in_front_of_a_race_is_the_races_business() -> None:
    run = ARun("a -> c; a -> d; a -[ended]-> e; b -> c", nodes={"c": {"join": {"mode": "any"}}})
    run.fail("a")
    assert (run.edge("a", "c"), run.edge("a", "d"), run.edge("a", "e")) == (
        EdgeState.FAILED,
        EdgeState.DEAD,
        EdgeState.TAKEN,
    )
    run.complete("b")
    assert run.status("c") == "ready"


def test_a_gates_approved_edge_into_a_race_counts_as_a_success_edge() -> None:
    run = ARun("g -[approved]-> c; b -> c", nodes={"g": {"type": "human_gate"}, "c": {"join": {"mode": "any"}}})
    run.fail("g")
    assert run.status("c") == "pending"
    assert run.edge("g", "c") is EdgeState.FAILED


def test_a_race_goes_before_hold() -> None:
    run = ARun("a -> c; b -> c", nodes={"a": {"on_error": "hold"}, "c": {"join": {"mode": "any"}}})
    run.fail("a")
    assert run.status("a") == "failed"


def test_a_held_node_waits_while_its_siblings_go_on() -> None:
    run = ARun("a -> c; b -> d", nodes={"a": {"on_error": "hold"}})
    assert run.fail("a") == []
    run.complete("b")
    assert run.status("a", "c", "d") == "held pending ready"


def test_the_verdict_is_asked_before_the_failure_is_told_and_changes_nothing() -> None:
    run = ARun("a -> b", nodes={"a": {"on_error": "hold"}})
    assert verdict(run.plan, run.state, run.index("a"), BROKEN) == "held"
    assert run.status("a") == "ready"


def test_an_error_edge_goes_before_hold() -> None:
    run = ARun("a -[error]-> b", nodes={"a": {"on_error": "hold"}})
    assert verdict(run.plan, run.state, run.index("a"), BROKEN) == "failed"


def test_nothing_is_held_while_the_run_stops() -> None:
    run = ARun("a; b", nodes={"a": {"on_error": "hold"}})
    run.cancel()
    assert verdict(run.plan, run.state, run.index("a"), BROKEN) == "failed"


def test_what_was_held_as_the_run_began_to_stop_is_cancelled() -> None:
    run = ARun("a; b", nodes={"a": {"on_error": "hold"}})
    run.cancel()
    commands = run.tell(NodeFailed(run.index("a"), 1, BROKEN, held=True))
    assert spoken(commands, run) == ["cancelled a"]


def test_a_failure_while_the_run_stops_is_recorded_and_changes_nothing_more() -> None:
    run = ARun("a; b")
    run.fail("a")
    run.fail("b")
    assert run.end is not None
    assert run.end.failure is not None
    assert (run.status("b"), run.end.failure.node) == ("failed", "a")


def test_a_guard_of_a_node_that_cannot_be_evaluated_fails_it() -> None:
    run = ARun("a -> b", nodes={"b": {"when": "nodes.a.output.x", "on_error": "continue"}})
    run.complete("a", {})
    assert (run.note("b").event, run.failure("b").type, run.ending) == ("failed", "ExpressionError", "failed")


def test_a_guard_that_fails_in_a_node_on_hold_holds_it() -> None:
    run = ARun("a -> b", nodes={"b": {"when": "1 / 0 == 1", "on_error": "hold"}})
    run.complete("a")
    assert (run.note("b").event, run.status("b")) == ("held", "held")


def test_a_node_that_the_failure_cancels_is_stopped_once() -> None:
    run = ARun("a; b; c")
    commands = run.fail("a") + run.fail("b")
    assert [command.node for command in commands if isinstance(command, StopNode)] == [run.index("b"), run.index("c")]
