"""External events and the nodes that wait for them: each event is taken once, by who has waited longest."""

from heapq import heappop, heappush

from interpreter.expressions import ExpressionError, render
from interpreter.messages import Delivered, EventRefused, Failure, StartTimer, TakeEvent
from interpreter.plan.model import Guard
from interpreter.rules import region
from interpreter.rules.evaluate import View, expression_failure, value_of_guard
from interpreter.rules.failure import fail
from interpreter.rules.notes import note
from interpreter.rules.turn import Turn
from interpreter.state import Kept, Listener, NodeStatus, Place, RunState

EXPIRED = Failure("Timeout", "no event came in time", "business", details={"limit": "wait"})


def listen(turn: Turn, view: View, node: int) -> None:
    """The node was decided to run: it takes an event that is kept, or waits for one."""
    planned, known = turn.plan.nodes[node], turn.state.nodes[node]
    key = None if planned.key is None else _key(planned.key, view)
    if isinstance(key, Failure):
        fail(turn, node, key)
        return
    known.status = NodeStatus.WAITING
    name = planned.node.with_["name"]
    note(turn, node, "waiting", meta={"event": name, "key": key})
    if planned.node.timeout is not None:
        turn.say(StartTimer(node, known.generation, seconds=planned.node.timeout, scope=turn.state.id))
    run = turn.run
    run.last_listener += 1
    listener = Listener(run.last_listener, turn.state.id, node, known.generation, name, key)
    run.listeners[turn.state.id, node] = listener
    if not _match(turn, listener):
        want(run, listener)


def delivered(turn: Turn, event: Delivered) -> None:
    """An event is on record: give it to who has waited longest, or keep it.

    Told again while nobody has taken it, it changes nothing; once it was taken, its row says so to who
    would be given it.
    """
    if event.event in turn.run.kept:
        return
    kept = turn.run.kept[event.event] = Kept(event.event, event.name, event.key)
    listener = _longest_waiting(turn.run, event.name, event.key)
    if listener is not None:
        _give(turn, listener, kept)


def refused(turn: Turn, event: EventRefused) -> None:
    """The payload did not fit: the node waits on, for another event that is kept or will come."""
    listener = listener_of(turn, event.node)
    if listener is None or listener.taking != event.event or listener.generation != event.generation:
        return
    _let_go(turn, listener)
    stopping = turn.state.nodes[event.node].stopping
    if stopping is not None:
        _leave(turn, listener)
        region.cancel(turn, event.node, stopping)
    elif not _match(turn, listener):
        want(turn.run, listener)
        if listener.expired:
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


def over(turn: Turn, node: int) -> None:
    """The node waits no more: it has its event, or failed with it."""
    listener = listener_of(turn, node)
    if listener is not None:
        _let_go(turn, listener)
        _leave(turn, listener)


def listener_of(turn: Turn, node: int) -> Listener | None:
    """The node as it waits, if it does."""
    return turn.run.listeners.get((turn.state.id, node))


def want(run: RunState, listener: Listener) -> None:
    """Have the listener found by the next event that it may take, after those who have waited longer."""
    heap = run.wanting.setdefault((listener.name, listener.key), [])
    heappush(heap, (listener.number, (listener.scope, listener.node)))


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
    for kept in turn.run.kept.values():
        if not kept.given and kept.name == listener.name and listener.key in (None, kept.key):
            _give(turn, listener, kept)
            return True
    return False


def _longest_waiting(run: RunState, name: str, key: str | None) -> Listener | None:
    """Who has waited longest for such an event, with this key or with any; it is not found again."""
    heaps = [heap for wanted in dict.fromkeys((key, None)) if (heap := _awake(run, name, wanted))]
    return run.listeners[heappop(min(heaps))[1]] if heaps else None


def _awake(run: RunState, name: str, key: str | None) -> list[tuple[int, Place]]:
    """The heap of those who want an event, without those on its top that want none any more."""
    heap = run.wanting.get((name, key), [])
    while heap and not _wants(run, *heap[0]):
        heappop(heap)
    if not heap:
        run.wanting.pop((name, key), None)
    return heap


def _wants(run: RunState, number: int, place: Place) -> bool:
    listener = run.listeners.get(place)
    return listener is not None and listener.number == number and listener.taking is None


def _give(turn: Turn, listener: Listener, kept: Kept) -> None:
    listener.taking, kept.given = kept.event, True
    turn.say(TakeEvent(listener.node, listener.generation, kept.event, scope=listener.scope))


def _let_go(turn: Turn, listener: Listener) -> None:
    """What it was being given is taken now, or spent."""
    if listener.taking is not None:
        del turn.run.kept[listener.taking]
        listener.taking = None


def _leave(turn: Turn, listener: Listener) -> None:
    del turn.run.listeners[listener.scope, listener.node]
    _awake(turn.run, listener.name, listener.key)
