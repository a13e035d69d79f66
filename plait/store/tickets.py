"""Tickets: each opens one stream, once, within seconds. Only hashes are kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from plait.auth import Actor, Caller
from plait.store.runs import Database
from plait.store.sql import load

queries = load("tickets")
LIFETIME = timedelta(seconds=30)
PREFIX = "tkt_"


async def issue(db: Database, caller: Caller, at: datetime) -> tuple[str, datetime]:
    """A new ticket for a stream as this caller, and when it is over."""
    ticket, expires_at = PREFIX + secrets.token_urlsafe(32), at + LIFETIME
    said = {"actor": caller.actor.json(), "scopes": sorted(caller.scopes), "open_mode": caller.open_mode}
    await db.execute(queries.insert_ticket, hash_of(ticket), caller.project, said, expires_at)
    return ticket, expires_at


async def redeem(db: Database, ticket: str, at: datetime) -> Caller | None:
    """Whoever asked for the ticket; None if it is not known, was used, or is over. It is used by this."""
    row = await db.fetchrow(queries.take_ticket, hash_of(ticket))
    if row is None or row["expires_at"] <= at:
        return None
    said: dict[str, Any] = row["caller"]
    return Caller(Actor(**said["actor"]), row["project"], frozenset(said["scopes"]), said["open_mode"])


async def sweep(db: Database, at: datetime) -> None:
    """Forget the tickets that are over."""
    await db.execute(queries.sweep, at)


def hash_of(ticket: str) -> bytes:
    """What is kept of a ticket. It is random enough to need no salt."""
    return hashlib.sha256(ticket.encode()).digest()
