"""Pauses: what would begin waits, what runs goes on.

A person pauses a run, and so does a breakpoint that is reached, or a budget. Until somebody has it go on, nodes that
would run are kept as `due`; nothing else of the rules knows of a pause. When the root begins to stop, the
pause is over: what cleans up is not for a debugger to hold.
"""

from itertools import islice
from typing import Any

from interpreter.messages.control import (
    Asked,
    BreakpointsAsked,
    BudgetMet,
    BudgetRaised,
    CommandLost,
    GoOnAsked,
    InputShown,
    NoteCommand,
    NotePause,
    PauseAsked,
    ShowInput,
    StepAsked,
)
from interpreter.rules.turn import Turn
from interpreter.state import ACTIVE, Due, NodeStatus, Place, Wish

STOPPING, NOT_DUE = "the run is stopping", "the run is not paused before this node"
"""Why a command is refused."""
SHOWN = 100
"""So many of the nodes that are due are shown with their inputs at once; reads show no more."""


def take(turn: Turn, event: Asked) -> None:
    """Do what a person wants of the run. The same command again changes nothing."""
    run = turn.run
    if event.command in run.commands:
        return
    refusal = event.refusal if isinstance(event, CommandLost) else STOPPING if run.ending is not None else None
    _answer(turn, event.command, refusal)
    if refusal is not None:
        return
    match event:
        case PauseAsked() if not run.paused:
            _pause(turn, command=event.command)
            run.short = event.budget
        case GoOnAsked():
            run.debug = False
            _go_on(turn, event.command)
        case BudgetRaised() if run.short:
            _go_on(turn, event.command)
        case BreakpointsAsked():
            run.breakpoints = dict.fromkeys(event.nodes)
            _show(turn)
        case _:
            # Paused already, or not for money.
            return


def step(turn: Turn, event: StepAsked) -> None:
    """Have one node begin that the run is paused before; the run stays paused."""
    if event.command in turn.run.commands:
        return
    place, known = (turn.state.id, event.node), turn.state.nodes[event.node]
    due = turn.run.due.get(place)
    if not turn.run.paused or due is None or due.released or known.generation != event.generation:
        _answer(turn, event.command, NOT_DUE)
        return
    _answer(turn, event.command)
    if event.given:
        turn.run.given[place] = Wish(event.command, "retry", reads=[])
    _release(turn, place)
    _show(turn)


def shown(turn: Turn, event: InputShown) -> None:
    """The node's row says what it would run with."""
    place = (turn.state.id, event.node)
    due = turn.run.due.get(place)
    if due is None or turn.state.nodes[event.node].generation != event.generation:
        return
    due.showing, due.shown = False, True
    if due.released:
        _release(turn, place)


def short(turn: Turn, event: BudgetMet) -> None:
    """There is no money for the node: it is to run once there is, and until then nothing new begins."""
    run, place, known = turn.run, (turn.state.id, event.node), turn.state.nodes[event.node]
    if known.generation != event.generation or known.status not in ACTIVE or known.stopping is not None:
        return
    known.status, known.tried = NodeStatus.PENDING, event.tried
    leaves = turn.state.ending is not None and turn.plan.nodes[event.node].join != "always"
    if leaves or run.ending is not None:
        turn.look_at(event.node)
        return
    run.due[place] = Due()
    if not run.paused:
        _pause(turn, budget=event.over)
        run.short = True


def holds(turn: Turn, node: int) -> bool:
    """Whether a node that would run now has to wait: the run is paused, or this is where it stops."""
    run, place = turn.run, (turn.state.id, node)
    if place in run.passing:
        del run.passing[place]
        return False
    due = run.due.get(place)
    if due is not None and due.showing:
        # What its row says of it comes first, also where it is to clean up.
        due.released = due.released or run.ending is not None
        return True
    if run.ending is not None or turn.plan.nodes[node].behaviour == "parallel":
        return False
    if not run.paused:
        planned = turn.plan.nodes[node]
        path = turn.state.path_of(planned.segment)
        named = planned.step is None and planned.id in run.breakpoints
        if not (run.debug or named or path in run.breakpoints):
            return False
        _pause(turn, breakpoint=path)
    if due is None:
        run.due[place] = Due()
        if len(run.due) <= SHOWN:
            _show(turn)
    return True


def lift(turn: Turn) -> None:
    """The scope begins to stop: what is due in it is looked at as such. With the root all of the run goes on."""
    run = turn.run
    if not turn.state.id:
        run.paused = run.short = False
        run.passing.clear()
    for (scope, node), due in list(run.due.items()):
        if not turn.state.id or scope == turn.state.id:
            if not due.showing:
                del run.due[scope, node]
            turn.at(scope).look_at(node)


def _pause(
    turn: Turn,
    *,
    command: str | None = None,
    breakpoint: str | None = None,  # noqa: A002 - the word
    budget: dict[str, Any] | None = None,
) -> None:
    run = turn.run
    run.paused, run.pauses = True, run.pauses + 1
    # What was about to pass waits again.
    run.passing.clear()
    for due in run.due.values():
        due.released = False
    turn.say(NotePause(run.pauses, True, command, breakpoint, budget))


def _go_on(turn: Turn, command: str) -> None:
    run = turn.run
    if not run.paused:
        return
    run.paused, run.short, run.pauses = False, False, run.pauses + 1
    turn.say(NotePause(run.pauses, False, command))
    for place in list(run.due):
        _release(turn, place)


def _release(turn: Turn, place: Place) -> None:
    """Have the node begin, once its row says with what."""
    due = turn.run.due[place]
    if due.showing:
        due.released = True
        return
    del turn.run.due[place]
    turn.run.passing[place] = None
    turn.at(place[0]).look_at(place[1])


def _show(turn: Turn) -> None:
    """Have people see what a run that is stepped through is paused before: what has been due for longest."""
    run = turn.run
    if not (run.debug or run.breakpoints):
        return
    for (scope, node), due in islice(run.due.items(), SHOWN):
        if not (due.shown or due.showing):
            due.showing = True
            turn.say(ShowInput(node, run.scope(scope).nodes[node].generation, scope=scope))


def _answer(turn: Turn, command: str, refusal: str | None = None) -> None:
    turn.run.commands[command] = None
    turn.say(NoteCommand(command, "applied" if refusal is None else "refused", refusal))
