"""The event log of runs, read from any place in it."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("events")


async def page_after(
    db: Database,
    run_id: UUID,
    after: int,
    limit: int,
    types: Sequence[str] | None = None,
    paths: Sequence[str] | None = None,
) -> list[Record]:
    """At most `limit` events behind `after`, in order."""
    return await db.fetch(queries.page_after, run_id, after, types, paths, limit)


async def list_logs(
    db: Database, run_id: UUID, after: int, limit: int, levels: Sequence[str], path: str | None
) -> list[Record]:
    """At most `limit` lines behind `after` of these levels, of a path and what lies below it."""
    return await db.fetch(queries.list_logs, run_id, after, list(levels), path, limit)


async def read_end(db: Database, project: str, run_id: UUID) -> Record | None:
    """`status`, `last_seq` and whether the run has `ended`; after the end nothing is added."""
    return await db.fetchrow(queries.read_end, project, run_id)


async def list_edges(db: Database, run_id: UUID, seq: int, paths: Sequence[str]) -> list[Record]:
    """`node`, `path` and its settled in-`edges`, as events up to `seq` told of them."""
    return await db.fetch(queries.list_edges, run_id, seq, list(paths))


async def list_states_at(db: Database, run_id: UUID, seq: int, paths: Sequence[str]) -> list[Record]:
    """The last event of each of these paths up to `seq`: how the nodes stood then."""
    return await db.fetch(queries.list_states_at, run_id, seq, list(paths))


async def find_migration_after(db: Database, run_id: UUID, seq: int) -> Record | None:
    """`version` and `plan_hash` that the run had after an event, if it has been migrated since."""
    return await db.fetchrow(queries.find_migration_after, run_id, seq)
