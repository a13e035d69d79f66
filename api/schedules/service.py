"""Schedules: the row is written first and is the truth; Temporal hears of it after, and again until it has it."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from api.http.errors import problems_in
from api.http.etag import saw, stale
from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.resources import Resources
from api.schedules.schemas import NewSchedule, PatchSchedule, PreviewSchedule, ScheduleSummary, ScheduleView, Times
from api.schedules.views import NEXT, schedule_of, summary_of
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now
from plait.errors import Invalid, NotFound
from plait.schedules.starts import NAMES, wanted_at
from plait.schedules.temporal import read_timing
from plait.schedules.times import Timing, next_times
from plait.starts import check_start
from plait.store import schedules as store
from plait.values.mapping import problems_of_value

LAST_RUNS = 10


def preview(order: PreviewSchedule) -> Times:
    """The next times, as Temporal will have them but for the jitter."""
    return Times(times=next_times(timing_of(order), now(), NEXT))


async def create_schedule(held: Resources, schedule: UUID, order: NewSchedule, caller: Caller) -> None:
    """Write a schedule whose next run could start as things are, and tell Temporal."""
    said = settings_of(order)
    workflow = await check(held, schedule, order, caller)
    await store.insert_schedule(held.pool, schedule, caller.project, workflow, said, caller.actor.json(), now())
    held.deliveries.schedule(held.pool, schedule)


async def change_schedule(
    held: Resources, schedule: UUID, patch: PatchSchedule, caller: Caller, if_match: str | None
) -> None:
    """Change what the patch names, if the schedule is as the caller saw it."""
    row = await read_row(held, schedule, caller)
    await require(held, row, caller, if_match)
    order = merged(row, patch)
    await check(held, schedule, order, caller)
    changed = await store.update_schedule(
        held.pool, caller.project, schedule, row["revision"], settings_of(order), now()
    )
    if changed is None:
        raise stale(*await read_schedule(held, schedule, caller))
    held.deliveries.schedule(held.pool, schedule)


async def pause_schedule(held: Resources, schedule: UUID, caller: Caller, note: str | None, *, paused: bool) -> None:
    """Pause it or let it go on. What is so already stays as it is."""
    if await store.pause_schedule(held.pool, caller.project, schedule, note, now(), paused=paused):
        held.deliveries.schedule(held.pool, schedule)


async def delete_schedule(held: Resources, schedule: UUID, caller: Caller, if_match: str | None) -> None:
    """Delete it. Its runs stay, and those under way go on."""
    row = await read_row(held, schedule, caller)
    await require(held, row, caller, if_match or "*")
    await store.delete_schedule(held.pool, caller.project, schedule, None, now())
    held.deliveries.schedule(held.pool, schedule)


async def read_schedule(held: Resources, schedule: UUID, caller: Caller) -> tuple[ScheduleView, str]:
    """A schedule with its newest runs, and its ETag."""
    row = await read_row(held, schedule, caller)
    last = await store.list_last_runs(held.pool, caller.project, [schedule], LAST_RUNS)
    return schedule_of(row, last, now()), str(row["revision"])


async def list_schedules(
    held: Resources, workflow: str | None, paging: PageOrder, caller: Caller
) -> Page[ScheduleSummary]:
    """A page of schedules, the newest first."""
    place = paging.after([workflow], by_age)
    rows = await store.list_schedules(held.pool, caller.project, workflow, place, paging.limit + 1)
    counted = await store.count_schedules(held.pool, caller.project, workflow) if paging.total else None
    kept, cursor = paging.cut(rows, [workflow], lambda row: (row["created_at"], row["id"]))
    return Page(items=[summary_of(row, now()) for row in kept], next_cursor=cursor, **paging.totals(counted))


async def read_row(held: Resources, schedule: UUID, caller: Caller) -> Any:
    """The schedule's row, or that there is none."""
    row = await store.read_schedule(held.pool, caller.project, schedule)
    if row is None:
        raise NotFound("There is no such schedule.")
    return row


async def require(held: Resources, row: Any, caller: Caller, if_match: str | None) -> None:
    """Refuse an edit of what the caller has not seen."""
    if not saw(if_match, str(row["revision"])):
        raise stale(*await read_schedule(held, row["id"], caller))


async def check(held: Resources, schedule: UUID, order: NewSchedule, caller: Caller) -> UUID:
    """The workflow's id, if the run of the next time could start as things are."""
    if problems := problems_of_value(order.input, NAMES, ("input",)):
        raise Invalid("The input has templates that cannot be read.", problems=problems)
    following = next_times(timing_of(order), now(), 1)
    if not following:
        problem = Problem("never_due", "there is no such time from now on", ("end_at",) if order.end_at else ("cron",))
        raise Invalid("This schedule is never due.", problems=[problem])
    row = {
        "id": schedule,
        "project": caller.project,
        "workflow_id": order.workflow,
        **{name: getattr(order, name) for name in ("name", "input", "environment", "version", "tags")},
    }
    return (await check_start(held, wanted_at(row, following[0]))).workflow_id


def merged(row: Any, patch: PatchSchedule) -> NewSchedule:
    """The schedule as it would be after the patch."""
    fields = [name for name in NewSchedule.model_fields if name not in ("workflow", "cron", "every", "offset")]
    said = patch.model_dump(exclude_unset=True)
    timing = {} if {"cron", "every"} & said.keys() else row["timing"]
    changed = {name: value for name, value in said.items() if value is not None}
    kept = {name: row[name] for name in fields if name not in said and row[name] is not None}
    whole = {**kept, **timing, **changed, "workflow": str(row["workflow_id"])}
    try:
        return NewSchedule.model_validate(whole)
    except ValidationError as error:
        raise Invalid("The schedule cannot be changed so.", problems=problems_in(whole, error)) from None


def timing_of(order: PreviewSchedule | NewSchedule) -> Timing:
    """When it is due."""
    return Timing(read_timing(timing_said(order)), order.time_zone, order.start_at, order.end_at)


def timing_said(order: PreviewSchedule | NewSchedule) -> dict[str, Any]:
    """`{cron}` or `{every, offset}`, as rows keep it."""
    return {"cron": order.cron} if order.cron is not None else {"every": order.every, "offset": order.offset}


def settings_of(order: NewSchedule) -> store.Settings:
    """What the row keeps."""
    return store.Settings(
        timing=timing_said(order),
        **order.model_dump(exclude={"workflow", "cron", "every", "offset"}),
    )
