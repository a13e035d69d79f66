"""Starting runs: the row is written first and is the start's outbox; Temporal hears of it after."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.http.errors import Refusal
from api.resources import Resources
from api.runs.control import cancel_run
from api.runs.schemas import StartRun
from api.runs.waiting import wait_for_end
from interpreter.plan.model import Plan
from interpreter.values import canonical, digest
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound
from plait.inputs import complete_input
from plait.starts import HEAD_START, INPUT_LIMIT, TRIES, default_variables, files_in, input_facts, startable
from plait.store import runs as store
from plait.store.delivery import StartOrder, list_orders
from plait.store.runs import NewRun, Target

REPLACE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Started:
    """The run that a start led to: a new one, the replayed one, or one that was open under the key."""

    run_id: UUID
    replayed: bool = False
    existing: bool = False


async def start_run(
    held: Resources, ref: str, order: StartRun, caller: Caller, idempotency_key: str | None = None
) -> Started:
    """Write a run and have it begun. It is durable once this returns."""
    hashed = request_hash(order)
    for _ in range(TRIES):
        target = await read_target(held, caller.project, ref, order)
        if idempotency_key is not None:
            earlier = await find_replayed(held, caller.project, target, idempotency_key, hashed)
            if earlier is not None:
                return earlier
        plan = await held.plans.load(
            startable(target, version=order.version, environment=order.environment), target.plan_hash or ""
        )
        run = await new_run(held, plan, target, order, caller, idempotency_key, hashed)
        if await store.insert_run(held.pool, run):
            if run.start_after is not None:
                held.deliveries.start(order_of(run))
            return Started(run.id)
        if order.key is not None and (found := await settle_key(held, target, order, caller)):
            return found
    raise Conflict("The workflow keeps changing while this run is to start; try again.", code="version_moved")


async def read_target(held: Resources, project: str, ref: str, order: StartRun) -> Target:
    """The version that is to be executed, if there is such a workflow."""
    target = await store.read_target(held.pool, project, ref, order.version)
    if target is None:
        raise NotFound(f"There is no workflow {ref!r}.")
    return target


async def find_replayed(
    held: Resources, project: str, target: Target, idempotency_key: str, hashed: str
) -> Started | None:
    """The run that this key started before, if it did; another body under it is refused."""
    row = await store.find_replayed(held.pool, project, target.workflow_id, idempotency_key)
    if row is None:
        return None
    if row["request_hash"] != hashed:
        message = "This Idempotency-Key started a run with another body; use a new one."
        raise Invalid(message, code="idempotency_key_reused", run_id=row["id"])
    return Started(row["id"], replayed=True)


async def new_run(
    held: Resources,
    plan: Plan,
    target: Target,
    order: StartRun,
    caller: Caller,
    idempotency_key: str | None,
    hashed: str,
) -> NewRun:
    """Everything about the run that can be known before it is written."""
    value = complete_input(plan, order.input if "input" in order.model_fields_set else {})
    refuse_size(value)
    facts = input_facts(plan, value)
    at = now()
    return NewRun(
        id=new_id(),
        project=caller.project,
        target=target,
        follows_newest=order.version is None,
        environment=order.environment,
        key=order.key,
        idempotency_key=idempotency_key,
        request_hash=hashed,
        input=await held.payloads.store(caller.project, value),
        input_facts=dict(facts),
        env=default_variables(plan),
        tags=list(dict.fromkeys(order.tags)),
        metadata=order.metadata,
        priority=order.priority or plan.document.priority,
        origin={"kind": "api", "run_id": None, "node": None, "id": None},
        started_by=caller.actor.json(),
        start_after=at + HEAD_START if order.start == "now" else None,
        traceparent=current_trace(),
        created_at=at,
        files=files_in(value),
    )


def refuse_size(value: Any) -> None:
    """Refuse an input that defaults made too large, or that holds a number no store takes."""
    try:
        size = len(orjson.dumps(value))
    except TypeError:
        message = "The input has an integer of more than 64 bits; send it as text."
        raise Invalid(message, code="input_invalid") from None
    if size > INPUT_LIMIT:
        raise Refusal("too_large", "With its defaults the input is larger than 1 MiB.", limit_bytes=INPUT_LIMIT)


async def settle_key(held: Resources, target: Target, order: StartRun, caller: Caller) -> Started | None:
    """What becomes of a start whose business key an open run has. None: the key is free, try again."""
    row = await store.find_open(held.pool, caller.project, target.workflow_id, order.key or "")
    if row is None:
        return None
    if order.on_conflict == "use_existing":
        return Started(row["id"], existing=True)
    facts = {"run_id": row["id"], "run_status": row["status"]}
    if order.on_conflict == "reject":
        raise Conflict(f"An open run has the key {order.key!r} already.", code="key_conflict", **facts)
    if row["status"] != "stopping":
        await cancel_run(held, row["id"], caller, f"replaced by a new run with the key {order.key}")
    if not await wait_for_end(held, caller.project, row["id"], REPLACE_SECONDS):
        message = f"The open run with the key {order.key!r} is still being cancelled; try again in a moment."
        raise Conflict(message, code="key_conflict", **facts)
    return None


async def start_later(held: Resources, run_id: UUID, caller: Caller) -> bool:
    """Begin a run that was created for later. False if that was asked for before."""
    row = await store.read_status(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    at = now()
    if not await store.request_start(held.pool, caller.project, run_id, at + HEAD_START):
        if row["status"] in ("cancelled", "terminated"):
            raise Conflict(
                f"The run is {row['status']} and cannot start.", run_status=row["status"], allowed_actions=["delete"]
            )
        return False
    await deliver_start(held, run_id)
    return True


async def deliver_start(held: Resources, run_id: UUID) -> None:
    """Have a due run begun now."""
    for order in await list_orders(held.pool, [run_id]):
        held.deliveries.start(order)


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
    )


def request_hash(order: StartRun) -> str:
    """Equal for bodies that say the same."""
    return digest(canonical(order.model_dump(mode="json", exclude_unset=True)))


def current_trace() -> str | None:
    """The trace that this request belongs to, for the workflow to go on in."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")
