"""Environments in Postgres: what there are, their variables, and the version of a workflow that each one runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("environments")


async def list_environments(db: Database, project: str) -> list[Record]:
    """`name`, `follows_newest`, `protected` and `approvers` of each."""
    return await db.fetch(queries.list_environments, project)


async def read_environment(db: Database, project: str, name: str) -> Record | None:
    """One environment, if the project has it."""
    return await db.fetchrow(queries.read_environment, project, name)


async def list_variables(db: Database, project: str, environment: str, name: str | None = None) -> list[Record]:
    """`name`, `value`, `by` and `at` of the variables that are set, or of one."""
    return await db.fetch(queries.list_variables, project, environment, name)


async def put_variable(
    db: Database, project: str, environment: str, name: str, value: Any, by: dict[str, str], at: datetime
) -> None:
    """Set a variable; an equal value keeps who set it and when."""
    await db.execute(queries.put_variable, project, environment, name, value, by, at)


async def delete_variable(db: Database, project: str, environment: str, name: str) -> bool:
    """Unset a variable. False if it was not set."""
    return await db.fetchval(queries.delete_variable, project, environment, name) is not None


async def list_readers(db: Database, project: str, environment: str, name: str | None = None) -> list[Record]:
    """`slug`, `version`, `name` and `declared` (`{type, default?}`) of what this environment's versions read."""
    return await db.fetch(queries.list_readers, project, environment, name)


async def list_pointers(db: Database, workflow_id: UUID) -> list[Record]:
    """`environment`, `version`, `by` and `at` of each environment that runs the workflow."""
    return await db.fetch(queries.list_pointers, workflow_id)


async def list_promoted(db: Database, project: str, environment: str, slugs: list[str]) -> set[str]:
    """Those of the workflows that the environment runs."""
    return {row["slug"] for row in await db.fetch(queries.list_promoted, project, environment, slugs)}


async def read_pointer(db: Database, workflow_id: UUID, environment: str) -> int | None:
    """The version that was promoted; None where none was."""
    return await db.fetchval(queries.read_pointer, workflow_id, environment)


async def move_pointer(
    db: Database, project: str, workflow_id: UUID, environment: str, version: int, by: dict[str, str], at: datetime
) -> None:
    """Have the environment run this version from now on. The caller holds the workflow's lock."""
    await db.execute(queries.move_pointer, project, workflow_id, environment, version, by, at)
