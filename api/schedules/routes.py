"""The routes of schedules."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Query, Response

from api.http.etag import IfMatch, quoted
from api.http.idempotency import NewId
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import own_keys, problems, slice_router
from api.http.security import CanReadWorkflows, CanStartRuns, CanWriteTriggers
from api.operations.schemas import Operation
from api.operations.service import read_operation
from api.resources import Held
from api.runs.read import read_run
from api.runs.routes import IdempotencyKey
from api.runs.schemas import Run
from api.schedules import by_hand, service
from api.schedules.schemas import (
    Backfill,
    NewSchedule,
    PatchSchedule,
    PreviewSchedule,
    ScheduleSummary,
    ScheduleView,
    Times,
    Why,
)

router = slice_router("schedules")
SCHEDULE = "/schedules/{schedule_id:uuid}"
"""No name beside it, such as `preview`, is taken for an id."""
BODY = ("malformed_json", "request_invalid", "unsupported_media_type")
START = ("workflow_disabled", "not_promoted", "input_invalid", "too_large")
NO_REASON = Why()


@router.get("/schedules", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_schedules(
    caller: CanReadWorkflows,
    held: Held,
    page: Paging,
    workflow: Annotated[str | None, Query(max_length=100, description="Only those of this workflow.")] = None,
) -> Page[ScheduleSummary]:
    """Schedules, the newest first, with their next times."""
    return await service.list_schedules(held, workflow, page, caller)


@router.post("/schedules", status_code=201, responses=problems(*BODY, *START))
async def create_schedule(
    order: NewSchedule, caller: CanWriteTriggers, held: Held, response: Response, schedule_id: NewId
) -> ScheduleView:
    """Have a workflow start by the clock. Its next run has to be possible as things are."""
    await service.create_schedule(held, schedule_id, order, caller)
    response.headers["Location"] = f"/api/v1/schedules/{schedule_id}"
    return await answer(held, schedule_id, caller, response)


@router.post("/schedules/preview", responses=problems(*BODY))
async def preview_schedule(order: PreviewSchedule, caller: CanReadWorkflows) -> Times:  # noqa: ARG001 - the permission
    """The next five times, without storing anything."""
    return service.preview(order)


@router.get(SCHEDULE)
async def get_schedule(schedule_id: UUID, caller: CanReadWorkflows, held: Held, response: Response) -> ScheduleView:
    """A schedule with its next times and its newest runs. Its ETag is what `If-Match` wants."""
    return await answer(held, schedule_id, caller, response)


@router.patch(SCHEDULE, responses=problems(*BODY, *START, "precondition_required", "stale"))
async def patch_schedule(
    schedule_id: UUID,
    patch: PatchSchedule,
    caller: CanWriteTriggers,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> ScheduleView:
    """Change a schedule (RFC 7396). What it started goes on."""
    await service.change_schedule(held, schedule_id, patch, caller, if_match)
    return await answer(held, schedule_id, caller, response)


@router.delete(SCHEDULE, status_code=204, responses=problems("stale"))
async def delete_schedule(schedule_id: UUID, caller: CanWriteTriggers, held: Held, if_match: IfMatch = None) -> None:
    """Delete a schedule. Its runs stay, and those under way go on."""
    await service.delete_schedule(held, schedule_id, caller, if_match)


@router.post(f"{SCHEDULE}/pause", responses=problems(*BODY))
async def pause_schedule(
    schedule_id: UUID,
    caller: CanWriteTriggers,
    held: Held,
    response: Response,
    why: Annotated[Why, Body()] = NO_REASON,
) -> ScheduleView:
    """Start nothing until it is resumed. The times in between are not made up for."""
    await service.pause_schedule(held, schedule_id, caller, why.note, paused=True)
    return await answer(held, schedule_id, caller, response)


@router.post(f"{SCHEDULE}/resume", responses=problems(*BODY))
async def resume_schedule(
    schedule_id: UUID,
    caller: CanWriteTriggers,
    held: Held,
    response: Response,
    why: Annotated[Why, Body()] = NO_REASON,
) -> ScheduleView:
    """Let a paused schedule go on from its next time."""
    await service.pause_schedule(held, schedule_id, caller, why.note, paused=False)
    return await answer(held, schedule_id, caller, response)


@router.post(f"{SCHEDULE}/trigger", status_code=202, responses=problems(*START, "concurrency_full", "request_invalid"))
@own_keys
async def trigger_schedule(
    schedule_id: UUID, caller: CanStartRuns, held: Held, response: Response, idempotency_key: IdempotencyKey = None
) -> Run:
    """Start a run now, also of a paused schedule. Its overlap policy does not count it."""
    started = await by_hand.trigger(held, schedule_id, caller, idempotency_key)
    response.headers["Location"] = f"/api/v1/workflow_runs/{started.run_id}"
    if started.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return await read_run(held, started.run_id, caller)


@router.post(f"{SCHEDULE}/backfill", status_code=202, responses=problems(*BODY))
async def backfill_schedule(
    schedule_id: UUID, order: Backfill, caller: CanWriteTriggers, held: Held, response: Response, operation_id: NewId
) -> Operation:
    """Start the runs of times that have passed, one after another, as an operation. A time that has its run keeps it."""
    await by_hand.backfill(held, operation_id, schedule_id, order, caller)
    response.headers["Location"] = f"/api/v1/operations/{operation_id}"
    return await read_operation(held, operation_id, caller)


async def answer(held: Held, schedule_id: UUID, caller: CanReadWorkflows, response: Response) -> ScheduleView:
    """The schedule as it is now."""
    view, etag = await service.read_schedule(held, schedule_id, caller)
    response.headers["ETag"] = quoted(etag)
    return view
