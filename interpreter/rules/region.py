"""A region that stops: what runs is cancelled, what is undecided ends in plan order, `always` nodes run."""

from interpreter.catalogue import Behaviour
from interpreter.messages import Failure, NoteRun, StopNode
from interpreter.rules import joins, pausing, undo
from interpreter.rules.edges import followed, lost, settle, view_of
from interpreter.rules.notes import note
from interpreter.rules.turn import LOOK, Turn
from interpreter.state import ACTIVE, Ending, NodeStatus

SKIPPED, NOTHING = frozenset({"skipped"}), frozenset[str]()
DEADLINE = "deadline"
"""Why a sub-workflow is asked to stop whose time is up; it fails then like any other node."""
MIGRATED = "migrated"
"""Why a node is left out that came with another version, when the run was past it."""
OVERRIDE = "override"
"""Why a node is asked to stop that a person moves by hand; what the person wants is done then."""
OVERRULED = (DEADLINE, OVERRIDE)
"""These give way to any other reason: nobody needs any more what would follow."""
OWN: frozenset[Behaviour] = frozenset({"map", "loop", "agent", "event"})
"""What the core itself brings to its end: nothing that the shell could stop runs for the node."""


def stop(turn: Turn, ending: Ending, failure: Failure | None = None, *, end: int | None = None) -> None:
    """Begin to stop the scope. The first reason stays: whatever follows changes nothing."""
    state = turn.state
    if state.ending is not None:
        return
    state.ending, state.failure, state.end = ending, failure, end
    if not state.id:
        turn.say(NoteRun("stopping", ending, failure))
    pausing.lift(turn)
    turn.run.sweeps.append((state.id, 0))


def sweep(turn: Turn, first: int) -> None:
    """Have what runs or is held in a scope that stops end, from this node on, as far as this call may go."""
    nodes = turn.state.nodes
    turn.spend((len(nodes) - first) // 10)
    for node in range(first, len(nodes)):
        status = nodes[node].status
        if turn.full:
            turn.run.sweeps.appendleft((turn.state.id, node))
            return
        if status is NodeStatus.HELD:
            cancel(turn, node, "region_stopped")
            turn.spend(LOOK)
        elif status in ACTIVE and turn.plan.nodes[node].join != "always":
            ask_to_stop(turn, node, "region_stopped")
            turn.spend(LOOK)


def ask_to_stop(turn: Turn, node: int, reason: str) -> None:
    """Have what runs for the node stopped, once."""
    known = turn.state.nodes[node]
    if known.stopping is not None:
        known.stopping = reason if known.stopping in OVERRULED else known.stopping
        return
    known.stopping = reason
    turn.state.stopping += 1
    if turn.plan.nodes[node].behaviour in OWN:
        turn.run.stops.append((turn.state.id, node))
    else:
        turn.say(StopNode(node, known.generation, reason, scope=turn.state.id))


def stopped_by(turn: Turn, node: int, reason: str) -> bool:
    """Whether the node was asked to stop for this reason; it has stopped now."""
    known = turn.state.nodes[node]
    if known.stopping != reason:
        return False
    known.stopping = None
    turn.state.stopping -= 1
    return True


def leave(turn: Turn, node: int) -> None:
    """End an undecided node of a scope that stops, once all its in-edges have settled."""
    known, incoming = turn.state.nodes[node], turn.plan.nodes[node].incoming
    if known.settled < len(incoming):
        return
    if incoming and not known.taken and not known.failed:
        skip(turn, node, "dead_path")
    else:
        cancel(turn, node, "region_stopped")


def skip(turn: Turn, node: int, reason: str) -> None:
    """Leave a node out. Its `skipped` edges are taken if it was reached."""
    known = turn.state.nodes[node]
    known.status, known.outcome, known.reason = NodeStatus.SKIPPED, "skipped", reason
    turn.left(node)
    note(turn, node, "skipped")
    outcomes = SKIPPED if reason != MIGRATED and joins.reached(turn.plan, turn.state, node) else NOTHING
    undo.remember(turn, node)
    view = view_of(turn, node)
    settle(turn, node, view, followed(view, node, outcomes))


def cancel(turn: Turn, node: int, reason: str) -> None:
    """End a node for which nothing runs, and record it."""
    known = turn.state.nodes[node]
    undecided = known.status is NodeStatus.PENDING
    cancelled_by(turn, node, reason)
    note(turn, node, "cancelled", edges=undecided)


def cancelled_by(turn: Turn, node: int, reason: str) -> None:
    """A node's cancellation is recorded already; go on from it."""
    known = turn.state.nodes[node]
    known.status, known.outcome, known.failure, known.reason = NodeStatus.CANCELLED, None, None, reason
    turn.left(node)
    undo.remember(turn, node)
    view = view_of(turn, node)
    settle(turn, node, view, lost(view, node))
