"""What a run that failed leaves to the workflow that is started for it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("aftermath")
BATCH = 50


async def read_failed(db: Database, run_id: UUID) -> Record | None:
    """The run as its expressions see it; None if it did not fail, or was itself started for a failure."""
    return await db.fetchrow(queries.read_failed, run_id)


async def read_nodes(db: Database, run_id: UUID, nodes: Sequence[str]) -> list[Record]:
    """These nodes of the root as they stood at the end."""
    return await db.fetch(queries.read_nodes, run_id, list(nodes))


async def list_unanswered(db: Database, since: datetime) -> list[Record]:
    """`id`, `project` and `plan_hash` of failures since then about which something is still to be done."""
    return await db.fetch(queries.list_unanswered, since, BATCH)


async def note_aftermath(
    db: Database, run_id: UUID, at: datetime, started: UUID | None, refusal: dict[str, str] | None
) -> None:
    """Say what was done about a failure."""
    await db.execute(queries.note_aftermath, run_id, at, started, refusal)
