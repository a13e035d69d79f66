"""What each event does to the state, before the cascade that follows from it."""

from typing import assert_never

from interpreter.messages import (
    BreakpointsAsked,
    BudgetMet,
    BudgetRaised,
    CancelRequested,
    CommandLost,
    DeadlinePassed,
    Delivered,
    Event,
    EventRefused,
    Failure,
    GateOpened,
    GoOnAsked,
    InputShown,
    MigrationAsked,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeUndone,
    OutputFailed,
    OutputMade,
    Overridden,
    OverriddenAhead,
    PauseAsked,
    RegionOpened,
    Result,
    Resumed,
    RunStarted,
    StepAsked,
    TimerFired,
    Voted,
)
from interpreter.rules import failure, gates, inbound, migrating, outcomes, overrides, pausing, region, repeats, undo
from interpreter.rules.readers import still_read
from interpreter.rules.turn import Turn
from interpreter.state import ACTIVE


def take(turn: Turn, event: Event) -> None:
    """Bring the event into the state. Late, repeated and out-of-date ones change nothing."""
    match event:
        case RunStarted():
            _begin(turn, event.input)
        case CancelRequested():
            region.stop(turn, "cancelled")
        case DeadlinePassed():
            passed = Failure("Timeout", "the run's deadline has passed", details={"limit": "deadline"})
            region.stop(turn, "failed", passed)
        case Delivered():
            inbound.delivered(turn, event)
        case NodeUndone():
            undo.undone(turn, event)
        case OverriddenAhead():
            overrides.ahead(turn, event)
        case MigrationAsked():
            migrating.asked(turn, event)
        case PauseAsked() | GoOnAsked() | BudgetRaised() | BreakpointsAsked() | CommandLost():
            pausing.take(turn, event)
        case Resumed():
            turn.run.yielded = False
        case _:
            if turn.run.has(event.scope):
                _take_at(turn.at(event.scope), event)


Answer = NodeCompleted | NodeFailed | NodeCancelled | TimerFired | RegionOpened | EventRefused


AtScope = Answer | OutputMade | OutputFailed | GateOpened | Voted | Overridden | StepAsked | InputShown | BudgetMet


def _take_at(turn: Turn, event: AtScope) -> None:
    """What happened at one scope that is there still."""
    match event:
        case OutputMade():
            if repeats.awaits_output(turn):
                repeats.made(turn, event.result)
        case OutputFailed():
            if repeats.awaits_output(turn):
                repeats.failed(turn, event.failure)
        case GateOpened():
            gates.opened(turn, event)
        case Voted():
            gates.voted(turn, event)
        case Overridden():
            overrides.override(turn, event)
        case StepAsked():
            pausing.step(turn, event)
        case InputShown():
            pausing.shown(turn, event)
        case BudgetMet():
            pausing.short(turn, event)
        case _:
            _answered(turn, event)


def _begin(turn: Turn, run_input: Result) -> None:
    if turn.run.started:
        return
    turn.run.started, turn.state.facts = True, still_read(turn.state, run_input.facts)
    for node in turn.plan.starts:
        turn.look_at(node)


def _answered(turn: Turn, event: Answer) -> None:
    """Something was answered that the shell was asked for, unless the node has ended already."""
    known = turn.state.nodes[event.node]
    if known.generation != event.generation or known.status not in ACTIVE:
        return
    match event:
        case NodeCompleted():
            known.reused = event.reused
            inbound.over(turn, event.node)
            region.stopped_by(turn, event.node, region.OVERRIDE)
            overrides.too_late(turn, event.node)
            outcomes.complete(turn, event.node, event.result, event.outcome)
        case NodeFailed():
            _failed(turn, event)
        case NodeCancelled():
            _cancelled(turn, event)
        case TimerFired():
            _fired(turn, event.node)
        case RegionOpened():
            repeats.opened(turn, event)
        case EventRefused():
            inbound.refused(turn, event)
        case _:
            assert_never(event)


def _failed(turn: Turn, event: NodeFailed) -> None:
    inbound.over(turn, event.node)
    for reason in region.OVERRULED:
        region.stopped_by(turn, event.node, reason)
    repeat = turn.state.repeats.get(event.node)
    if repeat is not None and repeat.instances:
        repeats.broken(turn, event.node, event.failure, held=event.held)
    else:
        failure.told(turn, event.node, event.failure, held=event.held)
    overrides.failed(turn, event.node)
    gates.refuse_early(turn, event.node)


def _cancelled(turn: Turn, event: NodeCancelled) -> None:
    known = turn.state.nodes[event.node]
    if region.stopped_by(turn, event.node, region.DEADLINE):
        overrides.too_late(turn, event.node)
        failure.failed(turn, event.node, late(turn.plan.nodes[event.node].name))
    elif region.stopped_by(turn, event.node, region.OVERRIDE):
        known.unknown = known.unknown or event.unknown
        overrides.stopped(turn, event.node)
    elif known.stopping is not None:
        overrides.too_late(turn, event.node, overrides.STOPPING)
        known.unknown = known.unknown or event.unknown
        region.cancelled_by(turn, event.node, known.stopping)
        gates.refuse_early(turn, event.node)


def _fired(turn: Turn, node: int) -> None:
    planned = turn.plan.nodes[node]
    match planned.behaviour:
        case "gate":
            gates.expire(turn, node)
        case "event":
            inbound.expire(turn, node)
        case "map" | "loop" | "agent":
            repeats.stop(turn, node, late(planned.name))
        case "subworkflow":
            region.ask_to_stop(turn, node, region.DEADLINE)
        case "wait":
            outcomes.done(turn, node, Result(size=4), None, edges=False)
        case _:
            # Nothing else has a timer of the workflow's.
            return


def late(name: str) -> Failure:
    """The failure of what its deadline has ended."""
    return Failure("Timeout", f"the deadline of {name} has passed", details={"limit": "deadline"})
