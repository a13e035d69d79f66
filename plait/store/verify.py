"""What the auditor reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from plait.store.pool import Pool
from plait.store.sql import load

queries = load("verify")
NIL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that Postgres tells of one run: its row, the ledger, its events, what is still open of it, and what its calls
    of models come to.
    """

    run: Record
    rows: Sequence[Record]
    events: Sequence[Record]
    open: Sequence[Record]
    calls: Record


async def list_runs(pool: Pool, after: UUID, since: datetime | None, limit: int) -> list[UUID]:
    """Ids of runs that were created since then, in their order, behind one of them (`NIL`: from the first)."""
    return [row["id"] for row in await pool.fetch(queries.list_runs, after, since, limit)]


async def count_runs(pool: Pool, since: datetime | None) -> int:
    """How many runs were created since then."""
    return await pool.fetchval(queries.count_runs, since)


async def read_record(pool: Pool, run_id: UUID) -> RunRecord | None:
    """The run as it is at one moment; None if there is none."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        run = await connection.fetchrow(queries.read_run, run_id)
        if run is None:
            return None
        rows = await connection.fetch(queries.list_rows, run_id)
        events = await connection.fetch(queries.list_events, run_id)
        still_open = await connection.fetch(queries.list_open_after_end, run_id)
        calls = await connection.fetchrow(queries.add_up_spending, run_id)
        assert calls is not None, "a sum is always a row"
        return RunRecord(run, rows, events, still_open, calls)


async def list_keys(pool: Pool, keys: Sequence[tuple[UUID, str, int]]) -> list[tuple[UUID, str, int]]:
    """Of these instances of nodes (run, path, generation) those of which there is a row."""
    rows = await pool.fetch(
        queries.list_keys, [key[0] for key in keys], [key[1] for key in keys], [key[2] for key in keys]
    )
    return [(row["run_id"], row["path"], row["generation"]) for row in rows]
