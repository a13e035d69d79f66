"""The route of tickets, and the parameter by which they are shown."""

from typing import Annotated

from fastapi import Query

from api.http.routing import own_keys, slice_router
from api.http.security import CanReadRuns
from api.resources import Held
from api.runs.routes import IdempotencyKey
from api.tickets.schemas import StreamTicket
from plait.clock import now
from plait.store import tickets as store

router = slice_router("events")
Ticket = Annotated[
    str | None,
    Query(alias="ticket", description="A ticket of `POST /stream_tickets` instead of a header with a key."),
]
"""For the routes that stream. It was looked at before the request came to any route."""


@router.post("/stream_tickets", status_code=201)
@own_keys  # an answer that is kept for a replay would keep the ticket
async def create_stream_ticket(caller: CanReadRuns, held: Held, _key: IdempotencyKey = None) -> StreamTicket:
    """A ticket for a stream that a browser opens, which can send no key: `?ticket=`. It is over in 30 seconds."""
    ticket, expires_at = await store.issue(held.pool, caller, now())
    return StreamTicket(ticket=ticket, expires_at=expires_at)
