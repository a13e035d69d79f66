"""Runs that go on under another version: what is asked, what became of it, and versions made for one run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load
from plait.store.workflows import NewVersion

queries = load("carry_over")


async def find_migration(db: Database, project: str, run_id: UUID, command: UUID) -> Record | None:
    """The version that a command wants (`version`, `plan_hash`, `definition`, `ad_hoc`), with its `args`, `reason`
    and `by`, and what the run has now (`version_now`, `plan_hash_now`).
    """
    return await db.fetchrow(queries.find_migration, project, run_id, command)


async def keep_report(db: Database, command: UUID, report: Mapping[str, Any]) -> None:
    """Keep what a migration came to, node by node, with the command."""
    await db.execute(queries.keep_report, command, dict(report))


async def read_migration(db: Database, command: UUID) -> Record | None:
    """`status`, `refusal` and `report` of a migration."""
    return await db.fetchrow(queries.read_migration, command)


@dataclass(frozen=True, slots=True)
class NewMigration:
    """A migration to be written: the version, and what that reads of the run's environment."""

    id: UUID
    project: str
    run_id: UUID
    version: int
    env: dict[str, Any]
    reason: str | None
    by: dict[str, str]
    at: datetime


async def insert_migration(db: Database, new: NewMigration) -> bool:
    """Record it. False if the run has moved, or somebody else's migration of it is under way."""
    args = {"version": new.version, "env": new.env}
    written = await db.fetchval(
        queries.insert_migration, new.id, new.project, new.run_id, args, new.reason, new.by, new.at
    )
    return written is not None


async def read_run(db: Database, project: str, run_id: UUID) -> Record | None:
    """The run as far as a migration of it depends on that."""
    return await db.fetchrow(queries.read_run, project, run_id)


async def find_version(db: Database, workflow_id: UUID, version: int) -> Record | None:
    """`version`, `plan_hash`, `definition` and `ad_hoc` of a version."""
    return await db.fetchrow(queries.find_version, workflow_id, version)


async def find_same(db: Database, workflow_id: UUID, version: NewVersion) -> Record | None:
    """The version that this document is already, if it is one."""
    return await db.fetchrow(queries.find_same, workflow_id, version.plan_hash, version.hash)


async def insert_ad_hoc(
    db: Database, project: str, workflow_id: UUID, version: NewVersion, by: Mapping[str, str], at: datetime
) -> int:
    """Save a document as a version for one run; its number."""
    return await db.fetchval(
        queries.insert_ad_hoc,
        workflow_id,
        project,
        version.hash,
        version.plan_hash,
        version.definition,
        version.source,
        version.source_type,
        version.total_nodes,
        version.warnings,
        dict(by),
        at,
        version.env,
    )
