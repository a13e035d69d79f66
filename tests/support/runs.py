"""Builders of runs and changes for tests of the store: what does not matter is filled in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from interpreter.state import FINAL_RUN
from plait.clock import new_id
from plait.store.changes import Change, EventRow, NodeRow, StoredValue
from plait.store.pool import Pool
from plait.store.values import encode, inline

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PROJECT = "default"


async def a_run(pool: Pool, *, status: str = "pending", total_nodes: int = 3) -> UUID:
    """A run's row, with the workflow it needs; returns its id."""
    workflow_id, run_id = new_id(), new_id()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into workflows (id, project, slug, name, created_by, created_at, updated_at)"
            " values ($1, $2, $3, 'test', '{}', $4, $4)",
            workflow_id,
            PROJECT,
            f"test-{workflow_id}",
            NOON,
        )
        await connection.execute(
            "insert into workflow_runs (id, project, workflow_id, version, plan_hash, status, origin, started_by,"
            " total_nodes, created_at, last_event_at, completed_at)"
            " values ($1, $2, $3, 1, 'hash', $4, $8, $7, $5, $6, $6, $9)",
            run_id,
            PROJECT,
            workflow_id,
            status,
            total_nodes,
            NOON,
            {"type": "user", "id": "local", "name": "local"},
            {"kind": "api"},
            NOON if status in FINAL_RUN else None,
        )
    return run_id


def a_value(value: Any) -> StoredValue:
    """A small value, as a row keeps it."""
    return inline(value, encode(value))


def an_event(kind: str, path: str | None = None, n: int = 1, **data: Any) -> EventRow:
    """An event with the key that its writer gives it."""
    return EventRow(f"{path or 'run'}#1:{kind}:{n}", kind, NOON, node=path, path=path, data=data)


def a_node(path: str, status: str, *, attempt: int = 1, output: Any = None, **columns: Any) -> NodeRow:
    """A node's row; `output` None is no output."""
    columns.setdefault("generation", 1)
    columns.setdefault("type", "tool_call")
    stored = None if output is None else a_value(output)
    return NodeRow(path=path, node=path, name=None, status=status, at=NOON, attempt=attempt, output=stored, **columns)


def started(run_id: UUID, path: str, attempt: int = 1) -> Change:
    """An attempt of the node has begun."""
    event = an_event("workflow.node.started", path, attempt)
    return Change(run_id, PROJECT, node=a_node(path, "running", attempt=attempt, started_at=NOON), events=(event,))


def completed(run_id: UUID, path: str, output: Any = "done", attempt: int = 1, **columns: Any) -> Change:
    """The node has ended well."""
    node = a_node(path, "completed", attempt=attempt, output=output, outcome="success", completed_at=NOON, **columns)
    return Change(run_id, PROJECT, node=node, events=(an_event("workflow.node.completed", path, attempt),))
