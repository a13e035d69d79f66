"""A node is decided once: its join, then its own guard, then it runs or is left out."""

from typing import Any, assert_never

from interpreter.document.model import duration_seconds
from interpreter.messages import Evaluate, Failure, OpenGate, StartActivity, StartChild, StartTimer
from interpreter.plan.model import PlannedNode
from interpreter.rules import gates, inbound, inline, joins, outcomes, overrides, pausing, races, region, repeats, undo
from interpreter.rules.evaluate import View, expression_failure, holds
from interpreter.rules.failure import fail
from interpreter.rules.notes import note
from interpreter.rules.turn import Turn
from interpreter.state import FINAL_NODE, NodeStatus, reads_given
from interpreter.values import Json


def decide_node(turn: Turn, node: int) -> None:
    """Decide a node if that is possible now and has not been done; let a map go on that had to pause."""
    plan, state = turn.plan, turn.state
    status = state.nodes[node].status
    if status is not NodeStatus.PENDING:
        if status is NodeStatus.RUNNING:
            repeats.go_on(turn, node)
        return
    if turn.run.bygone and turn.run.bygone.pop((state.id, node), True) is None:
        region.skip(turn, node, region.MIGRATED)
        return
    if state.ending is not None:
        if plan.nodes[node].join != "always":
            region.leave(turn, node)
            return
        if not state.id and undo.comes_first(turn):
            return
    match joins.answer(plan, state, node):
        case joins.Answer.WAIT:
            return
        case joins.Answer.SKIP:
            region.skip(turn, node, "join" if joins.reached(plan, state, node) else "dead_path")
        case joins.Answer.FAIL:
            fail(turn, node, joins.failure_of(plan, state, node), by_guard=plan.nodes[node].join not in joins.RACES)
        case joins.Answer.RUN:
            if not overrides.meets(turn, node):
                view = View(turn, node)
                _by_guard(turn, view, node)
                turn.spend(view.spent)
        case unknown:
            assert_never(unknown)


def _by_guard(turn: Turn, view: View, node: int) -> None:
    planned, known = turn.plan.nodes[node], turn.state.nodes[node]
    found = True if planned.when is None else holds(planned.when, view)
    if isinstance(found, Failure):
        fail(turn, node, found, by_guard=True)
        return
    known.guard = None if planned.when is None else found
    if not found:
        region.skip(turn, node, "guard")
        return
    if pausing.holds(turn, node):
        known.unseen = _unseen(turn, planned)
        return
    if planned.cancel_rest:
        races.cancel_rest(turn, node)
    _run(turn, planned, view)


def _run(turn: Turn, planned: PlannedNode, view: View) -> None:
    node, scope = planned.index, turn.state.id
    known = turn.state.nodes[node]
    known.unseen = _unseen(turn, planned)
    match planned.behaviour:
        case "activity":
            known.status = NodeStatus.READY
            turn.say(StartActivity(node, known.generation, scope=scope))
        case "gate":
            known.status = NodeStatus.WAITING
            gates.ask(turn, node)
            turn.say(OpenGate(node, known.generation, scope=scope))
        case "map" | "loop" | "agent":
            repeats.begin(turn, node)
            turn.start_timer(node)
        case "subworkflow":
            known.status = NodeStatus.READY
            turn.say(StartChild(node, known.generation, scope=scope))
            turn.start_timer(node)
        case "event":
            inbound.listen(turn, view, node)
        case "wait":
            _wait(turn, view, node)
        case "condition":
            _choose(turn, planned, view)
        case "parallel":
            _made(turn, view, node, None)
        case "transform" | "join" | "end":
            _make(turn, planned, view)
        case _:
            assert_never(planned.behaviour)


def _unseen(turn: Turn, planned: PlannedNode) -> list[int]:
    """What the node reads and that has not ended."""
    given, _ = reads_given(turn.whole, turn.run, turn.state, planned.index)
    return [read for read in (*planned.seen, *given) if turn.state.nodes[read].status not in FINAL_NODE]


def _make(turn: Turn, planned: PlannedNode, view: View) -> None:
    """A value that the workflow makes itself, if it can."""
    node = planned.index
    if not inline.at_hand(view):
        _evaluate(turn, node)
        return
    value = inline.value_of(view)
    if isinstance(value, Failure):
        fail(turn, node, value)
    elif planned.behaviour == "end":
        _made(turn, view, node, value.get("output") if isinstance(value, dict) else None)
    else:
        _made(turn, view, node, value)


def _choose(turn: Turn, planned: PlannedNode, view: View) -> None:
    """The first case that is true is the outcome."""
    node = planned.index
    for case in planned.cases:
        found = holds(case.when, view)
        if isinstance(found, Failure):
            fail(turn, node, found)
            return
        if found:
            _made(turn, view, node, {"case": case.name}, case.name)
            return
    if planned.default_case is None:
        fail(turn, node, Failure("NoCaseMatched", f"no case of {planned.name} is true", "input"))
    else:
        _made(turn, view, node, {"case": planned.default_case}, planned.default_case)


def _made(turn: Turn, view: View, node: int, value: Json, outcome: str = "success") -> None:
    """Record a value that the workflow made, and go on from it."""
    result = inline.result_of(view, value)
    if result is None:
        _evaluate(turn, node)
    elif isinstance(result, Failure):
        fail(turn, node, result)
    else:
        outcomes.done(turn, node, result, value, outcome)


def _evaluate(turn: Turn, node: int) -> None:
    known = turn.state.nodes[node]
    known.status = NodeStatus.READY
    turn.say(Evaluate(node, known.generation, scope=turn.state.id))


def _wait(turn: Turn, view: View, node: int) -> None:
    known = turn.state.nodes[node]
    until = inline.value_of(view)
    found = until if isinstance(until, Failure) else _timer(turn, node, until)
    if isinstance(found, Failure):
        fail(turn, node, found)
        return
    known.status = NodeStatus.WAITING
    note(turn, node, "waiting")
    turn.say(found)


def _timer(turn: Turn, node: int, until: Any) -> StartTimer | Failure:
    generation, scope = turn.state.nodes[node].generation, turn.state.id
    if until.get("for") is None:
        return StartTimer(node, generation, at=str(until.get("at")), scope=scope)
    try:
        return StartTimer(node, generation, seconds=duration_seconds(until["for"]), scope=scope)
    except ValueError as error:
        return expression_failure(str(error), f"{turn.plan.nodes[node].id}.with.for")
