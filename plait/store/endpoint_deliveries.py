"""Deliveries to webhook endpoints: written with the feed, told to Temporal after, attempted there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asyncpg import Record

from plait.clock import new_id, now
from plait.endpoints.notice import body_of
from plait.store.endpoints import list_told
from plait.store.runs import Database
from plait.store.sql import load

queries = load("endpoint_deliveries")
GIVEN_UP = 10
"""After so many deliveries in a row that were given up, an endpoint is disabled."""

Status = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went. `answer` begins the response's text; `error` is None where it was taken."""

    status_code: int | None
    error: str | None
    answer: str | None
    duration_ms: int

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint said that it is there no more."""
        return self.status_code == 410


async def record_deliveries(connection: Any, events: Sequence[Record]) -> None:
    """A follower of the feed: a delivery for each endpoint that asked for the event. Nothing is told twice by a rebuild."""
    fresh = [event for event in events if not event["replayed"]]
    endpoints = await list_told(connection, list({event["project"] for event in fresh})) if fresh else []
    rows = [
        _delivery(endpoint["id"], event["project"], event, body_of(event))
        for event in fresh
        for endpoint in endpoints
        if asked_for(endpoint, event)
    ]
    if rows:
        await connection.execute(queries.insert_deliveries, now(), rows)


def asked_for(endpoint: Record, event: Record) -> bool:
    """Whether an endpoint is told of an event."""
    return (
        endpoint["project"] == event["project"]
        and event["type"] in endpoint["types"]
        and endpoint["workflow_id"] in (None, event["workflow_id"])
        and endpoint["environment"] in (None, event["environment"])
    )


def _delivery(endpoint: UUID, project: str, event: Any, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "project": project,
        "endpoint_id": str(endpoint),
        "run_id": str(event["run_id"]) if event else None,
        "seq": event["seq"] if event else None,
        "type": body["type"],
        "body": body,
    }


async def insert_test(db: Database, project: str, endpoint: UUID, body: dict[str, Any], at: datetime) -> UUID:
    """A delivery that tells of no event."""
    row = _delivery(endpoint, project, None, body)
    await db.execute(queries.insert_deliveries, at, [row])
    return UUID(row["id"])


async def claim_due(db: Database, at: datetime, limit: int) -> list[Record]:
    """`id`, `project` and `round` of deliveries that Temporal is to be told of; others leave them alone for 10 s."""
    return await db.fetch(queries.claim_due, at, limit)


async def mark_told(db: Database, deliveries: Sequence[UUID], at: datetime) -> None:
    """Temporal has them."""
    await db.execute(queries.mark_told, list(deliveries), at)


async def load_delivery(db: Database, project: str, delivery: UUID, at: datetime) -> Record | None:
    """What an attempt needs: the message, its endpoint, the secrets that sign at this time. None if deleted."""
    return await db.fetchrow(queries.load, project, delivery, at)


async def record_attempt(
    db: Database, project: str, delivery: UUID, outcome: Outcome, status: Status, at: datetime
) -> None:
    """Write down how an attempt went and what the delivery is now; an endpoint may be disabled by it."""
    entry = {
        "at": at,
        "status_code": outcome.status_code,
        "error": outcome.error,
        "response": outcome.answer,
        "duration_ms": outcome.duration_ms,
    }
    await db.execute(queries.record_attempt, project, delivery, [entry], status, at, outcome.is_gone, GIVEN_UP)


async def give_back(db: Database, project: str, delivery: UUID, at: datetime) -> None:
    """End a delivery without an attempt."""
    await db.execute(queries.give_back, project, delivery, at)


async def list_deliveries(
    db: Database, project: str, endpoint: UUID, status: str | None, place: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """A page of an endpoint's deliveries, the newest first."""
    at, identifier = place or (None, None)
    return await db.fetch(queries.list_deliveries, project, endpoint, status, at, identifier, limit)


async def count_deliveries(db: Database, project: str, endpoint: UUID, status: str | None) -> int:
    """How many match; 10,001 stands for more than ten thousand."""
    return await db.fetchval(queries.count_deliveries, project, endpoint, status)


async def read_delivery(db: Database, project: str, endpoint: UUID, delivery: UUID) -> Record | None:
    """One delivery of this endpoint."""
    return await db.fetchrow(queries.read_delivery, project, endpoint, delivery)


async def redeliver(
    db: Database, project: str, endpoint: UUID, chosen: Sequence[UUID], failed_since: datetime | None, at: datetime
) -> int:
    """Begin these again, and those that failed since then: how many."""
    return len(await db.fetch(queries.redeliver, project, endpoint, list(chosen), failed_since, at))


async def sweep(db: Database, before: datetime) -> None:
    """Forget deliveries that are over and older than this."""
    await db.execute(queries.sweep, before)
