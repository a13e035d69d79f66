"""What the leader compares with Temporal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("reconcile")
CURSOR = "temporal_closed"
BATCH = 100


async def read_cursor(db: Database) -> Any:
    """How far Temporal's list of closed workflows was read; None at first."""
    return await db.fetchval(queries.read_cursor, CURSOR)


async def write_cursor(db: Database, value: Any) -> None:
    """Remember how far it was read."""
    await db.execute(queries.write_cursor, CURSOR, value)


async def list_open_of(db: Database, runs: Sequence[UUID]) -> list[Record]:
    """Of these runs `id`, `project` and `status` of those that have not ended here."""
    return await db.fetch(queries.list_open_of, list(runs))


async def claim_quiet(db: Database, at: datetime, quiet: timedelta) -> list[Record]:
    """Open runs that have had no event for so long, the longest unasked first."""
    return await db.fetch(queries.claim_quiet, at, quiet, BATCH)


async def start_again(db: Database, run_id: UUID, at: datetime) -> None:
    """Make a pending run due again."""
    await db.execute(queries.start_again, run_id, at)


async def set_flag(db: Database, run_id: UUID, flag: str, *, on: bool) -> None:
    """Put a flag on a run or take it away."""
    await db.execute(queries.set_flag if on else queries.drop_flag, run_id, flag)


async def list_late(db: Database, at: datetime) -> list[Record]:
    """`id`, `project` and `expect_seconds` of open runs that should have ended by now and are not flagged."""
    return await db.fetch(queries.list_late, at, BATCH)


async def list_open_nodes(db: Database, run_id: UUID) -> list[Record]:
    """The node runs that have not ended."""
    return await db.fetch(queries.list_open_nodes, run_id)


async def list_open_gates(db: Database, run_id: UUID) -> list[Record]:
    """`path`, `generation` and `node` of the gates that are open."""
    return await db.fetch(queries.list_open_gates, run_id)
