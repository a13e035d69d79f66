"""The one entrance to the rules."""

from collections.abc import Callable
from heapq import heappop

from interpreter.messages import Command, Event, Yield
from interpreter.plan.model import Plan
from interpreter.rules import inbound, region, repeats, undo
from interpreter.rules.deciding import decide_node
from interpreter.rules.events import take
from interpreter.rules.finish import finish
from interpreter.rules.turn import LOOK, Turn
from interpreter.state import ACTIVE, Place, RunState


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
        if turn.full:
            run.yielded = True
            turn.say(Yield())
            return
        turn.spend(LOOK)
        if run.sweeps:
            _at(turn, run.sweeps.popleft(), region.sweep)
        elif run.stops:
            _at(turn, run.stops.popleft(), _stop)
        elif run.closing:
            repeats.ended(turn.at(run.closing.popleft()))
        else:
            _at(turn, heappop(run.queue), decide_node)
    finish(turn)


def _something(turn: Turn) -> bool:
    """Whether something is left to be looked at; compensations begin when nothing else is."""
    run = turn.run
    if run.queue or run.closing or run.stops or run.sweeps:
        return True
    undo.step(turn)
    return bool(run.queue)


def _at(turn: Turn, place: Place, do: Callable[[Turn, int], None]) -> None:
    """Do it there, if the scope is there still."""
    scope, node = place
    if turn.run.has(scope):
        do(turn.at(scope), node)


def _stop(turn: Turn, node: int) -> None:
    """Bring a node to its end that was asked to stop and that nothing but the core runs, if it still does."""
    if turn.state.nodes[node].status not in ACTIVE:
        return
    if turn.plan.nodes[node].behaviour == "event":
        inbound.stop(turn, node)
    else:
        repeats.stop(turn, node)
