"""A project's own templates in Postgres, and which workflows are copies of which template."""

from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("templates")


async def list_templates(db: Database, project: str) -> list[Record]:
    """The project's own, by slug."""
    return await db.fetch(queries.list_templates, project)


async def find_template(db: Database, project: str, slug: str) -> Record | None:
    """One of the project's own."""
    return await db.fetchrow(queries.find_template, project, slug)


async def insert_template(
    db: Database, project: str, slug: str, said: tuple[Any, ...], by: dict[str, str], at: datetime
) -> bool:
    """Write a new one; `said` is name, description, tags, parameters, source and its type. False if there is one."""
    return await db.fetchval(queries.insert_template, project, slug, *said, by, at) is not None


async def replace_template(db: Database, project: str, slug: str, said: tuple[Any, ...], at: datetime) -> bool:
    """Say one anew; copies stay as they are. False if there is none."""
    return await db.fetchval(queries.replace_template, project, slug, *said, at) is not None


async def delete_template(db: Database, project: str, slug: str) -> bool:
    """Delete one; copies stay. False if there is none."""
    return await db.fetchval(queries.delete_template, project, slug) is not None


async def mark_copy(db: Database, workflow_id: UUID, template: str) -> None:
    """Say of a workflow which template it was copied from."""
    await db.execute(queries.mark_copy, workflow_id, template)


async def used_by(db: Database, project: str, template: str) -> list[Record]:
    """`id`, `slug`, `name` and `version` of a template's copies."""
    return await db.fetch(queries.used_by, project, template)
