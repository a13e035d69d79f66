"""Webhook triggers in Postgres, and the log of what came in by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("webhooks")


@dataclass(frozen=True, slots=True)
class Settings:
    """What people say of a trigger. `action` is `{start}` or `{deliver}`; `secrets` are those that were made
    here, `{secret, until}`, the newest last.
    """

    name: str
    workflow_id: UUID | None
    verify: dict[str, Any]
    secret_names: Sequence[str]
    secrets: Sequence[dict[str, Any]]
    action: dict[str, Any]
    when: str | None
    delivery_id: str | None
    respond: str
    enabled: bool

    def columns(self) -> tuple[Any, ...]:
        """What follows the action, in the order of the table."""
        return (
            self.verify, list(self.secret_names), list(self.secrets), self.action, self.when, self.delivery_id,
            self.respond, self.enabled,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in and what became of it; never its content."""

    id: UUID
    project: str
    trigger_id: UUID
    at: datetime
    result: str
    size: int
    media_type: str | None = None
    sender_id: str | None = None
    code: str | None = None
    message: str | None = None
    run_id: UUID | None = None
    event_id: UUID | None = None


async def insert_webhook(
    db: Database, trigger: UUID, project: str, token_hash: str, said: Settings, by: dict[str, str], at: datetime
) -> None:
    """Write a new trigger. One of this id gets this address and these secrets: its request is sent again, because
    nobody was told the first ones.
    """
    first = (trigger, project, said.name, said.workflow_id, token_hash)
    await db.execute(queries.insert_webhook, *first, *said.columns(), by, at)


async def update_webhook(
    db: Database, project: str, trigger: UUID, revision: int, said: Settings, at: datetime
) -> int | None:
    """Change what was seen as `revision`; None if it is not there as it was seen."""
    first = (project, trigger, revision, said.name, said.workflow_id)
    return await db.fetchval(queries.update_webhook, *first, *said.columns(), at)


async def rotate_secret(
    db: Database, project: str, trigger: UUID, revision: int, secrets: Sequence[dict[str, Any]], at: datetime
) -> bool:
    """Replace the secrets that were made here. False if it is not there as it was seen."""
    return await db.fetchval(queries.rotate_secret, project, trigger, revision, list(secrets), at) is not None


async def delete_webhook(db: Database, project: str, trigger: UUID) -> bool:
    """Delete it with its log. False if there is none."""
    return await db.fetchval(queries.delete_webhook, project, trigger) is not None


async def read_webhook(db: Database, project: str, trigger: UUID) -> Record | None:
    """One trigger."""
    return await db.fetchrow(queries.list_webhooks, project, trigger, None, None, 1)


async def list_webhooks(db: Database, project: str, place: tuple[datetime, UUID] | None, limit: int) -> list[Record]:
    """A page, the newest first."""
    return await db.fetch(queries.list_webhooks, project, None, *(place or (None, None)), limit)


async def count_webhooks(db: Database, project: str) -> int:
    """How many, counted to 10,001."""
    return await db.fetchval(queries.count_webhooks, project)


async def find_by_token(db: Database, token_hash: str) -> Record | None:
    """The trigger with this token, unless it is switched off."""
    return await db.fetchrow(queries.find_by_token, token_hash)


async def note_delivery(db: Database, delivery: Delivery) -> None:
    """Write down what came in."""
    d = delivery
    await db.execute(
        queries.insert_delivery, d.id, d.project, d.trigger_id, d.sender_id, d.at, d.result, d.code, d.message,
        d.size, d.media_type, d.run_id, d.event_id,
    )  # fmt: skip


async def list_deliveries(
    db: Database, project: str, trigger: UUID, place: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """A page of a trigger's log, the newest first."""
    return await db.fetch(queries.list_deliveries, project, trigger, *(place or (None, None)), limit)


async def count_deliveries(db: Database, project: str, trigger: UUID) -> int:
    """How many, counted to 10,001."""
    return await db.fetchval(queries.count_deliveries, project, trigger)


async def sweep_deliveries(db: Database, before: datetime) -> None:
    """Forget what came in long ago."""
    await db.execute(queries.sweep_deliveries, before)
