"""The routes of external events."""

from uuid import UUID

from api.http.idempotency import NewId
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanReadRuns, CanStartRuns
from api.inbound import mailbox, service
from api.inbound.schemas import InboundEvent, MailedEvent, SendEvent
from api.resources import Held

router = slice_router("runs")
EVENTS = "/workflow_runs/{run_id}/inbound_events"


@router.post(EVENTS, status_code=202, responses=problems("run_state_conflict", "too_large", "quota_exceeded"))
async def send_event(run_id: UUID, order: SendEvent, caller: CanStartRuns, held: Held, event_id: NewId) -> InboundEvent:
    """Deliver an external event to a run. It is durable once this answers; the same `id` again is no other event."""
    return await service.send_event(held, event_id, run_id, order, caller)


@router.get(EVENTS, responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_inbound_events(run_id: UUID, caller: CanReadRuns, held: Held, page: Paging) -> Page[InboundEvent]:
    """The external events that were sent to a run, the newest first, and what became of each."""
    return await service.list_events(held, run_id, page, caller)


@router.post("/inbound_events", status_code=202, responses=problems("too_large", "quota_exceeded", "request_invalid"))
async def mail_event(order: SendEvent, caller: CanStartRuns, held: Held, event_id: NewId) -> MailedEvent:
    """Deliver an external event to every run that waits for its name and key. While none does, it is kept for 24
    hours, and the first run that comes to wait for it gets it. The same `id` again is no other event.
    """
    mailed, _ = await mailbox.mail_event(held, event_id, order, caller)
    return mailed
