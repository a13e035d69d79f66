"""The feed of a project: the run- and gate-level events of all its runs, in one order without a gap.

Whoever writes such an event notes it in the same transaction, by a trigger of the table; one leader
moves the notes into the feed, and hands them to those that follow it in that very transaction.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from asyncpg import Record

from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.sql import load

queries = load("feed")
BATCH = 500
_FED = ("workflow.run.", "workflow.gate.")

Consumer = Callable[[Any, Sequence[Record]], Awaitable[None]]
"""Called with the connection of the transaction that places these events, in their order:
`project, position, run_id, seq, type, time, node, path, attempt, data, workflow_id, slug, workflow_name, environment,
key, replayed`. An event comes once, and once more, `replayed`, when the feed is rebuilt.
"""


def is_fed(kind: str) -> bool:
    """Whether events of this type come into the feed."""
    return kind.startswith(_FED)


async def move(pool: Pool, consumers: Sequence[Consumer], limit: int = BATCH) -> tuple[int, set[str]]:
    """Move the oldest notes into the feed: how many, and the projects that have news."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(queries.lock)
        notes = await connection.fetch(queries.take, limit)
        if not notes:
            return 0, set()
        rows = await connection.fetch(queries.place, *zip(*(note.values() for note in notes), strict=True))
        if rows:
            for consume in consumers:
                await consume(connection, rows)
    return len(notes), {row["project"] for row in rows}


async def rebuild(connection: Any) -> int:
    """Empty it, and have everything moved once more from the events themselves: how many are to be moved.

    Whoever writes events waits for nothing: what comes meanwhile is moved as ever.
    """
    async with connection.transaction():
        await connection.execute(queries.lock)
        await connection.execute(queries.forget)
        return int((await connection.execute(queries.note_all)).rpartition(" ")[2])


async def read_range(db: Database, project: str) -> tuple[int, int]:
    """The last position that was given out, and the last that was forgotten for its age; 0 where there is none."""
    row = await db.fetchrow(queries.read_range, project)
    return (0, 0) if row is None else (row["position"], row["purged"])


async def page_after(
    db: Database,
    project: str,
    after: int,
    limit: int,
    types: Sequence[str] | None = None,
    workflow: str | None = None,
    environment: str | None = None,
) -> list[Record]:
    """At most `limit` events behind the position `after`, in order."""
    return await db.fetch(queries.page_after, project, after, types, workflow, environment, limit)


async def sweep(db: Database, before: datetime) -> None:
    """Forget the places of events older than this; the events themselves stay with their runs."""
    await db.execute(queries.sweep, before)
