"""Workflows: saving, drafting and deleting them. Every edit is one transaction under the row's lock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from api.http.etag import require_match, saw, stale
from api.workflows.reader import WorkflowReader, etag_of
from api.workflows.schemas import EnvelopePatch, Workflow
from interpreter.document.model import SLUG
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound
from plait.ids import uuid_of
from plait.store import operations
from plait.store import workflows as store
from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.schedules import list_triggers_of

RESERVED = frozenset({"validate", "import", "export", "bulk", "me"})
OWN = "plait-"
"""How the slugs of Plait's own workflows begin."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The workflow after an edit, with its ETag; `created` is new."""

    workflow: Workflow
    etag: str
    created: bool = False


def slug_taken(slug: str) -> Conflict:
    """The answer to a second workflow of one slug."""
    return Conflict(f"The slug {slug} belongs to another workflow.", code="slug_taken")


class WorkflowEditor:
    """Changes workflows. What a caller reads afterwards is never older."""

    def __init__(self, pool: Pool, reader: WorkflowReader) -> None:
        self._pool = pool
        self._reader = reader

    async def create(self, version: store.NewVersion, caller: Caller) -> Saved:
        """A new workflow with its first version."""
        async with self._pool.acquire() as db, db.transaction():
            row = await self._insert(db, caller, version.slug)
            await self._add_version(db, row, version, caller)
        return await self._saved(caller, str(row["id"]), created=True)

    async def replace(self, ref: str, version: store.NewVersion, caller: Caller, if_match: str | None) -> Saved:
        """The whole document of a workflow: a changed one is a new version, an unknown slug a new workflow.

        An equal document is a success whatever was read before: a repeated PUT finds its own work done.
        """
        async with self._pool.acquire() as db, db.transaction():
            row, created = await store.lock_workflow(db, caller.project, ref), False
            if row is None:
                refuse_other_slug(ref, version.slug, known=False)
                row, created = await self._insert_or_find(db, caller, version.slug)
            if not created:
                refuse_other_slug(row["slug"], version.slug, known=True)
                require_match(if_match)
            if row["hash"] != version.hash:
                if not created:
                    await self._require(db, row, caller, if_match)
                await self._add_version(db, row, version, caller)
        return await self._saved(caller, str(row["id"]), created=created)

    async def patch(self, ref: str, patch: EnvelopePatch, caller: Caller, if_match: str | None) -> Saved:
        """RFC 7396 on the envelope."""
        async with self._locked(ref, caller, if_match) as (db, row):
            await store.update_envelope(db, row["id"], merged(row, patch), now())
        return await self._saved(caller, str(row["id"]))

    async def put_draft(self, ref: str, source: str, media_type: str, caller: Caller, if_match: str | None) -> None:
        """Keep a draft; an unknown slug gets a workflow without a version."""
        async with self._pool.acquire() as db, db.transaction():
            row = await store.lock_workflow(db, caller.project, ref)
            if row is None:
                row = await self._insert(db, caller, ref)
            else:
                await self._require(db, row, caller, if_match)
            await store.put_draft(db, row["id"], source, media_type, now())

    async def clear_draft(self, ref: str, caller: Caller, if_match: str | None) -> None:
        """Forget the draft."""
        async with self._locked(ref, caller, if_match) as (db, row):
            await store.clear_draft(db, row["id"], now())

    async def publish(self, ref: str, version: store.NewVersion, caller: Caller, etag: str) -> Saved:
        """Make a version of the draft that was read under this ETag."""
        async with self._locked(ref, caller, f'"{etag}"') as (db, row):
            refuse_other_slug(row["slug"], version.slug, known=True)
            if row["hash"] != version.hash:
                await self._add_version(db, row, version, caller)
            await store.clear_draft(db, row["id"], now())
        return await self._saved(caller, str(row["id"]))

    async def put_layout(self, ref: str, layout: dict[str, Any], caller: Caller) -> None:
        """Canvas positions; the last writer wins."""
        if not await store.put_layout(self._pool, caller.project, ref, layout):
            raise no_workflow()

    async def delete(self, ref: str, caller: Caller, if_match: str | None, *, cancel_runs: bool) -> UUID | None:
        """Delete a workflow with all its runs. None when it is gone, else the operation that sees to it: it is hidden
        and starts nothing from now on, its live runs are cancelled, and it goes with the last of them.
        """
        async with self._locked(ref, caller, if_match or "*") as (db, row):
            if triggers := await list_triggers_of(db, row["id"]):
                message = f"{len(triggers)} schedules or webhook triggers start this workflow; delete them first."
                raise Conflict(message, code="in_use", used_by=[dict(each) for each in triggers])
            live = await store.list_live_runs(db, row["id"])
            if live and not cancel_runs:
                message = f"{len(live)} runs of this workflow have not ended. Add ?cancel_runs=true to cancel them."
                raise Conflict(message, code="workflow_has_live_runs", live_runs=[str(each) for each in live[:20]])
            if not live and not await store.has_many_runs(db, row["id"]):
                await store.delete_workflow(db, row["id"])
                return None
            await store.mark_deleted(db, row["id"], now())
            deletion = deletion_of(row, caller)
            subjects = [{"run_id": str(each)} for each in live]
            await operations.insert_operation(db, deletion, [*subjects, {"workflow_id": str(row["id"])}])
            return deletion.id

    @asynccontextmanager
    async def _locked(self, ref: str, caller: Caller, if_match: str | None) -> AsyncIterator[tuple[Database, Record]]:
        async with self._pool.acquire() as db, db.transaction():
            row = await store.lock_workflow(db, caller.project, ref)
            if row is None:
                raise no_workflow()
            await self._require(db, row, caller, if_match)
            yield db, row

    async def _require(self, db: Database, row: Record, caller: Caller, if_match: str | None) -> None:
        if not saw(if_match, etag_of(row)):
            raise stale(*await self._reader.read(str(row["id"]), caller, db))

    async def _insert(self, db: Database, caller: Caller, slug: str) -> Record:
        row, created = await self._insert_or_find(db, caller, slug)
        if not created:
            raise slug_taken(slug)
        return row

    async def _insert_or_find(self, db: Database, caller: Caller, slug: str) -> tuple[Record, bool]:
        """The new workflow and True, or the one that another request made a moment ago."""
        refuse_slug(slug)
        workflow = store.NewWorkflow(new_id(), slug, slug, caller.actor.json(), now())
        created = await store.insert_workflow(db, caller.project, workflow)
        row = await store.lock_workflow(db, caller.project, slug)
        if row is None:  # it is being deleted, and keeps its slug until its last run has ended
            raise slug_taken(slug)
        return row, created

    async def _add_version(self, db: Database, row: Record, version: store.NewVersion, caller: Caller) -> None:
        place = store.NewPlace(row["id"], row["last_version"] + 1, caller.actor.json(), now())
        await store.insert_version(db, caller.project, version, place)

    async def _saved(self, caller: Caller, ref: str, *, created: bool = False) -> Saved:
        workflow, etag = await self._reader.read(ref, caller)
        return Saved(workflow, etag, created)


def deletion_of(row: Record, caller: Caller) -> operations.NewOperation:
    """The operation that deletes a workflow."""
    return operations.NewOperation(
        id=new_id(),
        project=caller.project,
        kind="delete_workflow",
        title=f"delete workflow {row['slug']}",
        arguments={"slug": row["slug"]},
        by=caller.actor.json(),
        scopes=sorted(caller.scopes),
        at=now(),
    )


def merged(row: Record, patch: EnvelopePatch) -> store.Envelope:
    """The envelope after a patch. What cannot be absent falls back to what it is when nobody says it."""
    fallback = {"name": row["slug"], "tags": [], "visibility": "project", "enabled": True, "archived": False}
    said = {name: getattr(patch, name) for name in patch.model_fields_set}
    for name, value in said.items():
        said[name] = fallback.get(name) if value is None else value
    kept = {name: row[name] for name in store.Envelope.__dataclass_fields__}
    return store.Envelope(**(kept | said))


def refuse_slug(slug: str) -> None:
    """Some slugs are none, and some would be read as a route or as an id."""
    if not SLUG.fullmatch(slug):
        message, fix = f"{slug[:80]!r} is no slug.", "Use small letters, digits and hyphens between them."
        problem = Problem("slug_invalid", message, ("slug",), fix=fix)
    elif slug in RESERVED or slug.startswith(OWN) or uuid_of(slug):
        message = f"The slug {slug} is reserved."
        problem = Problem("slug_reserved", message, ("slug",), fix="Choose another slug.")
    else:
        return
    raise Invalid(message, code="workflow_invalid", problems=[problem])


def refuse_other_slug(expected: str, slug: str, *, known: bool) -> None:
    """A document is saved under its own slug, which is fixed when the workflow is made."""
    if not known and uuid_of(expected):
        raise no_workflow()
    if slug != expected:
        message = f"The document's slug is {slug}, but it is saved as {expected}."
        fix = f"Write `slug: {expected}`" + (", for a slug is fixed when the workflow is made." if known else ".")
        raise Invalid(message, code="workflow_invalid", problems=[Problem("slug_fixed", message, ("slug",), fix=fix)])


def no_workflow() -> NotFound:
    """What is said of a workflow that is not there or not the caller's."""
    return NotFound("There is no such workflow.")
