"""External events: a row while the run is open, then a signal; the workflow decides which node takes it."""

from typing import Any
from uuid import UUID

import orjson

from api.http.errors import Refusal
from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.inbound.schemas import InboundEvent, SendEvent
from api.resources import Resources
from api.runs.control import read_status, run_conflict
from plait.auth import Caller
from plait.errors import Invalid, NotFound
from plait.starts import files_in
from plait.store import inbound as store
from plait.store.inbound import WAITING_BYTES, WAITING_EVENTS, Full, NewEvent, Recorded, RunEnded

PAYLOAD_LIMIT = 256 * 1024
RETRY_SECONDS = 10
"""After so long a sender may ask again whether there is room."""


async def send_event(held: Resources, event: UUID, run_id: UUID, order: SendEvent, caller: Caller) -> InboundEvent:
    """Record an event and tell the workflow. The sender's own id again is answered as it stands, and told no more."""
    refuse_size(order.payload)
    new = NewEvent(
        id=event,
        project=caller.project,
        run_id=run_id,
        sender_id=order.id,
        name=order.name,
        key=order.key,
        payload=await held.payloads.store(caller.project, order.payload),
        by=caller.actor.json(),
        files=files_in(order.payload),
    )
    match await store.record_event(held.pool, new):
        case Recorded(row, repeated):
            if not repeated:
                held.deliveries.event(run_id, new.id)
            return view_of(row)
        case RunEnded(status):
            row = await read_status(held, run_id, caller)
            raise run_conflict(row, f"The run is {status}; it takes no events any more.")
        case Full(events, size):
            raise full(events, size)
        case None:
            raise NotFound("There is no such run.")


def refuse_size(payload: Any) -> None:
    """Refuse a payload that is too large, or that holds a number no store takes."""
    try:
        size = len(orjson.dumps(payload))
    except TypeError:
        raise Invalid("The payload has an integer of more than 64 bits; send it as text.") from None
    if size > PAYLOAD_LIMIT:
        message = "A payload may have 256 KiB; send larger data as a file, and its id in the payload."
        raise Refusal("too_large", message, limit_bytes=PAYLOAD_LIMIT)


def full(events: int, size: int) -> Refusal:
    """So much waits that the sender has to wait too."""
    message = (
        f"{events} events with {size} bytes wait in this run for a node to take them, and {WAITING_EVENTS} events "
        f"with {WAITING_BYTES} bytes may wait. Send this one again later."
    )
    return Refusal("quota_exceeded", message, headers={"Retry-After": str(RETRY_SECONDS)})


async def list_events(held: Resources, run_id: UUID, paging: PageOrder, caller: Caller) -> Page[InboundEvent]:
    """A page of the run's events, the newest first."""
    await read_status(held, run_id, caller)
    filters = [str(run_id)]
    place = paging.after(filters, by_age)
    rows = await store.list_events(held.pool, caller.project, run_id, paging.limit + 1, place)
    counted = await store.count_events(held.pool, caller.project, run_id) if paging.total else None
    kept, cursor = paging.cut(rows, filters, lambda row: (row["at"], row["id"]))
    return Page(items=[view_of(row) for row in kept], next_cursor=cursor, **paging.totals(counted))


def view_of(row: Any) -> InboundEvent:
    """An event as it is shown, without its payload."""
    told = ("id", "sender_id", "name", "key", "status", "path", "reason", "by", "at")
    return InboundEvent.model_validate({name: row[name] for name in told} | {"size": row["payload_size"]})
