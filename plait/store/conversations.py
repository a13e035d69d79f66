"""Conversations in Postgres: what was said, what is proposed, and which run they follow."""

from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.auth import Caller
from plait.store.runs import Database
from plait.store.sql import load

queries = load("conversations")


def owner_of(caller: Caller) -> str:
    """Whose conversations a caller's are."""
    return f"{caller.actor.type}:{caller.actor.id}"


async def insert_conversation(
    db: Database, conversation_id: UUID, caller: Caller, environment: str, at: datetime
) -> None:
    """Begin one."""
    said = (conversation_id, caller.project, owner_of(caller), environment, at)
    await db.execute(queries.insert_conversation, *said)


async def add_message(db: Database, conversation_id: UUID, caller: Caller, text: str, at: datetime) -> Record | None:
    """Note what the caller says, and the conversation as it then is; None if the caller has no such conversation."""
    whose = (conversation_id, caller.project, owner_of(caller))
    return await db.fetchrow(queries.add_message, *whose, text, at)


async def add_reply(
    db: Database, answered: Record, text: str, proposal: dict[str, Any] | None, run_id: UUID | None, at: datetime
) -> bool:
    """Note the reply and how things stand with it. False if the caller has said something else meanwhile."""
    place = (answered["id"], answered["messages"])
    return await db.fetchval(queries.add_reply, *place, text, proposal, run_id, at) is not None


async def list_said(db: Database, answered: Record, limit: int) -> list[str]:
    """What the caller said before, the oldest first."""
    rows = await db.fetch(queries.list_said, answered["id"], answered["messages"], limit)
    return [row["text"] for row in rows]


async def sweep(db: Database, before: datetime) -> None:
    """Forget the conversations in which nothing was said since."""
    await db.execute(queries.sweep, before)
