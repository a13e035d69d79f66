"""Schedules in Postgres: the truth about them. Temporal is told of it after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.clock import rfc3339
from plait.store.runs import Database
from plait.store.sql import load

queries = load("schedules")
BATCH = 50


@dataclass(frozen=True, slots=True)
class Settings:
    """What people say of a schedule. `timing` is `{cron}` or `{every, offset}`; lengths are seconds."""

    name: str
    timing: dict[str, Any]
    time_zone: str
    start_at: datetime | None
    end_at: datetime | None
    jitter: int
    overlap: str
    catchup_window: int
    input: Any
    environment: str
    version: int | None
    tags: Sequence[str]
    paused: bool
    note: str | None

    def columns(self) -> tuple[Any, ...]:
        """In the order of the table."""
        return (
            self.name, self.timing, self.time_zone, self.start_at, self.end_at, self.jitter, self.overlap,
            self.catchup_window, self.input, self.environment, self.version, list(self.tags), self.paused, self.note,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiter:
    """A Temporal workflow that waits for a run's end."""

    run_id: UUID
    workflow: str


def key_of(schedule: UUID, at: datetime) -> str:
    """The idempotency key of the run that a schedule has at a time: there is one."""
    return f"schedule:{schedule}:{rfc3339(at)}"


def time_of(key: str | None) -> datetime | None:
    """The time that the run with this key is for; None for one that was asked for by hand."""
    try:
        return datetime.fromisoformat((key or "").split(":", 2)[2])
    except (IndexError, ValueError):
        return None


async def insert_schedule(
    db: Database, schedule: UUID, project: str, workflow: UUID, said: Settings, by: dict[str, str], at: datetime
) -> None:
    """Write a new schedule. One of this id stays as it is: its request is sent again."""
    await db.execute(queries.insert_schedule, schedule, project, workflow, *said.columns(), by, at)


async def update_schedule(
    db: Database, project: str, schedule: UUID, revision: int, said: Settings, at: datetime
) -> int | None:
    """Change what was seen as `revision`; the new revision, None if it is not there as it was seen."""
    return await db.fetchval(queries.update_schedule, project, schedule, revision, *said.columns(), at)


async def pause_schedule(
    db: Database, project: str, schedule: UUID, note: str | None, at: datetime, *, paused: bool
) -> bool:
    """Pause it or let it go on. False if it is so already."""
    return await db.fetchval(queries.pause_schedule, project, schedule, paused, note, at) is not None


async def delete_schedule(db: Database, project: str, schedule: UUID, revision: int | None, at: datetime) -> bool:
    """Delete it for everybody but the sweeper. False if it is not there as it was seen."""
    return await db.fetchval(queries.delete_schedule, project, schedule, revision, at) is not None


async def read_schedule(db: Database, project: str, schedule: UUID) -> Record | None:
    """One, with its workflow's `slug, workflow_name, workflow_enabled`."""
    return await db.fetchrow(queries.list_schedules, project, schedule, None, None, None, 1)


async def list_schedules(
    db: Database, project: str, workflow: str | None, place: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """A page, the newest first."""
    return await db.fetch(queries.list_schedules, project, None, workflow, *(place or (None, None)), limit)


async def list_of_workflow(db: Database, workflow: UUID) -> list[Record]:
    """All of a workflow, the oldest first, which nobody else changes until the transaction ends."""
    return await db.fetch(queries.list_of_workflow, workflow)


async def count_schedules(db: Database, project: str, workflow: str | None) -> int:
    """How many, counted to 10,001."""
    return await db.fetchval(queries.count_schedules, project, workflow)


async def list_triggers_of(db: Database, workflow: UUID) -> list[Record]:
    """`kind, id, name` of the schedules and webhook triggers that start a workflow."""
    return await db.fetch(queries.list_triggers_of, workflow, BATCH)


async def list_last_runs(db: Database, project: str, schedules: Sequence[UUID], each: int) -> list[Record]:
    """The newest runs of these schedules, so many of each."""
    return await db.fetch(queries.list_last_runs, project, [str(one) for one in schedules], each)


async def read_due(db: Database, project: str, schedule: UUID) -> Record | None:
    """The schedule, with its workflow's `slug`, unless it was deleted."""
    return await db.fetchrow(queries.read_due, project, schedule)


async def note_refusal(db: Database, project: str, schedule: UUID, refusal: dict[str, str] | None) -> None:
    """Say why its last time had no run; None when it had one."""
    await db.execute(queries.note_refusal, project, schedule, refusal)


async def read_untold(db: Database, schedule: UUID) -> dict[str, Any] | None:
    """The row as Temporal is to have it, also when it was deleted."""
    row = await db.fetchrow(queries.read_untold, schedule)
    return dict(row) if row else None


async def claim_untold(db: Database, at: datetime) -> list[UUID]:
    """Schedules that Temporal has not as they are, taken so that nobody else takes them for a while."""
    return [row["id"] for row in await db.fetch(queries.claim_untold, at, BATCH)]


async def claim_unasked(db: Database, at: datetime, quiet: timedelta) -> list[UUID]:
    """Schedules about which Temporal was not asked for so long."""
    return [row["id"] for row in await db.fetch(queries.claim_unasked, at, BATCH, quiet)]


async def mark_told(db: Database, schedule: UUID, revision: int, at: datetime) -> None:
    """Temporal has this revision; 0 where it has none."""
    await db.execute(queries.mark_told, schedule, revision, at)


async def forget_schedule(db: Database, schedule: UUID) -> None:
    """Take away the row of a schedule that was deleted."""
    await db.execute(queries.forget_schedule, schedule)


async def wait_for_run(db: Database, waiter: Waiter) -> None:
    """Have the workflow told of the run's end."""
    await db.execute(queries.wait_for_run, waiter.run_id, waiter.workflow)


async def stop_waiting(db: Database, run_id: UUID) -> None:
    """Nobody waits for the run any more."""
    await db.execute(queries.stop_waiting, run_id)


async def find_waiter(db: Database, run_id: UUID, at: datetime) -> Waiter | None:
    """Who waits for the run's end."""
    workflow = await db.fetchval(queries.find_waiter, run_id, at)
    return Waiter(run_id, workflow) if workflow else None


async def claim_waiters(db: Database, at: datetime) -> list[Waiter]:
    """Who waits for runs that have ended, and was not told of it for some seconds."""
    return [Waiter(*row.values()) for row in await db.fetch(queries.claim_waiters, at, BATCH)]


async def list_others(db: Database, project: str, schedule: UUID, run_id: UUID) -> list[UUID]:
    """The open runs of a schedule besides this one."""
    return [row["id"] for row in await db.fetch(queries.list_others, project, str(schedule), run_id)]
