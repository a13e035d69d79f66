"""How much one call decides, and how a run ends."""

from time import process_time

from interpreter.messages import NodeCompleted, NodeFailed, Result, Resumed, RunStarted, Yield
from interpreter.rules import decide
from interpreter.rules.turn import LOOK, STEPS
from interpreter.state import RunState
from tests.support.documents import a_plan
from tests.support.rules import BROKEN, ARun, spoken


def test_a_run_of_nothing_but_ended_nodes_completes() -> None:
    run = ARun("a -> b")
    run.complete("a")
    assert spoken(run.complete("b"), run) == ["finish completed"]


def test_a_run_whose_last_nodes_were_all_skipped_says_so() -> None:
    run = ARun("a -> b -> z", nodes={"b": {"when": "false"}, "z": {"join": {"mode": "always"}}})
    run.complete("a")
    assert run.end is not None
    assert run.end.flags == ()
    run = ARun("a -> b; a -> z", nodes={"b": {"when": "false"}, "z": {"join": {"mode": "always"}}})
    run.complete("a")
    run.complete("z")
    assert run.end is not None
    assert run.end.flags == ("no_terminal_executed",)


def test_a_run_that_has_ended_says_nothing_more() -> None:
    run = ARun("a")
    run.complete("a")
    assert run.cancel() == []


def test_late_and_repeated_answers_change_nothing() -> None:
    run = ARun("a -> b -> c")
    run.complete("a")
    assert run.complete("a") == []
    assert run.tell(NodeFailed(run.index("a"), 1, BROKEN)) == []
    assert run.fire("a") == []
    assert run.tell(NodeCompleted(run.index("b"), 2, Result())) == []
    assert run.tell(RunStarted(Result())) == []


def test_ready_nodes_start_in_plan_order() -> None:
    run = ARun("a -> (d, c, b)")
    assert spoken(run.complete("a"), run) == ["StartActivity d", "StartActivity c", "StartActivity b"]


def a_row(size: int) -> ARun:
    return ARun(
        " -> ".join(f"n{number}" for number in range(size)),
        nodes={f"n{number}": {"type": "transform"} for number in range(size)},
    )


def test_more_than_one_activation_may_hold_is_decided_in_several() -> None:
    run = a_row(STEPS // LOOK)
    assert isinstance(run.said[-1], Yield)
    assert run.ending is None
    commands = run.tell(Resumed())
    assert spoken(commands[-1:], run) == ["finish completed"]


def test_a_cancel_between_two_activations_is_heard_by_the_second() -> None:
    run = a_row(STEPS // LOOK)
    assert spoken(run.cancel(), run) == ["stopping cancelled"]
    run.tell(Resumed())
    assert run.ending == "cancelled"


def test_expressions_count_as_what_they_cost() -> None:
    heavy = "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, a > 0)))"
    run = ARun(nodes={f"n{number}": {"when": heavy} for number in range(100)})
    assert isinstance(run.said[-1], Yield)


def test_ten_thousand_nodes_cost_ten_thousand_small_steps() -> None:
    edges = [{"from": f"n{number}", "to": f"n{number + step}"} for number in range(9_990) for step in (1, 7)]
    plan = a_plan(nodes={f"n{number}": {} for number in range(10_000)}, edges=edges)
    state = RunState.begin(plan, run={}, env={})
    began = process_time()
    waiting = decide(plan, state, RunStarted(Result()))
    while waiting:
        command = waiting.pop(0)
        node = getattr(command, "node", None)
        event = Resumed() if node is None else NodeCompleted(node, 1, Result())
        waiting += decide(plan, state, event)
    assert state.finished
    assert process_time() - began < 3
