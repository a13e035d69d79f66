"""What people do by hand with a node, wherever it is."""

from typing import Any

import pytest

from interpreter.messages import NodeCompleted, NodeFailed, Overridden, Result, Voted
from interpreter.snapshot import restore, snapshot
from interpreter.state import reads_given
from tests.support.documents import a_node
from tests.support.rules import BROKEN, ARun, spoken


def a_held(graph: str = "a -> b") -> ARun:
    run = ARun(graph, nodes={"a": {"on_error": "hold"}})
    run.fail("a")
    return run


def test_a_retry_starts_the_next_generation() -> None:
    run = a_held()
    assert spoken(run.override("a", "retry"), run) == ["override applied", "ready a", "StartActivity a"]
    assert run.generation("a") == 2


def test_answers_of_an_earlier_generation_change_nothing() -> None:
    run = a_held()
    run.override("a", "retry")
    assert run.tell(NodeCompleted(run.index("a"), 1, Result())) == []
    assert spoken(run.complete("a"), run) == ["StartActivity b"]


def test_a_retried_node_that_fails_again_is_held_again() -> None:
    run = a_held()
    run.override("a", "retry")
    run.fail("a")
    assert run.status("a") == "held"


def test_a_retry_decides_with_what_has_settled_meanwhile() -> None:
    run = ARun("x -> a; y -> a", nodes={"a": {"join": {"mode": "any"}, "on_error": "hold"}})
    run.complete("x")
    run.complete("y")
    run.fail("a")
    run.override("a", "retry")
    arrived = run.state.nodes[run.index("a")].arrived
    assert [run.plan.edges[edge].source for edge in arrived] == [run.index("x"), run.index("y")]


def test_a_node_made_to_succeed_completes_with_the_given_output() -> None:
    run = a_held()
    commands = run.override("a", "succeed", result=Result(7, "hash"))
    assert spoken(commands, run) == ["override applied", "completed a", "StartActivity b"]
    assert run.note("a").why == {"mode": "settled", "reason": "override"}
    assert run.state.nodes[run.index("a")].size == 7


def test_a_node_made_to_succeed_needs_no_output() -> None:
    run = a_held()
    run.override("a", "succeed")
    assert run.status("a", "b") == "completed ready"


def test_a_node_skipped_by_hand_takes_its_skipped_edges() -> None:
    run = a_held("a -> b; a -[skipped]-> c")
    assert spoken(run.override("a", "skip"), run) == ["override applied", "skipped a", "skipped b", "StartActivity c"]
    assert run.reason("a") == "override"


def test_the_same_override_again_changes_nothing() -> None:
    run = a_held()
    run.override("a", "retry")
    run.fail("a")
    assert run.tell(Overridden(run.index("a"), 2, "o1", "skip")) == []


def test_an_override_that_is_not_for_a_node_that_is_there_is_refused() -> None:
    run = ARun("a -> b")
    (note,) = run.override("b", "retry")
    assert (getattr(note, "status", None), getattr(note, "reason", None)) == ("refused", "moved")


def test_an_override_of_another_generation_is_refused() -> None:
    run = a_held()
    (note,) = run.tell(Overridden(run.index("a"), 2, "o1", "skip"))
    assert getattr(note, "status", None) == "refused"


def test_a_node_that_was_not_reached_takes_no_skipped_edges_when_it_is_skipped_by_hand() -> None:
    race = {"join": {"mode": "any"}, "on_error": "hold"}
    run = ARun("a -> win -[skipped]-> b; z", nodes={"win": race})
    run.fail("a")
    assert run.status("win") == "held"
    run.override("win", "skip")
    assert run.status("win", "b") == "skipped skipped"


def a_run_with(**nodes: dict[str, Any]) -> ARun:
    return ARun("a -> b; a -[skipped]-> s", nodes=nodes)


def test_what_is_at_work_stops_before_it_is_moved() -> None:
    run = a_run_with()
    assert spoken(run.override("a", "skip"), run) == ["StopNode a"]
    assert spoken(run.stopped("a"), run) == ["override applied", "skipped a", "skipped b", "StartActivity s"]
    assert (run.generation("a"), run.reason("a")) == (2, "override")


def test_a_retry_of_what_is_at_work_is_a_generation_of_its_own() -> None:
    run = a_run_with()
    run.override("a", "retry")
    assert spoken(run.stopped("a"), run) == ["override applied", "ready a", "StartActivity a"]
    assert run.tell(NodeCompleted(run.index("a"), 1, Result())) == []
    assert spoken(run.complete("a"), run) == ["StartActivity b", "skipped s"]


def test_a_completion_before_the_stop_counts() -> None:
    run = a_run_with()
    run.override("a", "retry")
    assert spoken(run.complete("a"), run) == ["override refused moved", "StartActivity b", "skipped s"]


def test_a_failure_before_the_stop_counts_and_fails_the_run() -> None:
    run = a_run_with()
    run.override("a", "retry")
    assert "override refused moved" in spoken(run.fail("a"), run)
    assert run.ending == "failed"


def test_what_is_held_before_the_stop_is_moved_as_it_is() -> None:
    run = a_run_with(a={"on_error": "hold"})
    index = run.index("a")
    run.override("a", "skip")
    said = spoken(run.tell(NodeFailed(index, 1, BROKEN, held=True)), run)
    assert said[0] == "override applied"
    assert (run.status("a"), run.generation("a")) == ("skipped", 1)


def test_a_cancel_overrules_a_person() -> None:
    run = a_run_with()
    run.override("a", "skip")
    run.cancel()
    assert "override refused stopping" in spoken(run.stopped("a"), run)
    assert run.ending == "cancelled"


def test_an_override_of_what_stops_already_is_refused() -> None:
    run = a_run_with()
    run.cancel()
    assert spoken(run.override("a", "skip"), run) == ["override refused stopping"]


def test_a_second_override_of_what_is_being_stopped_is_refused() -> None:
    run = a_run_with()
    run.override("a", "skip")
    assert run.override("a", "skip") == []
    assert spoken(run.override("a", "retry", name="o2"), run) == ["override refused stopping"]


def test_a_gate_that_is_skipped_refuses_the_votes_that_come_later() -> None:
    run = ARun("gate -[approved, skipped]-> b", nodes={"gate": {"type": "human_gate"}})
    run.open("gate")
    assert spoken(run.override("gate", "skip"), run) == ["StopNode gate"]
    run.stopped("gate")
    assert run.status("gate", "b") == "skipped ready"
    vote = Voted(run.index("gate"), 1, "v1", "approved", "ann")
    assert spoken(run.tell(vote), run) == ["vote refused gate_closed"]


def test_a_gate_that_expires_while_it_is_being_skipped_is_skipped() -> None:
    run = ARun("gate -[approved, skipped]-> b", nodes={"gate": {"type": "human_gate", "timeout": "1h"}})
    run.open("gate")
    run.override("gate", "skip")
    assert run.fire("gate") == []
    run.stopped("gate")
    assert run.status("gate") == "skipped"


def test_only_people_decide_a_gate() -> None:
    run = ARun("gate -[approved]-> b", nodes={"gate": {"type": "human_gate"}})
    run.open("gate")
    assert spoken(run.override("gate", "succeed"), run) == ["override refused moved"]


def test_a_wait_ends_now() -> None:
    run = ARun("w -> b", nodes={"w": {"type": "wait"}})
    said = spoken(run.override("w", "succeed"), run)
    assert said == ["StopTimer w", "override applied", "completed w", "StartActivity b"]
    assert run.fire("w") == []


def test_an_event_comes_by_hand_and_leaves_those_that_are_kept() -> None:
    run = ARun("e -> b; f", nodes={"e": {"type": "event", "with": {"name": "paid"}, "timeout": "1h"}})
    said = spoken(run.override("e", "succeed"), run)
    assert said == ["override applied", "completed e", "StopTimer e", "StartActivity b"]
    assert run.deliver("e1") == []
    assert run.state.listeners == {}


def test_an_event_that_is_being_given_comes_first() -> None:
    run = ARun("e -> b", nodes={"e": {"type": "event", "with": {"name": "paid"}}})
    run.deliver("e1")
    assert spoken(run.override("e", "skip"), run) == ["override refused moved"]


def test_the_deadline_of_a_sub_workflow_overrules_a_person() -> None:
    sub = {"type": "subworkflow", "with": {"workflow": "inner"}, "deadline": "1h"}
    run = ARun("sub -> b", nodes={"sub": sub})
    run.override("sub", "skip")
    run.fire("sub")
    assert "override refused moved" in spoken(run.stopped("sub"), run)
    assert run.failure("sub").type == "Timeout"


def test_a_sub_workflow_that_is_skipped_has_no_deadline_any_more() -> None:
    sub = {"type": "subworkflow", "with": {"workflow": "inner"}, "deadline": "1h"}
    run = ARun("sub -[skipped]-> b", nodes={"sub": sub})
    run.override("sub", "skip")
    stop, *said = run.stopped("sub")
    assert (spoken([stop], run), getattr(stop, "generation", None)) == (["StopTimer sub"], 1)
    assert spoken(said, run)[:2] == ["override applied", "StopTimer sub"]


def test_a_node_that_has_not_started_is_skipped_when_the_run_comes_to_it() -> None:
    run = ARun("a -> b -> c; b -[skipped]-> d")
    assert spoken(run.override("b", "skip"), run) == ["override applied"]
    assert spoken(run.complete("a"), run) == ["skipped b", "skipped c", "StartActivity d"]
    assert run.reason("b") == "override"


def test_a_node_that_has_not_started_succeeds_and_wins_its_race() -> None:
    run = ARun("(a, x) -> b -> c", nodes={"b": {"join": {"mode": "any", "cancel_rest": True}, "when": "false"}})
    run.override("b", "succeed")
    assert spoken(run.complete("a"), run) == ["StopNode x", "completed b", "StartActivity c"]


def test_a_dead_path_is_dead_whatever_was_foretold_of_it() -> None:
    run = ARun("a -[error]-> b; a -> c")
    run.override("b", "succeed")
    run.complete("a")
    assert (run.status("b"), run.reason("b")) == ("skipped", "dead_path")


def test_a_clean_up_that_is_foretold_is_done_while_the_run_stops() -> None:
    run = ARun("a -> b", nodes={"b": {"join": {"mode": "always"}}})
    run.cancel()
    assert spoken(run.override("b", "skip"), run) == ["override applied"]
    run.stopped("a")
    assert run.status("b") == "skipped"


def a_map(**said: Any) -> dict[str, Any]:
    body = {"items": "input", "max_concurrency": 1, "chain": [a_node("work"), a_node("after")], **said}
    return {"type": "map", "with": body}


def test_items_that_have_not_begun_may_be_foretold() -> None:
    run = ARun("each", nodes={"each": a_map()})
    assert spoken(run.foretell("each.1.work", "skip"), run) == ["override applied"]
    run.open_items("each", 2)
    assert run.foretell("each.1.work", "skip") == []
    run.complete("each.0.work")
    said = spoken(run.complete("each.0.after"), run)
    assert [one for one in said if "each.1." in one] == ["skipped each.1.work", "StartActivity each.1.after"]


@pytest.mark.parametrize("path", ["each.0.work", "each.5.work", "each.1.nobody", "nobody.1.work", "each.1", "b"])
def test_what_has_begun_or_cannot_is_not_foretold(path: str) -> None:
    run = ARun("each; b", nodes={"each": a_map()})
    run.open_items("each", 2)
    assert spoken(run.foretell(path, "skip"), run) == ["override refused moved"]


def test_nothing_is_tried_again_before_it_was_tried() -> None:
    run = ARun("each", nodes={"each": a_map()})
    run.open_items("each", 2)
    assert spoken(run.foretell("each.1.work", "retry"), run) == ["override refused moved"]


def test_laps_to_come_may_be_foretold_and_those_gone_may_not() -> None:
    loop = {"until": "false", "max_iterations": 3, "output": 1, "chain": [a_node("work")]}
    run = ARun("again", nodes={"again": {"type": "loop", "with": loop}})
    assert spoken(run.foretell("again~2.work", "skip"), run) == ["override applied"]
    run.open_items("again", 1)
    assert spoken(run.foretell("again~1.work", "skip", name="o1"), run) == []
    assert spoken(run.foretell("again~3.work", "skip", name="o3"), run) == ["override applied"]
    assert spoken(run.foretell("again~4.work", "skip", name="o4"), run) == ["override refused moved"]


def test_new_parameters_are_read_where_the_node_can_see() -> None:
    body = {"items": "input", "chain": [a_node("first"), a_node("work", on_error="hold")]}
    run = ARun("top; each", nodes={"each": {"type": "map", "with": body}})
    run.complete("top")
    run.open_items("each", 1)
    run.complete("each.0.first")
    run.fail("each.0.work")
    scope, node = run.place("each.0.work")
    run.tell(Overridden(node, 1, "o1", "retry", None, ("first", "top"), scope=scope))
    own, outer = reads_given(run.plan, run.state, run.state.scope(scope), node)
    assert (own, outer) == ((0,), ((1, run.index("top")),))
    assert restore(run.plan, snapshot(run.state)) == run.state


def test_parameters_may_be_given_before_the_first_try() -> None:
    run = ARun("first -> a")
    index = run.index("a")
    assert spoken(run.tell(Overridden(index, 0, "o1", "retry", None, ("first",))), run) == ["override applied"]
    assert spoken(run.complete("first"), run) == ["StartActivity a"]
    assert run.state.given[0, index].override == "o1"
    assert reads_given(run.plan, run.state, run.state, index) == ((run.index("first"),), ())
