"""What activities write: the rows and events of nodes, with their keys."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from interpreter.messages import Failure
from interpreter.plan.model import PlannedNode
from interpreter.shell.wire import InEdge, NodeResult
from plait.clock import rfc3339
from plait.store.changes import Change, EventRow, NodeRow, Written


class OfNode(Protocol):
    """What names a node run: tasks and notes do."""

    path: str
    node: str
    generation: int


class OfRun(OfNode, Protocol):
    """What names a node run of a run, as tasks do."""

    run_id: str
    project: str


def moment(text: str) -> datetime:
    """A time as the workflow wrote it."""
    return datetime.fromisoformat(text)


UNDO = "~undo"
_OF_UNDOING = frozenset({"started", "completed", "failed"})


def undo_path(path: str) -> str:
    """Where it is recorded that a node is undone."""
    return path + UNDO


def node_event(short: str, of: OfNode, at: datetime, /, *, n: int | str = 1, **data: Any) -> EventRow:
    """An event of a node, or of its undoing; `short` is its name without `workflow.node.`, `n` tells
    repetitions apart.
    """
    what = "compensation" if of.path.endswith(UNDO) and short in _OF_UNDOING else "node"
    return event(f"workflow.{what}.{short}", of, at, n=n, **data)


def event(kind: str, of: OfNode, at: datetime, /, *, n: int | str = 1, **data: Any) -> EventRow:
    """An event at a node's path."""
    return EventRow(f"{of.path}#{of.generation}:{kind}:{n}", kind, at, of.node, of.path, data.get("attempt"), data)


def edge_events(edges: Sequence[InEdge], of: OfNode, at: datetime) -> list[EventRow]:
    """The settled in-edges of a node that has no `started` to tell of them."""
    return [event("workflow.edge.settled", of, at, edges=edges_told(edges))] if edges else []


def edges_told(edges: Iterable[InEdge]) -> list[dict[str, Any]]:
    """The settled in-edges, by the id of their source."""
    return [{"id": edge.id, "state": edge.state, "outcome": edge.outcome} for edge in edges]


def error_body(failure: Failure) -> dict[str, Any]:
    """A failure as rows and events have it."""
    return asdict(failure)


def node_row(task: OfNode, node: PlannedNode, status: str, at: datetime, **columns: Any) -> NodeRow:
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


def change_of(task: OfRun, **parts: Any) -> Change:
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
