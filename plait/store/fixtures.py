"""What a run was told by the world: results, attempts and answers, as a fixture repeats them."""

from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("fixtures")


async def measure_outputs(db: Database, run_id: UUID) -> int:
    """The bytes that the outputs of the run have together."""
    return await db.fetchval(queries.measure_outputs, run_id)


async def list_results(db: Database, run_id: UUID) -> list[Record]:
    """Every path of the run, with its attempts and output."""
    return await db.fetch(queries.list_results, run_id)


async def list_answers(db: Database, run_id: UUID) -> list[Record]:
    """The votes that counted at each gate; one without votes has a row without a decision."""
    return await db.fetch(queries.list_answers, run_id)


async def list_events(db: Database, run_id: UUID) -> list[Record]:
    """The external events that reached the run, in order."""
    return await db.fetch(queries.list_events, run_id)


async def find_skipped_by_hand(db: Database, run_id: UUID) -> str | None:
    """The path of a node that a person skipped, if there is one."""
    return await db.fetchval(queries.skipped_by_hand, run_id)


async def list_ended(db: Database, project: str, workflow_id: UUID, environment: str, limit: int) -> list[UUID]:
    """The last runs of a workflow that completed or failed, the newest first."""
    return [row["id"] for row in await db.fetch(queries.list_ended, project, workflow_id, environment, limit)]


async def list_ends(db: Database, run_id: UUID) -> list[Record]:
    """`path`, `status` and `outcome` of everything in a run, in the order in which it ended."""
    return await db.fetch(queries.list_ends, run_id)
