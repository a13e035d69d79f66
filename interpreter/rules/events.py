"""What each event does to the state, before the cascade that follows from it."""

from typing import assert_never

from interpreter.messages import (
    CancelRequested,
    DeadlinePassed,
    Event,
    Failure,
    GateOpened,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    Overridden,
    Result,
    Resumed,
    RunStarted,
    TimerFired,
    Voted,
)
from interpreter.rules import control, failure, gates, outcomes, region
from interpreter.rules.deciding import done
from interpreter.rules.readers import still_read
from interpreter.rules.turn import Turn


def take(turn: Turn, event: Event) -> None:
    """Bring the event into the state. Late, repeated and out-of-date ones change nothing."""
    match event:
        case RunStarted():
            _begin(turn, event.input)
        case NodeCompleted() | NodeFailed() | NodeCancelled() | TimerFired():
            _answered(turn, event)
        case GateOpened():
            gates.opened(turn, event)
        case Voted():
            gates.voted(turn, event)
        case Overridden():
            control.override(turn, event)
        case CancelRequested():
            region.stop(turn, "cancelled")
        case DeadlinePassed():
            late = Failure("Timeout", "the run's deadline has passed", details={"limit": "deadline"})
            region.stop(turn, "failed", late)
        case Resumed():
            turn.state.yielded = False
        case _:
            assert_never(event)


def _begin(turn: Turn, run_input: Result) -> None:
    if turn.state.started:
        return
    turn.state.started, turn.state.input_facts = True, still_read(turn.state, run_input.facts)
    for node in turn.plan.starts:
        turn.look_at(node)


def _answered(turn: Turn, event: NodeCompleted | NodeFailed | NodeCancelled | TimerFired) -> None:
    """Something ended that the shell was asked for, unless that was answered already."""
    known = turn.state.nodes[event.node]
    if known.generation != event.generation or known.status not in region.ACTIVE:
        return
    match event:
        case NodeCompleted():
            outcomes.complete(turn, event.node, event.result, event.outcome)
        case NodeFailed():
            _failed(turn, event)
        case NodeCancelled():
            if known.stopping is not None:
                region.cancelled_by(turn, event.node, known.stopping)
        case TimerFired():
            _fired(turn, event.node)
        case _:
            assert_never(event)


def _failed(turn: Turn, event: NodeFailed) -> None:
    if not event.held:
        failure.failed(turn, event.node, event.failure)
        return
    failure.hold(turn, event.node, event.failure)
    # What was held while the region began to stop waits for nobody any more.
    stopping = turn.state.nodes[event.node].stopping
    if stopping or turn.state.ending:
        region.cancel(turn, event.node, stopping or "region_stopped")


def _fired(turn: Turn, node: int) -> None:
    if turn.plan.nodes[node].behaviour == "gate":
        gates.expire(turn, node)
    else:
        done(turn, node, Result(size=4), None, edges=False)
