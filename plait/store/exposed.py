"""Workflows whose version in an environment is offered elsewhere than over the API, and what there is of their runs."""

from typing import Literal
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("exposed")
Door = Literal["mcp", "chat"]
"""Where a workflow may be offered: `expose` of its document."""


async def list_offered(
    db: Database, project: str, environment: str, door: Door, after: str = "", limit: int = 50
) -> list[Record]:
    """`slug`, `name`, `description`, `version` and `definition` of what is offered, by slug."""
    query = queries.list_offered.format(offered=queries.offered)
    return await db.fetch(query, project, environment, door, after, limit)


async def read_offered(db: Database, project: str, environment: str, door: Door, slug: str) -> Record | None:
    """One of them."""
    query = queries.read_offered.format(offered=queries.offered)
    return await db.fetchrow(query, project, environment, door, slug)


async def is_offered_run(db: Database, project: str, run_id: UUID, door: Door) -> bool:
    """Whether the run is there, and it or one above it is of a version that is offered."""
    query = queries.is_offered_run.format(above=queries.above.format(run="$2"))
    return await db.fetchval(query, project, run_id, door)


async def list_open_gates(
    db: Database, project: str, environment: str, door: Door, run_id: UUID | None, limit: int
) -> list[UUID]:
    """The open gates of such runs, or of one run and those that run for it, the newest first."""
    query = queries.list_open_gates.format(above=queries.above.format(run="g.run_id"))
    rows = await db.fetch(query, project, environment, door, run_id, limit)
    return [row["id"] for row in rows]
