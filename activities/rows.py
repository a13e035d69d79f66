"""What activities write: the rows and events of nodes, with their keys."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from interpreter.messages import Failure
from interpreter.plan.model import PlannedNode
from interpreter.shell.wire import InEdge, NodeResult, NodeTask
from plait.clock import rfc3339
from plait.store.changes import Change, EventRow, NodeRow, Written


def moment(text: str) -> datetime:
    """A time as the workflow wrote it."""
    return datetime.fromisoformat(text)


UNDO = "~undo"
_OF_UNDOING = frozenset({"started", "completed", "failed"})


def undo_path(path: str) -> str:
    """Where it is recorded that a node is undone."""
    return path + UNDO


def node_event(
    short: str, /, *, path: str, node: str, generation: int, at: datetime, n: int | str = 1, **data: Any
) -> EventRow:
    """An event of a node, or of its undoing; `short` is its name without `workflow.node.`, `n` tells
    repetitions apart.
    """
    of = "compensation" if path.endswith(UNDO) and short in _OF_UNDOING else "node"
    return event(f"workflow.{of}.{short}", path=path, node=node, generation=generation, at=at, n=n, **data)


def event(
    kind: str, /, *, path: str, node: str, generation: int, at: datetime, n: int | str = 1, **data: Any
) -> EventRow:
    """An event at a path."""
    return EventRow(f"{path}#{generation}:{kind}:{n}", kind, at, node, path, data.get("attempt"), data)


def edge_events(edges: Sequence[InEdge], *, path: str, node: str, generation: int, at: datetime) -> list[EventRow]:
    """The settled in-edges of a node that has no `started` to tell of them."""
    if not edges:
        return []
    place = {"path": path, "node": node, "generation": generation, "at": at}
    return [event("workflow.edge.settled", **place, edges=edges_told(edges))]


def edges_told(edges: Iterable[InEdge]) -> list[dict[str, Any]]:
    """The settled in-edges, by the id of their source."""
    return [{"id": edge.id, "state": edge.state, "outcome": edge.outcome} for edge in edges]


def error_body(failure: Failure) -> dict[str, Any]:
    """A failure as rows and events have it."""
    return asdict(failure)


def node_row(task: NodeTask, node: PlannedNode, status: str, at: datetime, **columns: Any) -> NodeRow:
    """The row of the node that a task names."""
    return NodeRow(
        path=task.path,
        generation=task.generation,
        node=node.id,
        type=node.kind.name,
        name=node.name,
        status=status,
        at=at,
        **columns,
    )


def change_of(task: NodeTask, **parts: Any) -> Change:
    """A change of the run that a task names."""
    return Change(run_id=UUID(task.run_id), project=task.project, **parts)


def result_of(written: Written) -> NodeResult:
    """What the workflow is told of a recorded success."""
    return NodeResult(
        size=written.output_size or 0,
        sha256=written.output_sha256,
        outcome=written.outcome or "success",
        facts={key: tuple(value) for key, value in written.facts.items()},
    )


def timestamp(at: datetime | None) -> str | None:
    """A time as events and logs have it."""
    return rfc3339(at) if at else None
