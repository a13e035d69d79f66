"""A whole project in Postgres, as an export reads it and an import adds to it."""

from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("projects")


async def measure_sources(db: Database, project: str) -> int:
    """The bytes that all documents have together."""
    return await db.fetchval(queries.measure_sources.format(sources=queries.list_sources), project)


async def list_workflows(db: Database, project: str) -> list[Record]:
    """Every workflow: its envelope, layout, draft, and `environments` (`{name: version}`)."""
    return await db.fetch(queries.list_workflows, project)


async def list_sources(db: Database, project: str) -> list[Record]:
    """`slug`, `version`, `source` and `source_type` of each version that an environment runs."""
    return await db.fetch(queries.list_sources, project)


async def list_variables(db: Database, project: str) -> list[Record]:
    """`environment`, `name` and `value` of every variable."""
    return await db.fetch(queries.list_variables, project)


async def list_schedules(db: Database, project: str) -> list[Record]:
    """Every schedule, with its workflow's `slug`."""
    return await db.fetch(queries.list_schedules, project)


async def insert_environment(
    db: Database, project: str, name: str, *, follows_newest: bool, protected: bool, approvers: list[str]
) -> bool:
    """A new environment behind the others. False if there is one of this name."""
    values = (project, name, follows_newest, protected, approvers)
    return await db.fetchval(queries.insert_environment, *values) is not None


async def find_version(db: Database, workflow_id: UUID, hashed: str) -> int | None:
    """The number of the newest version with this document."""
    return await db.fetchval(queries.find_version, workflow_id, hashed)
