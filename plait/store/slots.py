"""Slots: how many runs of a workflow, or of one key of it, may be open at once.

A run holds a slot while its row is open and `slot_at` is set; nothing else is counted, so nothing can leak.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from plait.store.pool import Pool
from plait.store.reuse import insert_rerun
from plait.store.runs import Database, NewRun, cancel_run, insert_run
from plait.store.sql import load

queries = load("slots")
BATCH = 100


@dataclass(frozen=True, slots=True)
class Admission:
    """What a look at one slot came to: runs that may begin now, and runs that make room for newer ones."""

    begin: tuple[UUID, ...]
    cancel: tuple[UUID, ...]


async def insert_under_slot(pool: Pool, run: NewRun) -> Literal["written", "full", "not_written"]:
    """Write the run so that it waits for its slot; `full` where it would have to wait and must not."""
    slot = run.slot
    assert slot is not None
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(queries.lock, slot.name)
        if slot.policy == "reject" and await connection.fetchval(queries.count_open, slot.name) >= slot.limit:
            return "full"
        if not await (insert_run if run.rerun is None else insert_rerun)(connection, run):
            return "not_written"
        await connection.execute(queries.take_slot, run.id, slot.name, slot.limit, slot.policy)
    return "written"


async def admit(pool: Pool, slot: str, at: datetime, head_start: timedelta, by: Any) -> Admission:
    """Let in as many of those that wait as there is room for, and ask those to stop that newer ones displace.

    May be asked at any time and by anybody: a second look finds nothing left to do. Those let in are due after
    `head_start`, for the sweeper, should the caller not begin them.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(queries.lock, slot)
        displaced = await connection.fetch(queries.list_displaced, slot)
        for row in displaced:
            await cancel_run(connection, row["project"], row["id"], at, "a newer run took its place", by)
        begin = await connection.fetch(queries.let_in, slot, at, at + head_start)
    return Admission(tuple(row["id"] for row in begin), tuple(row["id"] for row in displaced))


async def slot_of(db: Database, run_id: UUID) -> str | None:
    """The slot that a run holds or waits for, if its version limits how many are open."""
    return await db.fetchval(queries.slot_of, run_id)


async def list_waiting(db: Database) -> list[str]:
    """Slots that some run waits for, and where a look may let one in."""
    return [row["slot"] for row in await db.fetch(queries.list_waiting, BATCH)]
