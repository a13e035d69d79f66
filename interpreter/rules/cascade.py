"""The one entrance to the rules."""

from heapq import heappop

from interpreter.messages import Command, Event, Yield
from interpreter.plan.model import Plan
from interpreter.rules.deciding import decide_node
from interpreter.rules.events import take
from interpreter.rules.finish import finish
from interpreter.rules.readers import drop_read
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
    turn = Turn(plan, state)
    take(turn, event)
    if not state.yielded:
        _cascade(turn)
    drop_read(plan, state, turn.ended)
    return turn.commands


def _cascade(turn: Turn) -> None:
    queue = turn.state.queue
    while queue and turn.spent < STEPS:
        decide_node(turn, heappop(queue))
        turn.spent += LOOK
    if queue:
        turn.state.yielded = True
        turn.say(Yield())
    else:
        finish(turn)
