"""External events of runs: recorded once each, loaded by the workflow, taken by a node.

What a node's end makes of an event is the Recorder's: `plait.store.changes.EventMark`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from interpreter.state import FINAL_RUN
from plait.clock import now
from plait.store.changes import StoredValue
from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.sql import load

queries = load("inbound")
WAITING_EVENTS = 1_000
WAITING_BYTES = 1024 * 1024
"""How much may wait in one run for a node to take it."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as it was sent. `sender_id` is the sender's own: the same one again is no other event, nor
    is the same `id`. `files` are payloads that this one names inside itself.
    """

    id: UUID
    project: str
    run_id: UUID
    sender_id: str | None
    name: str
    key: str | None
    payload: StoredValue
    by: dict[str, str]
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run takes no events any more."""

    status: str


@dataclass(frozen=True, slots=True)
class Full:
    """So much waits in the run already that this event does not fit."""

    events: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The event's row; `repeated` if it was there before."""

    row: Record
    repeated: bool = False


async def record_event(pool: Pool, new: NewEvent) -> Recorded | RunEnded | Full | None:
    """Record the event while its run is open and has room for it; None if there is no such run."""
    async with pool.acquire() as connection, connection.transaction():
        return await record_in(connection, new)


async def record_in(db: Database, new: NewEvent) -> Recorded | RunEnded | Full | None:
    """The same, in a transaction of the caller's."""
    status = await db.fetchval(queries.lock_run, new.project, new.run_id)
    if status is None:
        return None
    earlier = await db.fetchrow(queries.find_repeated, new.run_id, new.sender_id, new.id)
    if earlier is not None:
        return Recorded(earlier, repeated=True)
    if status in FINAL_RUN:
        return RunEnded(status)
    ((events, size),) = await db.fetch(queries.read_waiting, new.run_id)
    if events >= WAITING_EVENTS or size + new.payload.size > WAITING_BYTES:
        return Full(events, size)
    (row,) = await db.fetch(queries.insert_event, *_columns(new))
    return Recorded(row)


def _columns(new: NewEvent) -> tuple[Any, ...]:
    payload = new.payload
    refs = [*new.files, *([payload.ref] if payload.ref else [])]
    return (
        new.id, new.project, new.run_id, new.sender_id, new.name, new.key,
        payload.inline, payload.ref, payload.size, payload.sha256, new.by, now(), refs,
    )  # fmt: skip


async def list_events(
    db: Database, project: str, run_id: UUID, limit: int, place: tuple[datetime, UUID] | None
) -> list[Record]:
    """A page of a run's events, the newest first, without their payloads."""
    return await db.fetch(queries.list_events, project, run_id, *(place or (None, None)), limit)


async def count_events(db: Database, project: str, run_id: UUID) -> int:
    """How many events the run has, counted to 10,001."""
    return await db.fetchval(queries.count_events, project, run_id)


async def load_events(db: Database, project: str, run_id: UUID, ids: Sequence[UUID]) -> list[Record]:
    """The events in their order; those that were recorded are kept from now on."""
    return await db.fetch(queries.load_events, project, run_id, list(ids))


async def find_event(db: Database, project: str, run_id: UUID, event: UUID) -> Record | None:
    """One event with its payload."""
    return await db.fetchrow(queries.find_event, project, run_id, event)
