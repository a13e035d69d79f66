"""The one place that makes a run's row of what somebody wants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from interpreter.plan.model import Plan
from plait.auth import Actor
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound
from plait.starts.breakpoints import breakpoints_in
from plait.starts.given import DEFAULT_ENVIRONMENT, files_in, input_facts, refuse_size, startable, variables_of
from plait.starts.slots import slot_for
from plait.starts.uses import find_uses
from plait.store import runs as store
from plait.store.children import find_child
from plait.store.delivery import StartOrder
from plait.store.models import Models
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.reuse import insert_rerun
from plait.store.runs import NewRun, Parent, Rerun, Target
from plait.store.slots import insert_under_slot
from plait.values.inputs import complete_input

HEAD_START = timedelta(seconds=2)
"""For so long the sweeper leaves a new run to the process that wrote it."""
TRIES = 5
"""How often a start is tried whose workflow changes meanwhile."""


class Plans(Protocol):
    """Compiled plans by hash, of definitions that are at hand."""

    async def load(self, definition: str, plan_hash: str) -> Plan: ...


class Means(Protocol):
    """What a start needs of its process: the API's `Resources`, a worker's `Services`."""

    @property
    def pool(self) -> Pool: ...
    @property
    def payloads(self) -> Payloads: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def models(self) -> Models: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run that somebody wants. `workflow` is an id or a slug; without a `version` it is
    the one that the environment runs.

    `origin` is `{kind, run_id, node, id}`. What repeats itself is one run: under one `idempotency_key` with
    one `request_hash`, and below the node of one `parent`. `later` leaves the run to `POST …/start`.
    """

    project: str
    workflow: str
    input: Any
    by: Actor
    origin: dict[str, Any]
    version: int | None = None
    environment: str = DEFAULT_ENVIRONMENT
    key: str | None = None
    idempotency_key: str | None = None
    request_hash: str | None = None
    tags: Sequence[str] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    priority: int | None = None
    later: bool = False
    traceparent: str | None = None
    parent: Parent | None = None
    debug: bool = False
    breakpoints: Sequence[str] = ()
    rerun: Rerun | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The same start was written before, as this run."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class KeyTaken:
    """This open run has the business key."""

    run_id: UUID
    status: str


async def write_run(means: Means, wanted: Wanted) -> NewRun | Replayed | KeyTaken:
    """Write the run. It is durable once this returns, and the sweeper begins it unless somebody does so first.

    Raises NotFound (workflow, version), Conflict (`workflow_disabled`, `not_promoted`, `version_moved`,
    `concurrency_full`) and Invalid (`input_invalid`, `too_large`, `idempotency_key_reused`).
    """
    for _ in range(TRIES):
        target = await find_target(means.pool, wanted)
        if earlier := await find_earlier(means.pool, wanted, target):
            return earlier
        run = await make_run(means, target, wanted)
        written = await insert(means.pool, run)
        if written == "written":
            return run
        # The same start may have been written meanwhile, key and all: that it was is said first.
        if holder := await find_earlier(means.pool, wanted, target) or await find_holder(means.pool, wanted, target):
            return holder
        if written == "full":
            message = "As many runs are open as `concurrency.limit` allows; try again when one has ended."
            raise Conflict(message, code="concurrency_full", limit=run.slot.limit if run.slot else None)
    raise Conflict("The workflow keeps changing while this run is to start; try again.", code="version_moved")


async def check_start(means: Means, wanted: Wanted) -> Target:
    """What the start would execute, if it could be written as things are. Raises as `write_run`."""
    target = await find_target(means.pool, wanted)
    await make_run(means, target, wanted)
    return target


async def find_target(pool: Pool, wanted: Wanted) -> Target:
    """The workflow, with the version that a start of it executes if it has one."""
    target = await store.read_target(pool, wanted.project, wanted.workflow, wanted.version, wanted.environment)
    if target is None:
        raise NotFound(f"There is no workflow {wanted.workflow!r}.")
    return target


async def make_run(means: Means, target: Target, wanted: Wanted) -> NewRun:
    """The run, before it is written."""
    definition = startable(target, version=wanted.version, environment=wanted.environment)
    plan = await means.plans.load(definition, target.plan_hash or "")
    return await new_run(means, plan, target, wanted)


async def insert(pool: Pool, run: NewRun) -> Literal["written", "full", "not_written"]:
    """Write the row; where the version limits how many runs are open, so that it waits for its turn."""
    if run.slot is not None:
        return await insert_under_slot(pool, run)
    if run.rerun is not None:
        async with pool.acquire() as connection, connection.transaction():
            return "written" if await insert_rerun(connection, run) else "not_written"
    return "written" if await store.insert_run(pool, run) else "not_written"


async def find_earlier(pool: Pool, wanted: Wanted, target: Target) -> Replayed | None:
    """The run that this start made before, if it did; another body under its key is refused."""
    if (parent := wanted.parent) is not None:
        child = await find_child(pool, wanted.project, parent.run_id, parent.path, parent.generation)
        return Replayed(child["id"]) if child else None
    if wanted.idempotency_key is None:
        return None
    row = await store.find_replayed(pool, wanted.project, target.workflow_id, wanted.idempotency_key)
    if row is None:
        return None
    if row["request_hash"] != wanted.request_hash:
        message = "This Idempotency-Key started a run with another body; use a new one."
        raise Invalid(message, code="idempotency_key_reused", run_id=row["id"])
    return Replayed(row["id"])


async def find_holder(pool: Pool, wanted: Wanted, target: Target) -> KeyTaken | None:
    """The open run that has the business key."""
    if wanted.key is None:
        return None
    row = await store.find_open(pool, wanted.project, target.workflow_id, wanted.key)
    return KeyTaken(row["id"], row["status"]) if row else None


async def new_run(means: Means, plan: Plan, target: Target, wanted: Wanted) -> NewRun:
    """Everything about the run that can be known before it is written."""
    value = complete_input(plan, wanted.input)
    refuse_size(value)
    facts, env, at = input_facts(plan, value), variables_of(plan, target), now()
    return NewRun(
        id=new_id(),
        project=wanted.project,
        target=target,
        follows_pointer=wanted.version is None,
        environment=wanted.environment,
        key=wanted.key,
        idempotency_key=wanted.idempotency_key,
        request_hash=wanted.request_hash,
        input=await means.payloads.store(wanted.project, value),
        input_facts=dict(facts),
        env=env,
        tags=list(dict.fromkeys(wanted.tags)),
        metadata=wanted.metadata,
        priority=wanted.priority or plan.document.priority,
        origin=wanted.origin,
        started_by=wanted.by.json(),
        start_after=None if wanted.later else at + HEAD_START,
        traceparent=wanted.traceparent,
        created_at=at,
        files=files_in(value),
        parent=wanted.parent,
        rerun=wanted.rerun,
        debug=wanted.debug,
        breakpoints=breakpoints_in(plan, wanted.breakpoints),
        budget=plan.document.budget and plan.document.budget.model_dump(mode="json", exclude_none=True),
        uses=await find_uses(means.pool, wanted.project, means.models.defaults, plan),
        slot=slot_for(
            plan, target.workflow_id, wanted.environment, {"input": value, "vars": plan.document.vars, "env": env}
        ),
    )


def order_of(run: NewRun) -> StartOrder:
    """What Temporal is told of a run that was just written."""
    target = run.target
    return StartOrder(
        id=run.id,
        project=run.project,
        slug=target.slug,
        name=target.name,
        definition=target.definition or "",
        plan_hash=target.plan_hash or "",
        environment=run.environment,
        env=run.env,
        input_size=run.input.size,
        input_facts=run.input_facts,
        priority=run.priority,
        traceparent=run.traceparent,
        rerun=run.rerun and run.rerun.json(),
        debug=run.debug,
        breakpoints=run.breakpoints,
        nearby=target.nearby,
    )
