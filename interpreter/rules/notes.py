"""What is recorded of a node that no activity will tell of."""

from interpreter.messages import NoteNode
from interpreter.rules.turn import Turn
from interpreter.state import NodeStatus, in_edges_of, why_of
from interpreter.values import Json

SILENT = frozenset({NodeStatus.COMPLETED, NodeStatus.SKIPPED, NodeStatus.CANCELLED})
"""How a `parallel`, which only marks a fork in the drawing, ends without an event."""


def note(turn: Turn, node: int, event: str, *, edges: bool = True, has_value: bool = False, value: Json = None) -> None:
    """Record where the node is now. `edges` is for the first that is told of it."""
    known, planned = turn.state.nodes[node], turn.plan.nodes[node]
    if planned.behaviour == "parallel" and known.status in SILENT:
        return
    settled = in_edges_of(turn.plan, turn.state, node) if edges else ()
    turn.spent += len(settled)
    turn.say(
        NoteNode(
            node=node,
            generation=known.generation,
            event=event,
            status=str(known.status),
            outcome=known.outcome,
            why=why_of(turn.plan, turn.state, node),
            failure=known.failure,
            edges=tuple({"id": source, "state": str(state), "outcome": outcome} for source, state, outcome in settled),
            has_value=has_value,
            value=value,
        )
    )
