"""The routes of the event log."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response, WebSocket
from fastapi.responses import JSONResponse

from api.events.log import RunLog
from api.events.reading import wait_for_batch
from api.events.schemas import EventPage
from api.events.socket import FORBIDDEN, Socket
from api.events.stream import stream_events
from api.http.errors import Refusal
from api.http.routing import problems, slice_router
from api.http.security import CanReadRuns, Known, may_not_read_data
from api.resources import Held, resources_of
from api.tickets.routes import Ticket

router = slice_router("events")
STREAM = "text/event-stream"
STREAM_BODY = {
    "schema": {"type": "string"},
    "example": 'id: 7\nevent: workflow.run.started\ndata: {"seq": 7, "type": "workflow.run.started", "data": {}}\n\n',
}
After = Annotated[int, Query(ge=0, lt=2**63, description="Events behind this `seq`.")]
Types = Annotated[list[str] | None, Query(description="Only these types; several, or separated by commas.")]
Paths = Annotated[list[str] | None, Query(description="Only these paths and what lies below them.")]
Wait = Annotated[float | None, Query(ge=0, le=60, description="A page: wait so many seconds for the next event.")]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="A stream goes on behind it.")]


@router.get(
    "/workflow_runs/{run_id}/events",
    response_model=EventPage,
    responses={
        200: {"content": {STREAM: STREAM_BODY}, "description": "A page, or by `Accept` a stream."},
        204: {"description": "The run has ended and the stream was read to its end."},
        **problems("request_invalid"),
    },
)
async def list_events(
    run_id: UUID,
    caller: CanReadRuns,
    held: Held,
    _ticket: Ticket = None,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    types: Types = None,
    path: Paths = None,
    wait: Wait = None,
    accept: Annotated[str, Header()] = "application/json",
    last_event_id: LastEventId = None,
) -> Response:
    """The run's events: a page, or with `Accept: text/event-stream` all of them, those to come too."""
    log = RunLog(caller.project, run_id, spread(types), tuple(path) if path else None)
    if STREAM not in accept:
        batch = await wait_for_batch(held, log, after, limit, wait or 0)
        page = EventPage(items=list(batch.events), next_after=batch.next_after, ended=batch.ended)
        return JSONResponse(page.model_dump(mode="json"))
    start = after if last_event_id is None else seq_of(last_event_id)
    first = await log.read(held, start, 1)
    if first.ended and not first.events and last_event_id is not None:
        return Response(status_code=204)
    return stream_events(held, log, start, log.texts(redacted=may_not_read_data(caller)))


def spread(types: list[str] | None) -> tuple[str, ...] | None:
    """`types=a,b&types=c` as one."""
    return tuple(each for text in types for each in text.split(",") if each) if types else None


def seq_of(last_event_id: str) -> int:
    """The place that a reconnecting stream names."""
    if not last_event_id.isdecimal() or len(last_event_id) > 18:
        raise Refusal("request_invalid", "Last-Event-ID is the id of an event of this stream.")
    return int(last_event_id)


@router.websocket("/ws/workflow_runs/{run_id}")
async def talk_about_run(websocket: WebSocket, run_id: str, caller: Known) -> None:
    """Events out, commands in: `{id, do: subscribe | unsubscribe | cancel | ping}`."""
    if "runs:read" not in caller.scopes:
        await websocket.close(FORBIDDEN, "This needs the scope runs:read.")
        return
    await Socket(resources_of(websocket), websocket, run_named(run_id), caller).serve()


def run_named(text: str) -> UUID:
    """The run that an address names; what is no id names none that there is."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
