"""Promotions in Postgres: the wish to move a pointer, which may wait for people, and the history of it."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asyncpg import Record

from plait.store.environments import move_pointer
from plait.store.runs import Database
from plait.store.sql import load

queries = load("promotions")
Status = Literal["waiting", "moved", "refused"]


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """The fields stand in the order of the query's parameters. `previous` is where the pointer was."""

    id: UUID
    project: str
    workflow_id: UUID
    environment: str
    version: int
    previous: int | None
    status: Status
    reason: str | None
    by: dict[str, str]
    at: datetime


async def write_promotion(db: Database, promotion: NewPromotion) -> Record:
    """Write the wish down, and move the pointer if it says so. The caller holds the workflow's lock."""
    await db.execute(queries.insert_promotion, *astuple(promotion))
    if promotion.status == "moved":
        place = (promotion.project, promotion.workflow_id, promotion.environment)
        await move_pointer(db, *place, promotion.version, promotion.by, promotion.at)
    return await _the_one(db, queries.read_promotion, promotion.id)


async def read_moved(db: Database, workflow_id: UUID, environment: str) -> Record:
    """The promotion that moved the pointer to where it is."""
    return await _the_one(db, queries.read_moved, workflow_id, environment)


async def find_waiting(db: Database, workflow_id: UUID, environment: str, version: int) -> Record | None:
    """The promotion of the same version that waits already."""
    return await db.fetchrow(queries.find_waiting, workflow_id, environment, version)


async def list_promotions(
    db: Database, workflow_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """A page of the history, the newest first."""
    return await db.fetch(queries.list_promotions, workflow_id, *(after or (None, None)), limit)


async def count_promotions(db: Database, workflow_id: UUID) -> int:
    """How many there were."""
    return await db.fetchval(queries.count_promotions, workflow_id)


async def note_run(db: Database, promotion_id: UUID, run_id: UUID) -> Record:
    """Put on record which run asks the approvers."""
    await db.execute(queries.note_run, promotion_id, run_id)
    return await _the_one(db, queries.read_promotion, promotion_id)


async def list_unsettled(db: Database) -> list[Record]:
    """Those that wait and whose approval has to be opened, or has ended; with `run_status` and `run_error`."""
    return await db.fetch(queries.list_unsettled)


async def refuse(db: Database, promotion_id: UUID, refusal: str, at: datetime) -> None:
    """Say why the pointer was not moved. Nothing if somebody has said what became of it."""
    await db.execute(queries.settle_promotion, promotion_id, "refused", refusal, at)


async def move(db: Database, row: Record, at: datetime) -> None:
    """Move the pointer as a promotion that waited wishes, once. The caller holds the workflow's lock."""
    if await db.fetchval(queries.settle_promotion, row["id"], "moved", None, at) is not None:
        await move_pointer(db, row["project"], row["workflow_id"], row["environment"], row["version"], row["by"], at)


async def _the_one(db: Database, query: str, *args: Any) -> Record:
    row = await db.fetchrow(query, *args)
    assert row is not None, "a promotion goes with its workflow alone"
    return row
