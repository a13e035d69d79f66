"""Failures of runs and of held nodes, by fingerprint."""

from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from plait.store.fingerprints import fingerprint_of
from plait.store.runs import Database
from plait.store.sql import load

queries = load("failures")
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class FailureFilter:
    """Which failures are grouped; None is no condition. The fields stand in the order of the query's parameters."""

    project: str
    environment: str | None
    workflow_id: UUID | None
    since: datetime


async def group_failures(
    db: Database, chosen: FailureFilter, place: tuple[datetime, str] | None, limit: int
) -> list[Record]:
    """A page of groups, the one that was seen last first: `failed` and `held` counted, with the newest `error`."""
    return await db.fetch(queries.group_failures, *astuple(chosen), *(place or (None, None)), limit)


async def fill_all(db: Database) -> None:
    """Give fingerprints to all failures that were written without one."""
    while await fill_fingerprints(db) >= BATCH:
        pass


async def fill_fingerprints(db: Database) -> int:
    """Give fingerprints to failures that were written without one, some at a time; how many they were."""
    runs = await db.fetch(queries.list_without_fingerprint, BATCH)
    if runs:
        prints = [fingerprint_of(row["error"]) for row in runs]
        await db.execute(queries.set_fingerprints, [row["id"] for row in runs], prints)
    held = await db.fetch(queries.list_held_without, BATCH)
    if held:
        columns = [[row[name] for row in held] for name in ("run_id", "path", "generation")]
        await db.execute(queries.set_held_fingerprints, *columns, [fingerprint_of(row["error"]) for row in held])
    return len(runs) + len(held)
