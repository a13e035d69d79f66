"""How many runs there are. A change of status is a row of its own, so that nobody waits for a counter."""

from uuid import UUID

from plait.store.runs import Database
from plait.store.sql import load

queries = load("counts")


async def read_counts(db: Database, project: str, workflow_id: UUID | None, environment: str | None) -> dict[str, int]:
    """The number of runs by status, exact at this moment; a status without any may be missing."""
    rows = await db.fetch(queries.read_counts, project, workflow_id, environment)
    return {row["status"]: row["runs"] for row in rows}


async def add_up(db: Database) -> None:
    """Add the changes to the counts, so that there are few to read. Any number of processes may do so at once."""
    await db.execute(queries.add_up)
