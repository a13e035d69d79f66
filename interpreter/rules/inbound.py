"""External events and the nodes that wait for them: each event is taken once, by who has waited longest."""

from interpreter.expressions import ExpressionError, render
from interpreter.messages import Delivered, EventRefused, Failure, StartTimer, TakeEvent
from interpreter.plan.model import Guard
from interpreter.rules import region
from interpreter.rules.evaluate import View, expression_failure, value_of_guard
from interpreter.rules.failure import fail
from interpreter.rules.notes import note
from interpreter.rules.turn import Turn
from interpreter.state import Kept, Listener, NodeStatus

EXPIRED = Failure("Timeout", "no event came in time", "business", details={"limit": "wait"})


def listen(turn: Turn, view: View, node: int) -> None:
    """The node was decided to run: it takes an event that is kept, or waits for one."""
    planned, known = turn.plan.nodes[node], turn.state.nodes[node]
    key = None if planned.key is None else _key(planned.key, view)
    if isinstance(key, Failure):
        fail(turn, node, key)
        return
    known.status = NodeStatus.WAITING
    note(turn, node, "waiting")
    if planned.node.timeout is not None:
        turn.say(StartTimer(node, known.generation, seconds=planned.node.timeout, scope=turn.state.id))
    listener = Listener(turn.state.id, node, known.generation, planned.node.with_["name"], key)
    turn.run.listeners.append(listener)
    _match(turn, listener)


def delivered(turn: Turn, event: Delivered) -> None:
    """An event is on record: give it to who has waited longest, or keep it. Told again it changes nothing."""
    run = turn.run
    if event.event in run.delivered:
        return
    run.delivered.append(event.event)
    run.kept.append(Kept(event.event, event.name, event.key))
    for listener in run.listeners:
        if listener.taking is None and _match(turn, listener):
            return


def refused(turn: Turn, event: EventRefused) -> None:
    """The payload did not fit: the node waits on, for another event that is kept or will come."""
    listener = listener_of(turn, event.node)
    if listener is None or listener.taking != event.event or listener.generation != event.generation:
        return
    listener.taking = None
    stopping = turn.state.nodes[event.node].stopping
    if stopping is not None:
        _leave(turn, listener)
        region.cancel(turn, event.node, stopping)
    elif not _match(turn, listener) and listener.expired:
        expire(turn, event.node)


def expire(turn: Turn, node: int) -> None:
    """The node's time is up; an event that it is being given counts if it fits."""
    listener = listener_of(turn, node)
    assert listener is not None, "who waits listens"
    listener.expired = True
    if listener.taking is None:
        _leave(turn, listener)
        fail(turn, node, EXPIRED)


def stop(turn: Turn, node: int) -> None:
    """Nobody needs the node any more; what it is being given is answered first."""
    listener = listener_of(turn, node)
    if listener is not None and listener.taking is None:
        _leave(turn, listener)
        region.cancel(turn, node, turn.state.nodes[node].stopping or "region_stopped")


def taken(turn: Turn, node: int) -> None:
    """The node has its event."""
    listener = listener_of(turn, node)
    if listener is not None:
        _leave(turn, listener)


def listener_of(turn: Turn, node: int) -> Listener | None:
    """The node as it waits, if it does."""
    place = (turn.state.id, node)
    return next((one for one in turn.run.listeners if (one.scope, one.node) == place), None)


def _key(guard: Guard, view: View) -> str | Failure:
    """The key that an event has to have: text, as an event's own is. Null is none, and fails the node."""
    value = value_of_guard(guard, view)
    if isinstance(value, Failure):
        return value
    try:
        return render(value, view.fuel)
    except ExpressionError as error:
        return expression_failure(str(error), guard.source)


def _match(turn: Turn, listener: Listener) -> bool:
    """Give it the oldest event that it may take."""
    for kept in turn.run.kept:
        if kept.name == listener.name and (listener.key is None or kept.key == listener.key):
            turn.run.kept.remove(kept)
            listener.taking = kept.event
            turn.say(TakeEvent(listener.node, listener.generation, kept.event, scope=listener.scope))
            return True
    return False


def _leave(turn: Turn, listener: Listener) -> None:
    turn.run.listeners.remove(listener)
