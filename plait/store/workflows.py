"""Workflows, their versions and drafts in Postgres."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database, reference
from plait.store.sql import load

queries = load("workflows")
GO_ALONG = 500
"""Runs that are deleted in one statement."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A document that compiled, as a version keeps it.

    `name`, `description` and `tags` are None where the document does not say them. `env` is what it reads of
    its environment, `exposed` where else it is offered: `mcp`, `chat`, `form`.
    """

    slug: str
    name: str | None
    description: str | None
    tags: list[str] | None
    hash: str
    plan_hash: str
    definition: str
    source: str
    source_type: str
    total_nodes: int
    env: dict[str, Any]
    exposed: list[str]
    warnings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NewWorkflow:
    """A workflow before its first version."""

    id: UUID
    slug: str
    name: str
    by: dict[str, str]
    at: datetime
    system: bool = False


@dataclass(frozen=True, slots=True)
class NewPlace:
    """Where a version goes, by whom and when."""

    workflow_id: UUID
    number: int
    by: dict[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    """Which workflows a list shows."""

    tag: str | None
    archived: bool
    q: str | None

    @property
    def values(self) -> tuple[str | None, bool, str | None]:
        """The filters as the queries take them."""
        escaped = (self.q or "").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return self.tag, self.archived, f"%{escaped}%" if self.q else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a PATCH may change of a workflow."""

    name: str
    description: str | None
    tags: list[str]
    visibility: str
    enabled: bool
    archived: bool
    owner: str | None


async def read_workflow(db: Database, project: str, ref: str) -> Record | None:
    """A workflow by id or slug, with its newest version and its last run."""
    query = queries.read_workflow.format(environments=queries.environments)
    return await db.fetchrow(query, project, *reference(ref))


async def list_workflows(
    db: Database, project: str, chosen: WorkflowFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """A page of summaries, newest first."""
    query = queries.list_workflows.format(environments=queries.environments)
    return await db.fetch(query, project, *chosen.values, *(after or (None, None)), limit)


async def count_workflows(db: Database, project: str, chosen: WorkflowFilter) -> int:
    """How many match; 10,001 stands for more than ten thousand."""
    return await db.fetchval(queries.count_workflows, project, *chosen.values)


async def lock_workflow(db: Database, project: str, ref: str, *, system: bool = False) -> Record | None:
    """A workflow that nobody else edits, deletes or starts until the transaction ends; not one of Plait's own,
    unless a `system` one is asked for.
    """
    return await db.fetchrow(queries.lock_workflow, project, *reference(ref), system)


async def insert_workflow(db: Database, project: str, workflow: NewWorkflow) -> bool:
    """A workflow without a version. False if the slug is taken."""
    made = await db.fetchval(
        queries.insert_workflow,
        workflow.id,
        project,
        workflow.slug,
        workflow.name,
        workflow.by["name"],
        workflow.by,
        workflow.at,
        workflow.system,
    )
    return made is not None


async def insert_version(db: Database, project: str, version: NewVersion, place: NewPlace) -> None:
    """Add a version, which is the newest from now on."""
    await db.execute(
        queries.insert_version,
        place.workflow_id,
        place.number,
        project,
        version.hash,
        version.plan_hash,
        version.definition,
        version.source,
        version.source_type,
        version.total_nodes,
        version.warnings,
        place.by,
        place.at,
        version.env,
        version.exposed,
    )
    said = (version.name, version.description, version.tags)
    await db.execute(queries.point_to_version, place.workflow_id, place.number, *said, place.at)


async def update_envelope(db: Database, workflow_id: UUID, envelope: Envelope, at: datetime) -> None:
    """Replace the envelope."""
    await db.execute(
        queries.update_envelope,
        workflow_id,
        envelope.name,
        envelope.description,
        envelope.tags,
        envelope.visibility,
        envelope.enabled,
        envelope.archived,
        envelope.owner,
        at,
    )


async def put_draft(db: Database, workflow_id: UUID, source: str, source_type: str, at: datetime) -> None:
    """Replace the draft."""
    await db.execute(queries.put_draft, workflow_id, source, source_type, at)


async def clear_draft(db: Database, workflow_id: UUID, at: datetime) -> None:
    """Forget the draft."""
    await db.execute(queries.clear_draft, workflow_id, at)


async def put_layout(db: Database, project: str, ref: str, layout: dict[str, Any]) -> bool:
    """Replace the canvas positions. False if there is no such workflow."""
    return await db.fetchrow(queries.put_layout, project, *reference(ref), layout) is not None


async def list_live_runs(db: Database, workflow_id: UUID) -> list[UUID]:
    """The runs that have not ended."""
    return [row["id"] for row in await db.fetch(queries.list_live_runs, workflow_id)]


async def delete_workflow(db: Database, workflow_id: UUID) -> None:
    """Delete a workflow with its versions and runs, at once."""
    await db.execute(queries.delete_workflow, workflow_id)


async def mark_deleted(db: Database, workflow_id: UUID, at: datetime) -> None:
    """Let the workflow go once its last run has ended."""
    await db.execute(queries.mark_deleted, workflow_id, at)


async def has_many_runs(db: Database, workflow_id: UUID) -> bool:
    """Whether its runs are too many to go in one statement."""
    return await db.fetchval(queries.has_many_runs, workflow_id, GO_ALONG)


async def sweep_deleted(db: Database) -> None:
    """Delete the workflows that only waited for their runs to end: their runs first, some at a time."""
    while len(await db.fetch(queries.sweep_runs_of_deleted, GO_ALONG)) == GO_ALONG:
        pass
    await db.execute(queries.sweep_deleted)


async def is_there(db: Database, project: str, workflow_id: UUID) -> bool:
    """Whether the workflow is there, if only on its way out."""
    return await db.fetchval(queries.is_there, project, workflow_id)


async def list_versions(db: Database, project: str, workflow_id: UUID, before: int | None, limit: int) -> list[Record]:
    """Versions, newest first, below a number."""
    return await db.fetch(queries.list_versions, project, workflow_id, before, limit)


async def read_version(db: Database, project: str, workflow_id: UUID, number: int) -> Record | None:
    """One version, whole."""
    return await db.fetchrow(queries.read_version, project, workflow_id, number)


async def list_slugs(db: Database, project: str) -> list[Record]:
    """`slug` and newest `version` of every workflow that has one."""
    return await db.fetch(queries.list_slugs, project)


async def list_definitions(db: Database, project: str, slugs: list[str]) -> list[Record]:
    """`slug`, `version` and `definition` of the newest versions of these workflows."""
    return await db.fetch(queries.list_definitions, project, slugs)
