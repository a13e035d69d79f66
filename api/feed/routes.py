"""The routes of the feed."""

from typing import Annotated

from fastapi import Header, Query, Response
from fastapi.responses import JSONResponse

from api.events.reading import wait_for_batch
from api.events.routes import STREAM, STREAM_BODY, LastEventId, Types, Wait, seq_of, spread
from api.events.stream import stream_events
from api.feed.log import ProjectFeed
from api.feed.schemas import FeedEvent, FeedPage
from api.http.routing import problems, slice_router
from api.http.security import CanReadRuns
from api.resources import Held
from api.tickets.routes import Ticket
from interpreter.problems import Problem
from plait.endpoints.notice import TYPES
from plait.errors import Invalid
from plait.store import feed as store

router = slice_router("events")
EVERYWHERE = "*"


@router.get(
    "/feed",
    response_model=FeedPage,
    responses={
        200: {"content": {STREAM: STREAM_BODY}, "description": "A page, or by `Accept` a stream."},
        **problems("request_invalid", "events_purged"),
    },
)
async def read_feed(
    caller: CanReadRuns,
    held: Held,
    _ticket: Ticket = None,
    after: Annotated[
        int | None,
        Query(
            ge=0,
            lt=2**63,
            description="Events behind this `position`. Without it a page begins with the oldest "
            "event, and a stream with the next.",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    types: Types = None,
    workflow: Annotated[str | None, Query(max_length=200, description="Only runs of this one, by slug or id.")] = None,
    environment: Annotated[str, Query(max_length=64, description="Only runs in this one; `*` is all.")] = "dev",
    wait: Wait = None,
    accept: Annotated[str, Header()] = "application/json",
    last_event_id: LastEventId = None,
) -> Response:
    """What happened to the runs and gates of the project: a page, or with `Accept: text/event-stream` all to come."""
    feed = ProjectFeed(
        caller.project, known(spread(types)), workflow, None if environment == EVERYWHERE else environment
    )
    if STREAM not in accept:
        batch = await wait_for_batch(held, feed, after or 0, limit, wait or 0)
        items = [event for event in batch.events if isinstance(event, FeedEvent)]
        return JSONResponse(FeedPage(items=items, next_after=batch.next_after).model_dump(mode="json"))
    if last_event_id is not None:
        after = seq_of(last_event_id)
    if after is None:
        after, _ = await store.read_range(held.pool, caller.project)
    await feed.read(held, after, 1)  # what is wrong is said before the stream begins
    return stream_events(held, feed, after)


def known(types: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Types that the feed has: who asks for a mistyped one would wait for ever."""
    if wrong := next((each for each in types or () if each not in TYPES), None):
        message = f"The feed has no events of the type {wrong[:100]!r}; it has {', '.join(TYPES)}."
        raise Invalid(message, problems=[Problem("wrong_value", message, ("query", "types"))])
    return types
