"""A run that stops: cancelled, failed, out of time, or ended by an `end` node."""

from interpreter.messages import NodeCancelled, Resumed, StopNode, Yield
from interpreter.rules import late
from interpreter.state import EdgeState
from tests.support.rules import ARun, spoken

CLEAN_UP = {"z": {"join": {"mode": "always"}}}


def test_a_cancel_stops_what_runs_and_starts_nothing_new() -> None:
    run = ARun("a -> b; c -> b")
    assert spoken(run.cancel(), run) == ["stopping cancelled", "StopNode a", "StopNode c"]
    assert run.stopped("a") == []
    assert spoken(run.stopped("c"), run) == ["cancelled b", "finish cancelled"]


def test_a_stopped_node_says_why_and_its_edges_are_failed_but_ended_ones_taken() -> None:
    run = ARun("a -> b; a -[ended]-> z", nodes=CLEAN_UP)
    run.cancel()
    run.stopped("a")
    assert (run.reason("a"), run.edge("a", "b"), run.edge("a", "z")) == (
        "region_stopped",
        EdgeState.FAILED,
        EdgeState.TAKEN,
    )


def test_always_nodes_run_after_a_cancel() -> None:
    run = ARun("a -> z", nodes=CLEAN_UP)
    run.cancel()
    assert spoken(run.stopped("a"), run) == ["StartActivity z"]
    run.complete("z")
    assert run.ending == "cancelled"


def test_always_nodes_that_run_are_not_cancelled() -> None:
    run = ARun("z; a", nodes=CLEAN_UP)
    assert [one.node for one in run.cancel() if isinstance(one, StopNode)] == [run.index("a")]


def test_an_always_node_may_have_an_error_edge_while_the_run_stops() -> None:
    run = ARun("a -> y -[error]-> z", nodes={**CLEAN_UP, "y": {"join": {"mode": "always"}}})
    run.cancel()
    run.stopped("a")
    run.fail("y")
    assert run.status("z") == "ready"


def test_undecided_nodes_on_dead_paths_are_skipped_and_the_others_cancelled() -> None:
    run = ARun("a -[error]-> b; a -> c -> d; b -> e")
    run.complete("a")
    run.cancel()
    run.stopped("c")
    assert run.status("b", "d", "e") == "skipped cancelled skipped"
    assert run.note("d").why == {"mode": "settled", "reason": "region_stopped"}


def test_a_dead_path_is_a_dead_path_while_the_run_stops() -> None:
    run = ARun("a -[error]-> b -> c")
    run.cancel()
    run.complete("a")
    assert (run.status("b", "c"), run.reason("b")) == ("skipped skipped", "dead_path")


def test_a_node_with_several_in_edges_is_ended_once_all_have_settled() -> None:
    run = ARun("(a, b) -> c")
    run.cancel()
    assert run.stopped("a") == []
    assert spoken(run.stopped("b"), run) == ["cancelled c", "finish cancelled"]


def test_a_clean_up_may_ask_what_was_cancelled() -> None:
    when = "nodes.a.status == 'cancelled' && !has(nodes.a.outcome)"
    run = ARun("a -> z", nodes={"z": {**CLEAN_UP["z"], "when": when}})
    run.cancel()
    run.stopped("a")
    assert run.status("z") == "ready"


def test_a_success_that_was_recorded_before_the_stop_stays() -> None:
    run = ARun("a -> b")
    run.cancel()
    assert spoken(run.complete("a"), run) == ["cancelled b", "finish cancelled"]
    assert run.status("a") == "completed"


def test_a_cancel_while_the_run_fails_changes_nothing() -> None:
    run = ARun("a; b")
    run.fail("a")
    assert run.cancel() == []
    run.stopped("b")
    assert run.ending == "failed"


def test_a_cancel_before_the_start_lets_nothing_start() -> None:
    run = ARun("a -> b -> z", nodes=CLEAN_UP)
    fresh = ARun.__new__(ARun)
    fresh.plan, fresh.said = run.plan, []
    fresh.state = type(run.state).begin(run.plan, run={}, env={})
    fresh.cancel()
    fresh.begin()
    assert fresh.status("a", "b", "z") == "cancelled cancelled ready"


def test_a_cancel_takes_held_nodes_out_of_their_waiting() -> None:
    run = ARun("a", nodes={"a": {"on_error": "hold"}})
    run.fail("a")
    assert spoken(run.cancel(), run) == ["stopping cancelled", "cancelled a", "finish cancelled"]


def test_a_stop_that_nobody_asked_for_is_not_believed() -> None:
    run = ARun("a")
    assert run.tell(NodeCancelled(0, 1)) == []
    assert run.status("a") == "ready"


def test_a_run_whose_deadline_passes_fails_with_timeout() -> None:
    run = ARun("a")
    run.pass_deadline()
    run.stopped("a")
    assert run.end is not None
    assert run.end.failure is not None
    assert (run.ending, run.end.failure.type) == ("failed", "Timeout")


def test_an_end_node_stops_the_run_as_completed() -> None:
    run = ARun("a -> e; b", nodes={"e": {"type": "end", "with": {"output": {"x": "{{ nodes.a.output }}"}}}})
    assert spoken(run.complete("a", 7), run) == ["completed e", "stopping completed", "StopNode b"]
    assert run.note("e").value == {"x": 7}
    run.stopped("b")
    assert run.end is not None
    assert (run.ending, run.end.end) == ("completed", run.index("e"))


def test_an_end_node_may_fail_the_run_with_a_message() -> None:
    run = ARun(
        "a -> e",
        nodes={"e": {"type": "end", "with": {"status": "failed", "message": "no stock of {{ nodes.a.output }}"}}},
    )
    run.complete("a", "tea")
    assert run.end is not None
    assert run.end.failure is not None
    failure = run.end.failure
    assert (failure.type, failure.message, failure.category) == ("EndFailed", "no stock of tea", "business")


def test_a_message_is_text_whatever_its_template_comes_to() -> None:
    run = ARun("a -> e", nodes={"e": {"type": "end", "with": {"status": "failed", "message": "{{ nodes.a.output }}"}}})
    run.complete("a", {"code": 5})
    assert run.end is not None
    assert run.end.failure is not None
    assert run.end.failure.message == '{"code":5}'


def test_an_end_node_without_a_message_says_that_it_ended_the_run() -> None:
    run = ARun("e", nodes={"e": {"type": "end", "with": {"status": "failed"}}})
    assert run.end is not None
    assert run.end.failure is not None
    assert run.end.failure.message == "e ended the run"


def test_a_large_output_of_an_end_node_is_evaluated_outside() -> None:
    run = ARun("a -> e", nodes={"e": {"type": "end", "with": {"output": "{{ nodes.a.output }}"}}})
    assert spoken(run.complete("a", "x" * 5000), run) == ["Evaluate e"]
    run.complete("e")
    assert run.ending == "completed"


# Sub-workflows and their deadline

CHILD = {"type": "subworkflow", "with": {"workflow": "other"}, "deadline": 5}


def test_a_sub_workflow_whose_deadline_passes_fails_the_run() -> None:
    run = ARun("s; b", nodes={"s": CHILD})
    assert run.fire("s") == [StopNode(0, 1, "deadline")]
    assert spoken(run.stopped("s"), run) == ["StopTimer s", "stopping failed", "StopNode b"]
    assert run.failure("s").details == {"limit": "deadline"}


def test_a_sub_workflow_may_be_held_when_its_deadline_passes() -> None:
    run = ARun("s", nodes={"s": {**CHILD, "on_error": "hold"}})
    run.fire("s")
    run.fail("s", late("s"))
    assert (run.status("s"), run.state.stopping) == ("held", 0)


def test_a_sub_workflow_that_is_cancelled_while_its_deadline_stops_it_is_cancelled() -> None:
    run = ARun("s", nodes={"s": CHILD})
    run.fire("s")
    assert spoken(run.cancel(), run) == ["stopping cancelled"]
    run.stopped("s")
    assert (run.status("s"), run.reason("s")) == ("cancelled", "region_stopped")


def test_a_timer_that_nobody_set_changes_nothing() -> None:
    run = ARun("a")
    assert run.fire("a") == []
    assert run.status("a") == "ready"


# Bounded steps


def test_a_large_run_is_stopped_in_several_activations() -> None:
    run = ARun(nodes={f"n{number}": {} for number in range(2_000)})
    while isinstance(run.said[-1], Yield):
        run.tell(Resumed())
    stops: list[int] = []
    commands = run.cancel()
    while isinstance(commands[-1], Yield):
        stops.append(sum(isinstance(command, StopNode) for command in commands))
        commands = run.tell(Resumed())
    assert max(stops) <= 500
    assert sum(stops) + sum(isinstance(command, StopNode) for command in commands) == 2_000
