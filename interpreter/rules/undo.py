"""Compensation: what was done is undone one after another, the last first, each once.

A node that can be compensated is remembered when it completes, and when it ends so that nobody knows
what it did. When the root fails or is cancelled, all are undone, those of a race's losers at once.
"""

from collections.abc import Iterable, Iterator

from interpreter.messages import Failure, NodeUndone, StartUndo
from interpreter.rules.turn import Turn
from interpreter.state import NodeStatus

UNKNOWN = frozenset({"Timeout", "WorkerLost"})
"""The failures of an attempt of which nobody knows what it did."""
UNFINISHED = "unfinished_attempt"
"""The detail of a failure that says so of an attempt before the last one."""
LOST = "lost_race"
UNDONE = frozenset({"failed", "cancelled"})
"""How a run ends that undoes what it did."""


def is_unknown(failure: Failure) -> bool:
    """Whether nobody knows what the node did: an attempt of it has never told how it ended."""
    return failure.type in UNKNOWN or failure.details.get(UNFINISHED) is True


def remember(turn: Turn, node: int) -> None:
    """The node has ended, and is to be compensated if it or its body did something: at once if it lost a race."""
    planned, state = turn.plan.nodes[node], turn.state
    if planned.undo is None and planned.body is None:
        return
    known, repeat = state.nodes[node], state.repeats.get(node)
    if not (planned.undo is not None and _may_have_effect(turn, node)) and not (repeat is not None and repeat.kept):
        return
    state.undoes = True
    state.done[node] = next(reversed(state.done.values()), 0) + 1
    if LOST in (known.stopping, known.reason):
        losers(turn, (node,))


def losers(turn: Turn, nodes: Iterable[int]) -> None:
    """Compensate those of these nodes that have ended, the last first."""
    done = turn.state.done
    for node in sorted((node for node in nodes if node in done), key=done.__getitem__, reverse=True):
        del done[node]
        turn.run.undo.extend(_in(turn, node))


def step(turn: Turn) -> None:
    """Once nothing of the root runs any more but its `always` nodes, undo what it did; start what is to be
    undone next; after the last one let the `always` nodes be decided, which waited for that.
    """
    run = turn.run
    if run.ending in UNDONE and not (run.stopping or run.cleaned or run.undo) and run.undoing is None:
        run.cleaned = True
        for node in reversed(run.done):
            run.undo.extend(_in(turn.at(0), node))
        run.done = {}
        if not run.undo:
            _clean_up(turn)
    if run.undo and run.undoing is None and not run.paused:
        run.undoing = run.undo.popleft()
        scope, node = run.undoing
        known = run.scope(scope).nodes[node]
        run.compensated = True
        turn.say(StartUndo(node, known.generation, known.status is not NodeStatus.COMPLETED, scope=scope))


def undone(turn: Turn, event: NodeUndone) -> None:
    """One compensation has ended, well or not; the others go on."""
    run = turn.run
    if run.undoing != (event.scope, event.node):
        return
    run.undoing = None
    run.undo_failed = run.undo_failed or event.failure is not None
    if run.cleaned and not run.undo:
        _clean_up(turn)


def _clean_up(turn: Turn) -> None:
    root = turn.at(0)
    for node, known in enumerate(root.state.nodes):
        if known.status is NodeStatus.PENDING:
            root.look_at(node)


def comes_first(turn: Turn) -> bool:
    """Whether something is being undone, or will be, before the run's `always` nodes and its end."""
    run = turn.run
    if run.undo or run.undoing is not None:
        return True
    return turn.whole.compensates and run.ending in UNDONE and not run.cleaned


def _in(turn: Turn, node: int) -> Iterator[tuple[int, int]]:
    """What undoes the node: itself first, then its items or laps, the last first."""
    planned = turn.plan.nodes[node]
    if planned.undo is not None and _may_have_effect(turn, node):
        yield turn.state.id, node
    repeat = turn.state.repeats.get(node)
    inside = [] if repeat is None else [turn.run.scope(scope) for scope in repeat.kept]
    for scope in sorted(inside, key=lambda one: (one.generation, one.key), reverse=True):
        within = turn.at(scope.id)
        for inner in reversed(scope.done):
            yield from _in(within, inner)
        scope.done = {}


def _may_have_effect(turn: Turn, node: int) -> bool:
    """Whether the node did its work, or nobody knows what it did. What an earlier run did is that run's."""
    known = turn.state.nodes[node]
    return (known.status is NodeStatus.COMPLETED and not known.reused) or known.unknown
