"""What is recorded of a node that no activity will tell of."""

from typing import Any

from interpreter.messages import Failure, NoteNode
from interpreter.rules.turn import Turn
from interpreter.state import NodeStatus, in_edges_of, why_of
from interpreter.values import Json

SILENT = frozenset({NodeStatus.COMPLETED, NodeStatus.SKIPPED, NodeStatus.CANCELLED})
"""How a `parallel`, which only marks a fork in the drawing, ends without an event."""


def note(turn: Turn, node: int, event: str, *, edges: bool = True, **output: Any) -> None:
    """Record where the node is now. `edges` is for the first that is told of it, `output` has the fields
    of a note that tell of the node's output.
    """
    known, planned = turn.state.nodes[node], turn.plan.nodes[node]
    if planned.behaviour == "parallel" and known.status in SILENT:
        return
    settled = in_edges_of(turn.plan, turn.state, node) if edges else ()
    turn.spend(len(settled))
    turn.say(
        NoteNode(
            id=planned.id,
            path=turn.state.path_of(planned.segment),
            generation=known.generation,
            event=event,
            status=str(known.status),
            outcome=known.outcome,
            why=why_of(turn.plan, turn.state, node),
            failure=known.failure,
            edges=settled,
            step=planned.step,
            **output,
        )
    )


def note_instance(turn: Turn, *, failure: Failure | None = None, has_value: bool = False, value: Json = None) -> None:
    """Record how this item or lap has ended, unless an activity did."""
    status = turn.state.ending or "completed"
    turn.say(
        NoteNode(
            id=turn.outside().plan.nodes[turn.state.owner].id,
            path=turn.state.path,
            generation=turn.state.generation,
            event=status,
            status=status,
            outcome={"completed": "success", "failed": "error"}.get(status),
            failure=failure,
            has_value=has_value,
            value=value,
        )
    )


def note_progress(turn: Turn, node: int, done: int, total: int) -> None:
    """Record how far a map or a loop is, each time that another whole per cent of it is done."""
    if done * 100 // total == (done - 1) * 100 // total:
        return
    planned, known = turn.plan.nodes[node], turn.state.nodes[node]
    turn.say(
        NoteNode(
            id=planned.id,
            path=turn.state.path_of(planned.segment),
            generation=known.generation,
            event="progress",
            status=str(known.status),
            step=planned.step,
            progress=done / total,
        )
    )
