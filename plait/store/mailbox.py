"""The project's mailbox: an event goes to the runs that wait for it, or waits itself for the first that does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from asyncpg import Record

from plait.store.changes import StoredValue
from plait.store.inbound import NewEvent, Recorded, record_in
from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.sql import load

queries = load("mailbox")
WAITING_MAIL = 10_000
WAITING_BYTES = 64 * 1024 * 1024
"""How much may wait in one project."""
AT_ONCE = 100
"""Runs that one event goes to at most, and events that one sweep hands out."""


@dataclass(frozen=True, slots=True)
class NewMail:
    """An event for whoever waits for it, until then. `sender_id` and `id` make it one, however often it is sent."""

    id: UUID
    project: str
    sender_id: str | None
    name: str
    key: str | None
    payload: Any
    size: int
    by: dict[str, str]
    at: datetime
    until: datetime
    files: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class MailboxFull:
    """So much waits in the project already."""

    events: int
    bytes: int


async def insert_mail(db: Database, new: NewMail) -> Record | MailboxFull | None:
    """Write the event; None where it was written before."""
    ((events, size),) = await db.fetch(queries.count_waiting, new.project, new.at)
    if events >= WAITING_MAIL or size + new.size > WAITING_BYTES:
        return MailboxFull(events, size)
    return await db.fetchrow(
        queries.insert_mail, new.id, new.project, new.sender_id, new.name, new.key, new.payload, new.size,
        list(new.files), new.by, new.at, new.until,
    )  # fmt: skip


async def find_mail(db: Database, project: str, sender_id: str | None, mail: UUID) -> Record | None:
    """The event that was sent under this id."""
    return await db.fetchrow(queries.find_mail, project, sender_id, mail)


async def hand_out(pool: Pool, mail: UUID, stored: StoredValue, at: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(run, event) of each run that waited for it and has it now, `most` at most: all of them or none,
    in one transaction. Empty while nobody waits.
    """
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(queries.lock_mail, mail, at)
        if row is None:
            return []
        given: list[tuple[UUID, UUID]] = []
        listening = await connection.fetch(queries.list_listening, row["project"], row["name"], row["key"], most)
        for run_id in (each["run_id"] for each in listening):
            event = event_for(row, run_id, stored)
            # A run that has ended meanwhile, or that is full, is passed over.
            if isinstance(await record_in(connection, event), Recorded):
                given.append((run_id, event.id))
        if given:
            await connection.execute(queries.mark_handed_out, mail, [run_id for run_id, _ in given])
        return given


def event_for(row: Record, run_id: UUID, stored: StoredValue) -> NewEvent:
    """The event as this run has it: always the same one."""
    return NewEvent(
        id=uuid5(row["id"], str(run_id)),
        project=row["project"],
        run_id=run_id,
        sender_id=row["sender_id"],
        name=row["name"],
        key=row["key"],
        payload=stored,
        by=row["by"],
        files=tuple(row["files"]),
    )


async def list_wanted(db: Database, at: datetime) -> list[UUID]:
    """Events that wait although a run listens for them by now."""
    return [row["id"] for row in await db.fetch(queries.list_wanted, at, AT_ONCE)]


async def read_mail(db: Database, mail: UUID) -> Record | None:
    """One event of the mailbox."""
    return await db.fetchrow(queries.read_mail, mail)


async def sweep_mail(db: Database, at: datetime) -> None:
    """Forget what nobody wanted in time."""
    await db.execute(queries.sweep_mail, at)
