"""What people do by hand with a node: try it again, give it an output, skip it.

What is held, or waits for the clock or an event, is moved at once. What Temporal or another run has
in hand is asked to stop first, and what people decide too; the generation that stopped ends as
cancelled, and what was wanted is done as the next one. An end that comes first counts. A node that
is not decided is remembered by its path, and met when the rules would run it.
"""

from typing import assert_never

from interpreter.messages import NoteOverride, Overridden, OverriddenAhead, Result, StopTimer
from interpreter.paths import may_begin
from interpreter.rules import inbound, outcomes, races, region, repeats
from interpreter.rules.notes import note
from interpreter.rules.overridable import objection
from interpreter.rules.turn import Turn
from interpreter.state import ACTIVE, EdgeState, NodeStatus, Wish

MOVED, STOPPING, NO_ITEMS = "moved", "stopping", "no_items"
"""Why an override is refused: the node is not where it was, its region stops, or the map has no items yet."""


def override(turn: Turn, event: Overridden) -> None:
    """Move a node, or begin to. The same override again changes nothing."""
    known, planned = turn.state.nodes[event.node], turn.plan.nodes[event.node]
    if _is_known(turn, event.override):
        return
    wish = _wish(event)
    if refusal := _refusal(turn, event):
        _refuse(turn, event.node, event.generation, wish, refusal)
    elif known.status is NodeStatus.PENDING:
        _foretell(turn, turn.state.path_of(planned.segment), known.generation, wish)
        # A paused run may be before it, and leaves it out now.
        turn.look_at(event.node)
    elif known.status is NodeStatus.HELD:
        _apply(turn, event.node, wish)
    elif planned.behaviour in {"wait", "event"}:
        _interrupt(turn, event.node)
        _apply(turn, event.node, wish)
    else:
        turn.run.wishes[turn.state.id, event.node] = wish
        region.ask_to_stop(turn, event.node, region.OVERRIDE)


def ahead(turn: Turn, event: OverriddenAhead) -> None:
    """Remember what is wanted of a node in an item or a lap that has not begun."""
    if _is_known(turn, event.override):
        return
    planned = may_begin(turn.whole, turn.run, event.path)
    given = event.reads is not None
    if planned is None or objection(planned.behaviour, NodeStatus.PENDING, event.action, given=given):
        _answer(turn, event.path, 1, event.override, MOVED)
    else:
        _foretell(turn, event.path, 1, _wish(event))


def meets(turn: Turn, node: int) -> bool:
    """Whether a person has decided already what becomes of this node, which would run now; then it is done.

    One that was given parameters runs with them.
    """
    if not turn.run.ahead:
        return False
    planned = turn.plan.nodes[node]
    wish = turn.run.ahead.pop(turn.state.path_of(planned.segment), None)
    if wish is None:
        return False
    if wish.action == "retry":
        turn.run.given[turn.state.id, node] = wish
        return False
    if wish.action == "succeed" and planned.cancel_rest:
        races.cancel_rest(turn, node)
    _do(turn, node, wish, edges=True)
    return True


def stopped(turn: Turn, node: int) -> None:
    """What stood in the way of a wish has stopped: do it, as a generation of its own."""
    wish = turn.run.wishes.pop((turn.state.id, node))
    turn.stop_timer(node)
    _renew(turn, node)
    _apply(turn, node, wish, edges=True)


def failed(turn: Turn, node: int) -> None:
    """The node failed before it could be stopped: an incident is moved, an end is not."""
    wish = turn.run.wishes.pop((turn.state.id, node), None)
    if wish is None:
        return
    if turn.state.nodes[node].status is NodeStatus.HELD:
        _apply(turn, node, wish)
    else:
        _refuse(turn, node, turn.state.nodes[node].generation, wish, MOVED)


def too_late(turn: Turn, node: int, refusal: str = MOVED) -> None:
    """The node has come to an end of its own, or its region stops."""
    wish = turn.run.wishes.pop((turn.state.id, node), None)
    if wish is not None:
        _refuse(turn, node, turn.state.nodes[node].generation, wish, refusal)


def _wish(event: Overridden | OverriddenAhead) -> Wish:
    return Wish(event.override, event.action, event.result, None if event.reads is None else list(event.reads))


def _is_known(turn: Turn, override: str) -> bool:
    run = turn.run
    return override in run.overrides or any(wish.override == override for wish in run.wishes.values())


def _refusal(turn: Turn, event: Overridden) -> str | None:
    state, known, planned = turn.state, turn.state.nodes[event.node], turn.plan.nodes[event.node]
    undecided = known.status is NodeStatus.PENDING
    if event.generation != known.generation and not (undecided and event.generation == 0):
        return MOVED
    if known.stopping is not None or (state.ending is not None and planned.join != "always"):
        return STOPPING
    if event.action == "retry_items" and not repeats.has_items(turn, event.node):
        return NO_ITEMS
    listener = inbound.listener_of(turn, event.node)
    if listener is not None and listener.taking is not None:
        return MOVED
    given = event.reads is not None
    return MOVED if objection(planned.behaviour, _seen(turn, event.node), event.action, given=given) else None


def _seen(turn: Turn, node: int) -> NodeStatus:
    """Where the node is as people see it: only its rows tell an attempt from the wait for the next one."""
    known, behaviour = turn.state.nodes[node], turn.plan.nodes[node].behaviour
    if behaviour == "activity" and known.status in ACTIVE:
        return NodeStatus.RETRYING
    return NodeStatus.RUNNING if behaviour == "subworkflow" and known.status in ACTIVE else known.status


def _refuse(turn: Turn, node: int, generation: int, wish: Wish, refusal: str) -> None:
    _answer(turn, turn.state.path_of(turn.plan.nodes[node].segment), generation, wish.override, refusal)


def _answer(turn: Turn, path: str, generation: int, override: str, refusal: str | None = None) -> None:
    """Say what becomes of an override, once."""
    turn.run.overrides[override] = None
    turn.say(NoteOverride(override, path, generation, "applied" if refusal is None else "refused", refusal))


def _foretell(turn: Turn, path: str, generation: int, wish: Wish) -> None:
    turn.run.ahead[path] = wish
    _answer(turn, path, generation, wish.override)


def _interrupt(turn: Turn, node: int) -> None:
    """Nobody waits for the clock or the event any more; the timer of an event stops when it ends."""
    inbound.over(turn, node)
    if turn.plan.nodes[node].behaviour == "wait":
        turn.say(StopTimer(node, turn.state.nodes[node].generation, scope=turn.state.id))


def _apply(turn: Turn, node: int, wish: Wish, *, edges: bool = False) -> None:
    path = turn.state.path_of(turn.plan.nodes[node].segment)
    _answer(turn, path, turn.state.nodes[node].generation, wish.override)
    _do(turn, node, wish, edges=edges)


def _do(turn: Turn, node: int, wish: Wish, *, edges: bool) -> None:
    known = turn.state.nodes[node]
    match wish.action:
        case "retry":
            _retry(turn, node, wish)
        case "succeed":
            known.status, known.outcome, known.failure = NodeStatus.COMPLETED, "success", None
            known.reason = region.OVERRIDE
            note(turn, node, "completed", edges=edges, override=wish.override)
            outcomes.complete(turn, node, wish.result or Result())
        case "skip":
            known.failure = None
            region.skip(turn, node, region.OVERRIDE)
        case "retry_items":
            _renew(turn, node)
            repeats.try_again(turn, node)
            turn.start_timer(node)
        case _:
            assert_never(wish.action)


def _retry(turn: Turn, node: int, wish: Wish) -> None:
    """Decide the node anew, with what has settled meanwhile."""
    state = turn.state
    known = state.nodes[node]
    if known.status is NodeStatus.HELD:
        _renew(turn, node)
    if wish.reads is not None:
        turn.run.given[state.id, node] = wish
    before = frozenset(known.arrived)
    taken = (edge for edge in turn.plan.nodes[node].incoming if state.edges[edge] is EdgeState.TAKEN)
    known.arrived.extend(edge for edge in taken if edge not in before)
    note(turn, node, "ready", edges=False)
    turn.look_at(node)


def _renew(turn: Turn, node: int) -> None:
    """Begin a generation that the run has not had: what a map's or a loop's body did before is on record
    under the same paths.
    """
    known = turn.state.nodes[node]
    turn.run.retried += 1
    known.generation = turn.run.retried
    known.status, known.failure, known.guard, known.tried = NodeStatus.PENDING, None, None, 0
