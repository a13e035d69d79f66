"""Starting runs on request: the row is written first and is the start's outbox; Temporal hears of it after."""

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.resources import Resources
from api.runs.control import cancel_run, run_conflict
from api.runs.schemas import OnConflict, StartRun
from api.runs.waiting import wait_for_end
from interpreter.values import canonical, digest
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, NotFound
from plait.starts import HEAD_START, TRIES, KeyTaken, Replayed, Wanted, order_of, write_run
from plait.store import runs as store
from plait.store.delivery import list_orders
from plait.store.runs import NewRun
from plait.store.slots import slot_of

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
    return await start_wanted(held, wanted_of(ref, order, caller, idempotency_key), order.on_conflict, caller)


async def start_wanted(held: Resources, wanted: Wanted, on_conflict: OnConflict, caller: Caller) -> Started:
    """Write the run and have it begun; `on_conflict` says what to do where an open run has its business key."""
    for _ in range(TRIES):
        async with held.starts.turn():
            written = await write_run(held, wanted)
        match written:
            case NewRun() as run:
                begin(held, run)
                return Started(run.id)
            case Replayed(run_id):
                return Started(run_id, replayed=True)
            case KeyTaken() as taken:
                if await settle_key(held, taken, wanted, on_conflict, caller):
                    return Started(taken.run_id, existing=True)
            case other:
                assert_never(other)
    raise Conflict(f"Open runs keep taking the key {wanted.key!r}; try again.", code="key_conflict")


def begin(held: Resources, run: NewRun) -> None:
    """Have a run begun that was just written, unless it is for later or waits for its slot."""
    if run.slot is not None:
        held.deliveries.let_in(held.pool, run.slot.name)
    elif run.start_after is not None:
        held.deliveries.start(order_of(run))


def wanted_of(ref: str, order: StartRun, caller: Caller, idempotency_key: str | None) -> Wanted:
    """What the body asks for."""
    return Wanted(
        project=caller.project,
        workflow=ref,
        input=order.input if "input" in order.model_fields_set else {},
        by=caller.actor,
        origin={"kind": "api", "run_id": None, "node": None, "id": None},
        version=order.version,
        environment=order.environment,
        key=order.key,
        idempotency_key=idempotency_key,
        request_hash=request_hash(order),
        tags=order.tags,
        metadata=order.metadata,
        priority=order.priority,
        later=order.start == "later",
        debug=order.debug,
        breakpoints=order.breakpoints,
        traceparent=current_trace(),
    )


async def settle_key(held: Resources, taken: KeyTaken, wanted: Wanted, on_conflict: OnConflict, caller: Caller) -> bool:
    """What becomes of a start whose business key an open run has: True to take that one, False to try again."""
    if on_conflict == "use_existing":
        return True
    facts = {"run_id": taken.run_id, "run_status": taken.status}
    if on_conflict == "reject":
        raise Conflict(f"An open run has the key {wanted.key!r} already.", code="key_conflict", **facts)
    if taken.status != "stopping":
        await cancel_run(held, taken.run_id, caller, f"replaced by a new run with the key {wanted.key}")
    if not await wait_for_end(held, caller.project, taken.run_id, REPLACE_SECONDS):
        message = f"The open run with the key {wanted.key!r} is still being cancelled; try again in a moment."
        raise Conflict(message, code="key_conflict", **facts)
    return False


async def start_later(held: Resources, run_id: UUID, caller: Caller) -> bool:
    """Begin a run that was created for later. False if that was asked for before."""
    row = await store.read_status(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    at = now()
    if not await store.request_start(held.pool, caller.project, run_id, at + HEAD_START):
        if row["status"] in ("cancelled", "terminated"):
            raise run_conflict(row, f"The run is {row['status']} and cannot start.")
        return False
    await deliver_start(held, run_id)
    return True


async def deliver_start(held: Resources, run_id: UUID) -> None:
    """Have a due run begun now, or as soon as its slot has room."""
    if (slot := await slot_of(held.pool, run_id)) is not None:
        held.deliveries.let_in(held.pool, slot)
        return
    for order in await list_orders(held.pool, [run_id]):
        held.deliveries.start(order)


def request_hash(order: StartRun) -> str:
    """Equal for bodies that say the same."""
    return digest(canonical(order.model_dump(mode="json", exclude_unset=True)))


def current_trace() -> str | None:
    """The trace that this request belongs to, for the workflow to go on in."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")
