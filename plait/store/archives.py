"""Archives in Postgres: which runs go into one, their rows as lines, and their purge and return.

A run goes through: claimed for an archive, archived, purged, and restored for some days if somebody asks.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.sql import load

queries = load("archives")
PREFETCH = 16
"""Rows that are asked for at once; a piece of a payload is two MiB as text."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long ended runs are kept whose workflow does not say: those that completed, and the others."""

    completed: timedelta
    others: timedelta


@dataclass(frozen=True, slots=True)
class Table:
    """A table with rows of a run; `where` finds them by the run's id, `order` makes a file the same each time."""

    name: str
    where: str = "t.run_id = $1"
    order: str = "t.id"


_REFERRED = queries.payloads_of_run
TABLES = (
    Table("workflow_runs", "t.id = $1"),
    Table("payloads", f"t.id in ({_REFERRED})"),
    Table("payload_chunks", f"t.payload_id in ({_REFERRED})", "t.payload_id, t.n"),
    Table("payload_refs", f"t.run_id = $1 and t.payload_id in ({_REFERRED})", "t.payload_id"),
    Table("node_runs", order="t.path, t.generation"),
    Table("run_events", order="t.seq"),
    Table("map_items", order="t.path, t.generation, t.first"),
    Table("gates"),
    Table("gate_votes"),
    Table("overrides"),
    Table("run_commands", order="t.n"),
    Table("inbound_events"),
    Table("spending"),
)
"""In the order in which they are put back: what is referred to comes first."""


async def list_terms(db: Database, project: str | None = None) -> list[Record]:
    """`id`, `project`, `slug`, `name` of workflows, and how long each keeps its ended runs if it says so: `kept`."""
    return await db.fetch(queries.list_terms, project)


async def list_due(db: Database, own: Sequence[Record], terms: Terms, at: datetime, limit: int) -> list[Record]:
    """`id`, `project` and `workflow_id` of ended runs of these workflows whose time is over, the oldest first."""
    ids, kept = [row["id"] for row in own], [row["kept"] for row in own]
    return await db.fetch(queries.list_due, ids, kept, at, terms.completed, terms.others, limit)


async def begin_archive(
    pool: Pool, archive: UUID, project: str, runs: Sequence[UUID], at: datetime, until: datetime
) -> Record | None:
    """An archive that claims these runs, those that are free; None if none is."""
    async with pool.acquire() as db, db.transaction():
        if not await db.fetch(queries.claim_runs, archive, project, list(runs)):
            return None
        await db.execute(queries.insert_archive, archive, project, until, at)
        return await db.fetchrow(queries.read_archive, archive)


async def claim_unfinished(db: Database, at: datetime, until: datetime, archive: UUID | None = None) -> Record | None:
    """An archive that its writer has left, for this caller to write anew."""
    return await db.fetchrow(queries.claim_unfinished, at, until, archive)


async def renew_claim(db: Database, archive: UUID, attempt: int, until: datetime) -> bool:
    """Go on writing. False if somebody else does by now."""
    return await db.fetchval(queries.renew_claim, archive, attempt, until) is not None


async def list_runs_of(db: Database, archive: UUID) -> list[UUID]:
    """The runs that an archive is to hold."""
    return [row["id"] for row in await db.fetch(queries.list_runs_of, archive)]


async def complete_archive(
    db: Database, row: Record, file: str, size: int, sha256: str, runs: Mapping[str, Any], at: datetime
) -> bool:
    """The file is written and its hash was seen at its place. False if somebody else writes it by now."""
    values = (row["id"], row["attempt"], file, size, sha256, dict(runs), at)
    return await db.fetchval(queries.complete_archive, *values) is not None


async def drop_archive(db: Database, row: Record) -> None:
    """Forget an archive whose runs were all deleted."""
    await db.execute(queries.drop_archive, row["id"], row["attempt"])


async def find_unpurged(db: Database, restored_before: datetime, limit: int) -> list[UUID]:
    """Runs that lie in a complete archive and are to be purged."""
    return [row["id"] for row in await db.fetch(queries.find_unpurged, restored_before, limit)]


async def purge_run(pool: Pool, run_id: UUID, at: datetime) -> bool:
    """Take away all but the run's row. False if it is not in a complete archive, or was purged before."""
    async with pool.acquire() as db, db.transaction():
        # A rerun that is just being written holds the row; whether there is one is seen after that.
        await db.execute(queries.lock_run, run_id)
        if await db.fetchval(queries.mark_purged, run_id, at) is None:
            return False
        await db.execute(queries.purge_rows, run_id)
        return True


async def find_archived(db: Database, project: str, run_id: UUID) -> Record | None:
    """How a run stands: `archive_id`, `archive_status`, `purged_at`, `restored_at`, and its `file` and `place` there."""
    return await db.fetchrow(queries.find_archived, project, run_id)


async def count_archived(db: Database, project: str) -> int:
    """How many runs of a project lie in archives alone."""
    return await db.fetchval(queries.count_archived, project)


async def lines_of(pool: Pool, run_id: UUID) -> AsyncIterator[str]:
    """Everything of a run as lines of JSON, `{table, row}`, as it is at one moment. None if there is no such run."""
    async with pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        for table in TABLES:
            query = queries.rows_of_run.format(table=table.name, where=table.where, order=table.order)
            async for row in db.cursor(query, run_id, prefetch=PREFETCH):
                yield row["line"]


async def lock_purged(db: Database, project: str, run_id: UUID) -> bool:
    """Whether the run is purged; it stays so until the transaction ends. Its rows may then be put back."""
    if await db.fetchval(queries.lock_purged, project, run_id) is None:
        return False
    await db.execute(queries.begin_restoring)
    return True


async def put_back(db: Database, table: str, rows: Sequence[str], names: Sequence[str], at: datetime) -> None:
    """Insert rows, JSON texts with these names, into a table; names that the table has no more are left out."""
    if table == "workflow_runs":
        await db.execute(queries.restore_run, rows[0], at)
        return
    known = await db.fetchval(queries.list_columns, table)
    columns = ", ".join(f'"{name}"' for name in names if name in known)
    await db.execute(queries.insert_rows.format(table=table, columns=columns), f"[{','.join(rows)}]")
