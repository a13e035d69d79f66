"""What was recorded and is still to be told to Temporal. Every claim may be made by many processes at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from plait.store.runs import Database
from plait.store.sql import load

queries = load("delivery")
BATCH = 50
BATCH_EVENTS = 1_000
"""Those of one run are one signal."""


@dataclass(frozen=True, slots=True)
class StartOrder:
    """What Temporal is told of a run that it is to begin."""

    id: UUID
    project: str
    slug: str
    name: str
    definition: str
    plan_hash: str
    environment: str
    env: dict[str, Any]
    input_size: int
    input_facts: dict[str, Any]
    priority: int | None
    traceparent: str | None
    rerun: dict[str, Any] | None = None
    debug: bool = False
    breakpoints: Sequence[str] = ()
    commanded: bool = False
    """Whether something is asked of the run before it has begun."""
    nearby: bool = False
    """Whether the workers that run its workflow run its nodes too."""


async def claim_starts(db: Database, at: datetime) -> list[StartOrder]:
    """Runs whose start is due, taken so that nobody else takes them for a while."""
    claimed = [row["id"] for row in await db.fetch(queries.claim_starts, at, BATCH)]
    return await list_orders(db, claimed) if claimed else []


async def list_orders(db: Database, runs: Sequence[UUID]) -> list[StartOrder]:
    """The orders of these runs, those that are still pending."""
    return [StartOrder(**row) for row in await db.fetch(queries.list_orders, list(runs))]


async def mark_handed_over(db: Database, runs: Sequence[UUID]) -> None:
    """Temporal has these runs."""
    await db.execute(queries.mark_handed_over, list(runs))


async def claim_cancels(db: Database, at: datetime) -> list[UUID]:
    """Runs whose cancel was asked for some seconds ago and does not show yet."""
    return [row["id"] for row in await db.fetch(queries.claim_cancels, at, BATCH)]


async def claim_votes(db: Database, at: datetime) -> list[tuple[UUID, UUID]]:
    """(vote, run) of votes that the workflow has not answered for some seconds."""
    return [(row["id"], row["run_id"]) for row in await db.fetch(queries.claim_votes, at, BATCH)]


async def claim_overrides(db: Database, at: datetime) -> list[tuple[UUID, UUID]]:
    """(override, run) of overrides that the workflow has not answered for some seconds."""
    return [(row["id"], row["run_id"]) for row in await db.fetch(queries.claim_overrides, at, BATCH)]


async def claim_events(db: Database, at: datetime) -> dict[UUID, list[UUID]]:
    """The external events of each run that its workflow has not loaded for some seconds."""
    claimed: dict[UUID, list[UUID]] = {}
    for row in await db.fetch(queries.claim_events, at, BATCH_EVENTS):
        claimed.setdefault(row["run_id"], []).append(row["id"])
    return claimed


async def refuse_what_came_too_late(db: Database, at: datetime) -> None:
    """Votes on closed gates, overrides and events of runs that ended: nobody is left to refuse them."""
    await db.execute(queries.refuse_late_votes)
    await db.execute(queries.leave_events_of_ended)
    await db.execute(queries.refuse_overrides_of_ended, at)
