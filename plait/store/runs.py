"""Runs in Postgres, as the API starts, reads and stops them. What happens inside one is the Recorder's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from asyncpg import Record

from plait.agents import Uses
from plait.ids import uuid_of
from plait.store.changes import StoredValue
from plait.store.notify import CHANNEL
from plait.store.pool import Pool
from plait.store.search import words_of
from plait.store.sql import load

queries = load("runs")


class Database(Protocol):
    """A pool or a connection."""

    async def fetch(self, query: str, *args: Any) -> list[Record]: ...
    async def fetchrow(self, query: str, *args: Any) -> Record | None: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What a start executes. `environment` is None where the project has none of that name, `version` and what
    follows where there is no such version. `variables` are those of the environment that the version reads.
    """

    workflow_id: UUID
    slug: str
    name: str
    enabled: bool
    newest: int
    environment: str | None
    version: int | None
    plan_hash: str | None
    definition: str | None
    total_nodes: int | None
    variables: dict[str, Any]
    nearby: bool = False
    """Whether the workers that run its workflow run its nodes too."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a run has to hold to be open; `name` is a hash of the workflow, the environment and the key."""

    name: str
    limit: int
    policy: Literal["queue", "reject", "cancel_oldest"]


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be written. `follows_pointer` makes the insert depend on its environment's still running the version."""

    id: UUID
    project: str
    target: Target
    follows_pointer: bool
    environment: str
    key: str | None
    idempotency_key: str | None
    request_hash: str | None
    input: StoredValue
    input_facts: dict[str, Any]
    env: dict[str, Any]
    tags: list[str]
    metadata: dict[str, Any]
    priority: int | None
    origin: dict[str, Any]
    started_by: dict[str, str]
    start_after: datetime | None
    traceparent: str | None
    created_at: datetime
    files: tuple[UUID, ...] = ()
    parent: "Parent | None" = None
    slot: Slot | None = None
    rerun: "Rerun | None" = None
    debug: bool = False
    breakpoints: tuple[str, ...] = ()
    uses: Uses = field(default_factory=Uses)
    budget: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """The run and the node of it that a sub-workflow's run belongs to. `depth` counts the runs above that; it `pays`
    for what it waits for.
    """

    run_id: UUID
    path: str
    generation: int
    depth: int
    owner: str | None
    pays: bool = True


@dataclass(frozen=True, slots=True)
class Rerun:
    """That a run is a rerun of `source`, from its `start`, its `failure` or these paths; only from its start it takes
    no results over. `overrides` are what becomes of nodes, decided beforehand: rows as `plait.store.reuse` writes them.
    """

    source: UUID
    begins: Literal["start", "failure"] | tuple[str, ...]
    overrides: tuple["Override", ...] = ()

    def json(self) -> dict[str, Any]:
        """As the run's row keeps it, and its workflow is told."""
        return {
            "source": None if self.begins == "start" else str(self.source),
            "from": self.begins if isinstance(self.begins, str) else list(self.begins),
            "fresh": list(self.begins) if isinstance(self.begins, tuple) else [],
            "overrides": [str(override.id) for override in self.overrides],
        }


@dataclass(frozen=True, slots=True)
class Override:
    """What becomes of a node that is not decided yet: `retry` with these parameters (`given`), `succeed` with an
    output, or `skip`.
    """

    id: UUID
    path: str
    action: Literal["retry", "succeed", "skip"]
    output: Any = None
    given: dict[str, Any] | None = None
    files: tuple[UUID, ...] = ()


def reference(ref: str) -> tuple[UUID | None, str | None]:
    """A workflow is named by id or by slug; no slug parses as a UUID."""
    known = uuid_of(ref)
    return known, None if known else ref


async def read_target(db: Database, project: str, ref: str, version: int | None, environment: str) -> Target | None:
    """The workflow and the version that a start of it executes; None if there is no such workflow."""
    row = await db.fetchrow(queries.read_target, project, *reference(ref), version, environment)
    return Target(**row) if row else None


async def insert_run(db: Database, run: NewRun) -> bool:
    """Write the run and its first event. False if a key is taken or the workflow has changed."""
    target, value = run.target, run.input
    by = run.started_by
    created: dict[str, Any] = {
        "workflow": target.slug, "version": target.version, "environment": run.environment, "by": by,
    }  # fmt: skip
    if run.rerun is not None:
        created["rerun"] = {"run_id": str(run.rerun.source), "from": run.rerun.json()["from"]}
    payloads = [*run.files, *([value.ref] if value.ref else [])]
    return None is not await db.fetchval(
        queries.insert_run,
        run.id,
        run.project,
        target.workflow_id,
        target.version,
        target.version if run.follows_pointer else None,
        target.plan_hash,
        run.environment,
        run.key,
        run.idempotency_key,
        run.request_hash,
        value.inline,
        value.ref,
        value.size,
        value.sha256,
        run.input_facts,
        run.env,
        run.tags,
        run.metadata,
        run.priority,
        run.origin,
        by["name"],
        by,
        target.total_nodes,
        run.start_after,
        run.traceparent,
        run.created_at,
        payloads,
        created,
        *_parent_columns(run),
        words_of(target.slug, target.name, run.key, *run.tags),
        run.rerun and run.rerun.json(),
        run.debug,
        list(run.breakpoints),
        run.uses.json(),
        run.budget,
        run.parent.run_id if run.parent is not None and run.parent.pays else None,
    )


def _parent_columns(run: NewRun) -> tuple[Any, ...]:
    parent = run.parent
    if parent is None:
        return run.rerun and run.rerun.source, None, None, 0, None
    return parent.run_id, parent.path, parent.generation, parent.depth + 1, parent.owner


async def find_replayed(db: Database, project: str, workflow_id: UUID, idempotency_key: str) -> Record | None:
    """`id` and `request_hash` of the run that this idempotency key started."""
    return await db.fetchrow(queries.find_replayed, project, workflow_id, idempotency_key)


async def find_open(db: Database, project: str, workflow_id: UUID, key: str) -> Record | None:
    """`id` and `status` of the open run with this business key."""
    return await db.fetchrow(queries.find_open, project, workflow_id, key)


async def request_start(db: Database, project: str, run_id: UUID, at: datetime) -> bool:
    """Make a run that was created for later due. False if it was due already or is not pending."""
    return await db.fetchval(queries.request_start, project, run_id, at) is not None


async def read_run(db: Database, project: str, run_id: UUID) -> Record | None:
    """A run with its workflow's names, what it waits for, and its values while they are short."""
    query = queries.summarize.format(page=queries.one_run, order="r.id")
    return await db.fetchrow(query, project, run_id)


async def read_status(db: Database, project: str, run_id: UUID) -> Record | None:
    """How a run stands, and no more."""
    return await db.fetchrow(queries.read_status, project, run_id)


async def find_workflow(db: Database, project: str, ref: str) -> UUID | None:
    """The id of a workflow that is named by id or slug."""
    return await db.fetchval(queries.find_workflow, project, *reference(ref))


async def read_definition(db: Database, project: str, plan_hash: str) -> str | None:
    """The definition that a plan's hash stands for."""
    return await db.fetchval(queries.read_definition, project, plan_hash)


async def read_envelope(db: Database, project: str, run_id: UUID) -> Record | None:
    """What a PATCH may change, and what else a search finds the run by; it is locked for the transaction."""
    return await db.fetchrow(queries.read_envelope, project, run_id)


async def patch_run(
    db: Database, run_id: UUID, tags: Sequence[str], metadata: dict[str, Any], note: str | None, words: Sequence[str]
) -> None:
    """Replace the envelope of a run that this transaction has locked, and all the words that find it."""
    await db.execute(queries.patch_run, run_id, list(tags), metadata, note, list(words))


async def delete_run(pool: Pool, project: str, run_id: UUID) -> bool:
    """Delete an ended run that no open rerun reads. False if it is not one, or gone."""
    async with pool.acquire() as connection, connection.transaction():
        # A rerun that is just being written holds the row; whether there is one is seen after that.
        await connection.execute(queries.lock_run, project, run_id)
        return await connection.fetchval(queries.delete_run, project, run_id) is not None


async def list_open_reruns(db: Database, run_id: UUID) -> list[UUID]:
    """The reruns that may still take results of this run over."""
    return [row["id"] for row in await db.fetch(queries.list_open_reruns, run_id)]


async def cancel_pending(db: Database, project: str, run_id: UUID, at: datetime, reason: str | None, by: Any) -> bool:
    """End a run that Temporal has not begun. False if it is not pending."""
    data = {"by": by, "reason": reason}
    if await db.fetchval(queries.cancel_pending, project, run_id, at, reason, data) is None:
        return False
    await db.execute(load("notify").tell, CHANNEL, str(run_id))
    return True


async def cancel_run(db: Database, project: str, run_id: UUID, at: datetime, reason: str | None, by: Any) -> bool:
    """Ask for a run's end. One that Temporal has not begun ends here. False if that was so already."""
    return await cancel_pending(db, project, run_id, at, reason, by) or await request_cancel(
        db, project, run_id, at, reason
    )


async def request_cancel(db: Database, project: str, run_id: UUID, at: datetime, reason: str | None) -> bool:
    """Write down that the run is to be cancelled. False if that was said before or cannot be."""
    return await db.fetchval(queries.request_cancel, project, run_id, at, reason) is not None
