"""The runs of sub-workflows: each belongs to a node of the run above it, which it tells of its end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("children")
BATCH = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """A node that waits for its child's end."""

    run_id: UUID
    path: str
    generation: int


async def read_above(db: Database, project: str, run_id: UUID) -> Record | None:
    """`depth, owner, priority, traceparent, slug` of a run that is to have a child."""
    return await db.fetchrow(queries.read_above, project, run_id)


async def find_child(db: Database, project: str, run_id: UUID, path: str, generation: int) -> Record | None:
    """The run that the node at this path has started, with its output and error."""
    return await db.fetchrow(queries.find_child, project, run_id, path, generation)


async def find_waiting_parent(db: Database, run_id: UUID, at: datetime) -> Waiting | None:
    """The node to be told that this run has ended; None if it belongs to none."""
    row = await db.fetchrow(queries.find_waiting_parent, run_id, at)
    return Waiting(*row.values()) if row else None


async def claim_ended(db: Database, at: datetime) -> list[Waiting]:
    """Nodes that wait though their child has ended, and that were not told of it for some seconds."""
    return [Waiting(*row.values()) for row in await db.fetch(queries.claim_ended, at, BATCH)]


async def list_open_children(db: Database, run_id: UUID) -> list[UUID]:
    """The sub-workflows that this run waits for and that go on."""
    return [row["id"] for row in await db.fetch(queries.list_open_children, run_id)]


async def list_orphans(db: Database) -> list[tuple[UUID, str]]:
    """(run, project) of children that go on though the run above, which should have stopped them, has ended."""
    return [(row["id"], row["project"]) for row in await db.fetch(queries.list_orphans, BATCH)]
