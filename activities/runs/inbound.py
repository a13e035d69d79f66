"""External events: reads those that were recorded, and gives one to the node that takes it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from asyncpg import Record
from temporalio import activity

from activities.kind import NodeError
from activities.rows import change_of, error_body, moment, node_event, node_row, result_of
from activities.services import Services
from activities.shell.errors import to_raise
from activities.shell.results import facts_of, fits_schema
from interpreter.messages import FactValue, Failure
from interpreter.plan.model import Plan, PlannedNode
from interpreter.shell.wire import (
    LOAD_EVENTS,
    TAKE_EVENT,
    LoadedEvent,
    LoadedEvents,
    LoadEvents,
    TakeEvent,
    TakenEvent,
)
from plait.ids import uuid_of
from plait.store.changes import Change, EventMark, StoredValue
from plait.store.inbound import find_event, load_events
from plait.store.values import encode, inline, value_in

GONE = "there is no such event"
OVER = "the node or its run has ended"
REASON_LENGTH = 1_000


def loading_events(services: Services) -> Callable[[LoadEvents], Awaitable[LoadedEvents]]:
    """The activity `plait.load_events`."""

    @activity.defn(name=LOAD_EVENTS)
    async def load(wanted: LoadEvents) -> LoadedEvents:
        ids = [event for event in map(uuid_of, wanted.ids) if event is not None]
        rows = await load_events(services.pool, wanted.project, UUID(wanted.run_id), ids)
        return LoadedEvents([LoadedEvent(str(row["id"]), row["name"], row["key"]) for row in rows])

    return load


def taking_events(services: Services) -> Callable[[TakeEvent], Awaitable[TakenEvent]]:
    """The activity `plait.take_event`. Raises FactTooLarge, as the failure of the node, when a guard
    reads too much of the payload; the event is consumed by that failure.
    """

    @activity.defn(name=TAKE_EVENT)
    async def take(task: TakeEvent) -> TakenEvent:
        plan = await services.plans.find(task.project, task.hash)
        node = plan.find(task.node)
        row = await _find(services, task)
        if row is None:
            return TakenEvent(refused=True, message=GONE)
        stored = value_in(dict(row), "payload")
        assert stored is not None
        payload = await services.payloads.value(task.project, stored)
        try:
            fits_schema(node, payload)
        except NodeError as error:
            return await _refuse(services, task, error)
        facts, failure = _facts(plan, node, payload)
        written = await services.recorder.put(_ending(task, node, row, stored, facts, failure))
        if not written.accepted:
            return await _not_taken(services, task)
        if failure is not None:
            raise to_raise(failure)
        return TakenEvent(result=result_of(written))

    return take


def _facts(plan: Plan, node: PlannedNode, payload: Any) -> tuple[dict[str, FactValue], Failure | None]:
    """What the workflow itself will know of the payload; too much of it fails the node."""
    try:
        return facts_of(plan, node, {"status": "completed", "outcome": "success", "output": payload}), None
    except NodeError as error:
        return {}, Failure(error.type, error.message, error.category, node=node.id)


async def _find(services: Services, task: TakeEvent) -> Record | None:
    event = uuid_of(task.event)
    return await find_event(services.pool, task.project, UUID(task.run_id), event) if event is not None else None


async def _refuse(services: Services, task: TakeEvent, error: NodeError) -> TakenEvent:
    """The payload is not what the node promises: on record, and the node waits on."""
    reason = error.message.replace("the output", "the payload", 1)[:REASON_LENGTH]
    change = change_of(task, inbound=_mark(task, "refused", reason))
    if (await services.recorder.put(change)).accepted:
        return TakenEvent(refused=True, message=reason)
    return await _not_taken(services, task)


async def _not_taken(services: Services, task: TakeEvent) -> TakenEvent:
    """Somebody was there first: at the event, or at the node."""
    row = await _find(services, task)
    if row is not None and row["status"] in {"consumed", "refused"}:
        return TakenEvent(refused=True, message=row["reason"] or f"the event was consumed at {row['path']}")
    return TakenEvent(message=OVER)


def _ending(
    task: TakeEvent,
    node: PlannedNode,
    event: Record,
    payload: StoredValue,
    facts: dict[str, Any],
    failure: Failure | None,
) -> Change:
    at, error = moment(task.at), error_body(failure) if failure else None
    status, outcome = ("failed", "error") if failure else ("completed", "success")
    row = node_row(
        task,
        node,
        status,
        at,
        outcome=outcome,
        input=_shown(event),
        output=None if failure else payload,
        facts=None if failure else facts,
        error=error,
        completed_at=at,
    )
    told = (
        node_event("failed", task, at, error=error)
        if failure
        else node_event("completed", task, at, outcome=outcome, output_size=payload.size)
    )
    return change_of(task, node=row, inbound=_mark(task, "consumed"), events=(told,))


def _shown(event: Record) -> StoredValue:
    """By what the event was found: its name and key, as the node asked for it."""
    shown = {"name": event["name"], "key": event["key"]}
    return inline(shown, encode(shown))


def _mark(task: TakeEvent, status: str, reason: str | None = None) -> EventMark:
    return EventMark(UUID(task.event), status, task.path, task.generation, reason)
