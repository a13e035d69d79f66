"""What has ended, added up by hour and day as it ends, so that no question reads the runs again.

It follows the feed: counted in the transaction that places an event, so each once. A day can be counted anew from the
runs that are still there, whatever is going on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from asyncpg import Record

from plait.store import feed
from plait.store.runs import Database
from plait.store.sql import load

queries = load("rollups")
Kind = Literal["run", "node", "gate", "agent", "model"]
Span = Literal["hour", "day"]
Interval = Literal["hour", "day", "week"]
Key = Literal["workflow_id", "environment", "subject"]
KEYS: dict[Key, str] = {"workflow_id": "uuid", "environment": "text", "subject": "text"}
"""What rollups are added up by, with its type in Postgres."""
MADE = ["workflow.run.created"]
ENDED = [f"workflow.run.{status}" for status in ("completed", "failed", "cancelled", "terminated")]
CLOSED = [f"workflow.gate.{status}" for status in ("decided", "expired", "cancelled")]
PORTION = 2_000
"""So many runs are counted by one statement."""


async def roll_up(connection: Any, events: Sequence[Record]) -> None:
    """A follower of the feed: counts what was made, ended and closed."""
    fresh = [event for event in events if not event["replayed"]]
    made = [event["run_id"] for event in fresh if event["type"] in MADE]
    ended = [event["run_id"] for event in fresh if event["type"] in ENDED]
    closing = [(event["run_id"], event["seq"]) for event in fresh if event["type"] in CLOSED]
    closed = await connection.fetch(queries.closed_by, *zip(*closing, strict=True)) if closing else []
    if made or ended or closed:
        await connection.execute(queries.roll_up, made, ended, [row["id"] for row in closed])


async def sweep_hours(db: Database) -> None:
    """Forget the hours that are too old to be asked for; their days stay."""
    await db.execute(queries.sweep_hours)


async def first_day(db: Database) -> datetime | None:
    """The day of the oldest run that there is, in UTC."""
    return await db.fetchval(queries.first_day)


async def recount_day(connection: Any, day: datetime) -> None:
    """Count a day (UTC) anew, from the runs that are there; the feed waits so long."""
    async with connection.transaction():
        await connection.execute(feed.queries.lock)
        await connection.execute(queries.forget_day, day)
        made = [row["id"] for row in await connection.fetch(queries.made_in, day, MADE)]
        ended = [row["id"] for row in await connection.fetch(queries.ended_in, day, ENDED)]
        closed = [row["id"] for row in await connection.fetch(queries.closed_in, day, CLOSED)]
        for start in range(0, max(len(made), len(ended), len(closed)), PORTION):
            portion = slice(start, start + PORTION)
            await connection.execute(queries.roll_up, made[portion], ended[portion], closed[portion])


async def read_rollups(
    db: Database,
    project: str,
    kind: Kind,
    span: Span,
    between: tuple[datetime, datetime],
    by: Sequence[Key],
    *,
    lengths: bool = True,
    interval: Interval | None = None,
    workflow_id: UUID | None = None,
    environment: str | None = None,
) -> list[Record]:
    """The rollups of a span that begin in a time, the end excluded, narrowed as asked for: a row for all that they are
    grouped by, in each interval, with the `outcomes` counted. What they are not grouped by is null, `at` too; `lengths`,
    the dearest to read, where nobody asks for them.
    """
    keys = ", ".join(key if key in by else f"null::{type_} as {key}" for key, type_ in KEYS.items())
    query = queries.read_rollups.format(keys=keys, lengths="sum(lengths)" if lengths else "null::numeric")
    return await db.fetch(query, project, kind, span, *between, workflow_id, environment, interval)


def days_from(first: datetime, last: datetime) -> list[datetime]:
    """Every day of a time, both ends included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
