"""Compensation: what was done is undone in reverse order, once each, before the `always` nodes."""

from typing import Any

from interpreter.messages import NodeUndone, StartUndo
from tests.support.documents import a_node
from tests.support.rules import BROKEN, TIMEOUT, ARun, spoken
from tests.unit.interpreter.rules.test_loops import a_loop
from tests.unit.interpreter.rules.test_maps import a_map

UNDO = {"type": "tool_call", "with": {"tool": "work"}}
UNDONE: dict[str, Any] = {"compensate": UNDO}
ALWAYS: dict[str, Any] = {"join": {"mode": "always"}}


def finished(run: ARun) -> list[str]:
    """Undo all that is to be undone; the paths in their order."""
    order: list[str] = []
    while run.state.undoing is not None:
        scope, node = run.state.undoing
        known = run.state.scope(scope)
        order.append(known.path_of(run.plan.region(known.region).nodes[node].id))
        run.undo()
    return order


def test_what_completed_is_undone_in_reverse_order_when_the_run_fails() -> None:
    run = ARun("(a, b) -> c -> d", nodes={"a": UNDONE, "b": UNDONE, "c": UNDONE})
    run.complete("b")
    run.complete("a")
    run.complete("c")
    run.fail("d")
    assert finished(run) == ["c", "a", "b"]
    assert run.end is not None
    assert (run.ending, run.end.flags) == ("failed", ("compensated",))


def test_a_cancel_undoes_once_what_ran_has_stopped() -> None:
    run = ARun("a -> b; c", nodes={"a": UNDONE})
    run.complete("a")
    run.cancel()
    assert spoken(run.stopped("b"), run) == []
    assert spoken(run.stopped("c"), run) == ["StartUndo a"]


def test_one_is_undone_after_another() -> None:
    run = ARun("a -> b -> c", nodes={"a": UNDONE, "b": UNDONE})
    run.complete("a")
    run.complete("b")
    assert spoken(run.fail("c"), run)[-1] == "StartUndo b"
    assert spoken(run.undo(), run) == ["StartUndo a"]


def test_a_compensation_that_is_told_again_changes_nothing() -> None:
    run = ARun("a -> b -> c", nodes={"a": UNDONE, "b": UNDONE})
    run.complete("a")
    run.complete("b")
    run.fail("c")
    run.undo()
    assert run.tell(NodeUndone(run.index("b"), 1)) == []


def test_one_that_fails_is_recorded_and_the_others_go_on() -> None:
    run = ARun("a -> b -> c", nodes={"a": UNDONE, "b": UNDONE})
    run.complete("a")
    run.complete("b")
    run.fail("c")
    assert spoken(run.undo(BROKEN), run) == ["StartUndo a"]
    run.undo()
    assert run.end is not None
    assert run.end.flags == ("compensated", "compensation_failed")


def test_always_nodes_wait_for_it() -> None:
    run = ARun("a -> b -[ended]-> z", nodes={"a": UNDONE, "z": ALWAYS})
    run.complete("a")
    assert spoken(run.fail("b"), run) == ["stopping failed", "StartUndo a"]
    assert spoken(run.undo(), run) == ["StartActivity z"]


def test_what_lies_behind_an_always_node_does_not_hold_it_up() -> None:
    run = ARun("a -> b -[ended]-> z -> y", nodes={"a": UNDONE, "z": ALWAYS})
    run.complete("a")
    run.fail("b")
    run.undo()
    assert spoken(run.complete("z"), run) == ["cancelled y", "finish failed"]


def test_an_always_node_that_runs_already_does_not_hold_it_up() -> None:
    run = ARun("a -> b; z", nodes={"a": UNDONE, "z": ALWAYS})
    run.complete("a")
    assert spoken(run.fail("b"), run)[-1] == "StartUndo a"


def test_always_nodes_run_at_once_when_nothing_was_done() -> None:
    run = ARun("a -[ended]-> z; a -> b", nodes={"b": UNDONE, "z": ALWAYS})
    assert spoken(run.fail("a"), run) == ["stopping failed", "cancelled b", "StartActivity z"]


def test_an_attempt_of_which_nobody_knows_what_it_did_is_undone() -> None:
    run = ARun("a", nodes={"a": UNDONE})
    said = run.fail("a", TIMEOUT)
    assert StartUndo(0, 1, unknown=True) in said


def test_an_attempt_that_was_cancelled_is_undone() -> None:
    run = ARun("a", nodes={"a": UNDONE})
    run.cancel()
    assert StartUndo(0, 1, unknown=True) in run.stopped("a", unknown=True)


def test_what_never_began_or_failed_for_certain_is_not_undone() -> None:
    run = ARun("a -> b; c", nodes={"a": UNDONE, "b": UNDONE, "c": UNDONE})
    run.fail("a")
    run.stopped("c")
    assert run.ending == "failed"
    assert run.end is not None
    assert run.end.flags == ()


def test_a_node_that_timed_out_and_was_skipped_by_hand_is_undone() -> None:
    run = ARun("a -[skipped]-> b", nodes={"a": {**UNDONE, "on_error": "hold"}})
    run.fail("a", TIMEOUT)
    run.override("a", "skip")
    run.fail("b")
    assert finished(run) == ["a"]


def test_a_handled_failure_undoes_nothing() -> None:
    run = ARun("a -> b -[error]-> c", nodes={"a": UNDONE})
    run.complete("a")
    run.fail("b")
    run.complete("c")
    assert run.ending == "completed"


def test_an_end_that_completes_undoes_nothing() -> None:
    run = ARun("a -> e", nodes={"a": UNDONE, "e": {"type": "end", "with": {}}})
    run.complete("a")
    assert run.ending == "completed"


def test_an_end_that_fails_undoes() -> None:
    run = ARun("a -> e", nodes={"a": UNDONE, "e": {"type": "end", "with": {"status": "failed"}}})
    run.complete("a")
    assert finished(run) == ["a"]


# Races


def test_a_completed_loser_of_a_race_is_undone_at_once() -> None:
    race = {"join": {"mode": "any", "cancel_rest": True}}
    run = ARun("a -> b -> win; c -> win", nodes={"a": UNDONE, "win": race})
    run.complete("a")
    assert spoken(run.complete("c"), run) == ["StopNode b", "StartActivity win", "StartUndo a"]


def test_a_loser_that_completes_in_spite_of_its_stop_is_undone() -> None:
    race = {"join": {"mode": "any", "cancel_rest": True}}
    run = ARun("(a, c) -> win", nodes={"a": UNDONE, "win": race})
    run.complete("c")
    assert spoken(run.complete("a"), run) == ["StartUndo a"]


def test_a_loser_is_undone_before_what_the_run_has_done() -> None:
    race = {"join": {"mode": "any", "cancel_rest": True}}
    run = ARun("z; (a, c) -> win", nodes={"a": UNDONE, "c": UNDONE, "win": race})
    run.complete("c")
    run.complete("a")
    run.fail("win")
    run.stopped("z")
    assert finished(run) == ["a", "c"]


def test_an_always_node_loses_no_race() -> None:
    race = {"join": {"mode": "any", "cancel_rest": True}}
    run = ARun("(a, c) -> win", nodes={"a": {**UNDONE, **ALWAYS}, "win": race})
    run.complete("a")
    run.complete("c")
    run.complete("win")
    assert run.ending == "completed"


# Maps and loops


def test_a_map_is_one_entry_and_its_items_are_undone_in_reverse() -> None:
    run = ARun("a -> each -> b -> c", nodes={"a": UNDONE, "each": a_map(a_node("work", compensate=UNDO)), "b": UNDONE})
    run.complete("a")
    run.open_items("each", 2)
    for item in (1, 0):
        run.complete(f"each.{item}.work", "x" * 5_000)
        run.make(f"each.{item}")
    run.complete("each")
    run.complete("b")
    run.fail("c")
    assert finished(run) == ["b", "each.1.work", "each.0.work", "a"]


def test_the_items_of_a_failed_map_are_undone() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("work", compensate=UNDO))})
    run.open_items("each", 2)
    run.complete("each.0.work", "x" * 5_000)
    run.make("each.0")
    run.fail("each.1.work")
    assert finished(run) == ["each.0.work"]


def test_the_laps_of_a_loop_are_undone_in_reverse() -> None:
    run = ARun("refine -> b", nodes={"refine": a_loop(a_node("work", compensate=UNDO))})
    run.open_items("refine", 1)
    for lap in (1, 2):
        run.complete(f"refine~{lap}.work", "x" * 5_000)
        run.make(f"refine~{lap}")
    run.fail("b")
    assert finished(run) == ["refine~2.work", "refine~1.work"]


def test_what_a_retried_map_did_before_is_undone_after_what_it_did_last() -> None:
    run = ARun("each -> b", nodes={"each": a_map(a_node("work", compensate=UNDO), a_node("y"), on_error="hold")})
    run.open_items("each", 1)
    run.complete("each.0.work")
    run.fail("each.0.y")
    run.override("each", "retry")
    run.open_items("each", 1)
    run.complete("each.0.work")
    run.fail("each.0.y")
    first, second = (scope.id for scope in run.state.scopes.values())
    run.cancel()
    undone = [run.state.undoing]
    run.undo()
    assert [*undone, run.state.undoing] == [(second, 0), (first, 0)]


def test_items_in_which_nothing_has_to_be_undone_are_forgotten() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("work", compensate=UNDO, when="index == 1"))})
    run.open_items("each", 2)
    run.complete("each.1.work", "x" * 5_000)
    run.make("each.1")
    assert [scope.path for scope in run.state.scopes.values()] == ["each.1"]


def test_a_race_inside_an_item_undoes_its_losers_at_once() -> None:
    race = a_node("win", join={"mode": "any", "cancel_rest": True})
    edges = [{"from": "a", "to": "win"}, {"from": "c", "to": "win"}]
    run = ARun("each", nodes={"each": a_map(a_node("a", compensate=UNDO), a_node("c"), race, edges=edges)})
    run.open_items("each", 1)
    run.complete("each.0.c")
    assert spoken(run.complete("each.0.a"), run) == ["StartUndo each.0.a"]
    run.complete("each.0.win", "x" * 5_000)
    run.make("each.0")
    run.undo()
    run.complete("each")
    assert run.ending == "completed"
