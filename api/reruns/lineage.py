"""The runs that hang together by reruns."""

from typing import Any
from uuid import UUID

from api.http.models import ActorView
from api.reruns.schemas import Lineage, LineageRun
from api.resources import Resources
from api.runs.views import milliseconds
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import reuse as store


async def read_lineage(held: Resources, run_id: UUID, caller: Caller) -> Lineage:
    """All reruns of the run that this one goes back to."""
    rows = await store.list_lineage(held.pool, caller.project, run_id)
    if not rows:
        raise NotFound("There is no such run.")
    return Lineage(root=rows[0]["id"], runs=[_run_of(row) for row in rows])


def _run_of(row: Any) -> LineageRun:
    return LineageRun(
        id=row["id"],
        parent_run_id=row["parent_run_id"],
        depth=row["depth"],
        begins=row["rerun"]["from"] if row["rerun"] else None,
        version=row["version"],
        environment=row["environment"],
        status=row["status"],
        flags=row["flags"],
        started_by=ActorView(**row["started_by"]),
        created_at=row["created_at"],
        completed_at=row["completed_at"],
        duration_ms=milliseconds(row["started_at"], row["completed_at"]),
    )
