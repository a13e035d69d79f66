"""The one entrance to the rules."""

from heapq import heappop

from interpreter.messages import Command, Event, Yield
from interpreter.plan.model import Plan
from interpreter.rules import inbound, repeats, undo
from interpreter.rules.deciding import decide_node
from interpreter.rules.events import take
from interpreter.rules.finish import finish
from interpreter.rules.turn import Turn
from interpreter.state import RunState

STEPS = 5_000
"""How much one call may decide: some tens of milliseconds, and half a megabyte of notes. One node's
expressions may go beyond.
"""
LOOK = 10
"""Steps that looking at one node counts, besides those of its expressions."""


def decide(plan: Plan, state: RunState, event: Event) -> list[Command]:
    """What follows from the event, in the order in which it is to be carried out.

    Changes the state in place and looks only at what the event touched. When that is more than one
    activation may hold, the last command is `Yield`, and the rest follows `Resumed`.
    """
    if state.finished:
        return []
    turn = Turn.begin(plan, state)
    take(turn, event)
    if not state.yielded:
        _cascade(turn)
    return turn.said.commands


def _cascade(turn: Turn) -> None:
    run = turn.run
    while _something(turn):
        if turn.said.spent >= STEPS:
            run.yielded = True
            turn.say(Yield())
            return
        if run.stops:
            _stop(turn, *run.stops.pop(0))
        elif run.closing:
            repeats.ended(turn.at(run.closing.pop(0)))
        else:
            scope, node = heappop(run.queue)
            if run.has(scope):
                decide_node(turn.at(scope), node)
        turn.spend(LOOK)
    finish(turn)


def _something(turn: Turn) -> bool:
    """Whether something is left to be looked at; compensations begin when nothing else is."""
    run = turn.run
    if not (run.stops or run.closing or run.queue):
        undo.step(turn)
    return bool(run.stops or run.closing or run.queue)


def _stop(turn: Turn, scope: int, node: int) -> None:
    """Bring a node to its end that was asked to stop and that nothing but the core runs."""
    turn = turn.at(scope)
    if turn.plan.nodes[node].behaviour == "event":
        inbound.stop(turn, node)
    else:
        repeats.stop(turn, node)
