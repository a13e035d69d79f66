"""A node is decided once: its join, then its own guard, then it runs or is left out."""

from typing import Any, assert_never

from interpreter.document.model import duration_seconds
from interpreter.messages import Evaluate, Failure, OpenGate, Result, StartActivity, StartTimer
from interpreter.plan.model import PlannedNode
from interpreter.rules import gates, inline, joins, outcomes, races, region
from interpreter.rules.evaluate import View, expression_failure, holds
from interpreter.rules.failure import fail
from interpreter.rules.notes import note
from interpreter.rules.turn import Turn
from interpreter.state import FINAL_NODE, NodeStatus
from interpreter.values import Json

BYTES_A_STEP = 100
"""Values that the workflow records itself travel in its commands, which are bounded."""


def decide_node(turn: Turn, node: int) -> None:
    """Decide a node if that is possible now and has not been done."""
    plan, state = turn.plan, turn.state
    if state.nodes[node].status is not NodeStatus.PENDING:
        return
    if state.ending is not None and plan.nodes[node].join != "always":
        region.leave(turn, node)
        return
    match joins.answer(plan, state, node):
        case joins.Answer.WAIT:
            return
        case joins.Answer.SKIP:
            region.skip(turn, node, "join" if joins.reached(plan, state, node) else "dead_path")
        case joins.Answer.FAIL:
            fail(turn, node, joins.failure_of(plan, state, node), by_guard=plan.nodes[node].join not in joins.RACES)
        case joins.Answer.RUN:
            view = View(plan, state, node)
            _by_guard(turn, view)
            turn.spent += view.spent
        case unknown:
            assert_never(unknown)


def _by_guard(turn: Turn, view: View) -> None:
    planned, known = turn.plan.nodes[view.node], turn.state.nodes[view.node]
    found = True if planned.when is None else holds(planned.when, view)
    if isinstance(found, Failure):
        fail(turn, view.node, found, by_guard=True)
        return
    known.guard = None if planned.when is None else found
    if not found:
        region.skip(turn, view.node, "guard")
        return
    if planned.cancel_rest:
        races.cancel_rest(turn, view.node)
    _run(turn, planned, view)


def _run(turn: Turn, planned: PlannedNode, view: View) -> None:
    nodes, node = turn.state.nodes, planned.index
    known = nodes[node]
    known.unseen = [read for read in planned.reads if nodes[read].status not in FINAL_NODE]
    match planned.behaviour:
        case "activity":
            known.status = NodeStatus.READY
            turn.say(StartActivity(node, known.generation))
        case "gate":
            known.status = NodeStatus.WAITING
            gates.ask(turn, node)
            turn.say(OpenGate(node, known.generation))
        case "wait":
            _wait(turn, view)
        case "condition":
            _choose(turn, planned, view)
        case "parallel":
            _made(turn, view, None)
        case "transform" | "join" | "end":
            _make(turn, planned, view)
        case _:
            assert_never(planned.behaviour)


def _make(turn: Turn, planned: PlannedNode, view: View) -> None:
    """A value that the workflow makes itself, if it can."""
    if not inline.at_hand(view):
        _evaluate(turn, view.node)
        return
    value = inline.value_of(view)
    if isinstance(value, Failure):
        fail(turn, view.node, value)
    elif planned.behaviour == "end":
        _made(turn, view, value.get("output") if isinstance(value, dict) else None)
    else:
        _made(turn, view, value)


def _choose(turn: Turn, planned: PlannedNode, view: View) -> None:
    """The first case that is true is the outcome."""
    for case in planned.cases:
        found = holds(case.when, view)
        if isinstance(found, Failure):
            fail(turn, view.node, found)
            return
        if found:
            _made(turn, view, {"case": case.name}, case.name)
            return
    if planned.default_case is None:
        fail(turn, view.node, Failure("NoCaseMatched", f"no case of {planned.name} is true", "input"))
    else:
        _made(turn, view, {"case": planned.default_case}, planned.default_case)


def _made(turn: Turn, view: View, value: Json, outcome: str = "success") -> None:
    """Record a value that the workflow made, and go on from it."""
    result = inline.result_of(view, value)
    if result is None:
        _evaluate(turn, view.node)
    elif isinstance(result, Failure):
        fail(turn, view.node, result)
    else:
        done(turn, view.node, result, value, outcome)


def done(turn: Turn, node: int, result: Result, value: Json, outcome: str = "success", *, edges: bool = True) -> None:
    """A node that the workflow itself brings to its end."""
    known = turn.state.nodes[node]
    known.status, known.outcome = NodeStatus.COMPLETED, outcome
    turn.spent += result.size // BYTES_A_STEP
    note(turn, node, "completed", edges=edges, has_value=True, value=value)
    outcomes.complete(turn, node, result, outcome)


def _evaluate(turn: Turn, node: int) -> None:
    known = turn.state.nodes[node]
    known.status = NodeStatus.READY
    turn.say(Evaluate(node, known.generation))


def _wait(turn: Turn, view: View) -> None:
    known = turn.state.nodes[view.node]
    until = inline.value_of(view)
    found = until if isinstance(until, Failure) else _timer(turn.plan.nodes[view.node], view, until)
    if isinstance(found, Failure):
        fail(turn, view.node, found)
        return
    known.status = NodeStatus.WAITING
    note(turn, view.node, "waiting")
    turn.say(found)


def _timer(planned: PlannedNode, view: View, until: Any) -> StartTimer | Failure:
    generation = view.state.nodes[view.node].generation
    if until.get("for") is None:
        return StartTimer(view.node, generation, at=str(until.get("at")))
    try:
        return StartTimer(view.node, generation, seconds=duration_seconds(until["for"]))
    except ValueError as error:
        return expression_failure(str(error), f"{planned.id}.with.for")
