"""A schedule as Temporal has it: made from its row, compared with it, and made again where it was lost."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
)
from temporalio.service import RPCError, RPCStatusCode

from interpreter.shell.wire import TASK_QUEUE
from interpreter.shell.wire.schedules import SCHEDULE, ScheduleInput, schedule_id
from plait.delivery import PATIENCE, unless_gone
from plait.schedules.cron import Calendar, parse_cron
from plait.schedules.times import Interval, Timing

OVERLAPS = {
    "skip": ScheduleOverlapPolicy.SKIP,
    "buffer_one": ScheduleOverlapPolicy.BUFFER_ONE,
    "buffer_all": ScheduleOverlapPolicy.BUFFER_ALL,
    "cancel_other": ScheduleOverlapPolicy.CANCEL_OTHER,
    "terminate_other": ScheduleOverlapPolicy.TERMINATE_OTHER,
    "allow_all": ScheduleOverlapPolicy.ALLOW_ALL,
}


async def tell_schedule(client: Client, row: Mapping[str, Any], *, open_mode: bool) -> None:
    """Have Temporal's schedule be as the row is, or not be there if that was deleted. May be told again."""
    handle = client.get_schedule_handle(schedule_id(str(row["id"])))
    if row["deleted_at"] is not None:
        with unless_gone():
            await handle.delete(rpc_timeout=PATIENCE)
        return
    schedule = schedule_of(row, open_mode=open_mode)
    try:
        await client.create_schedule(handle.id, schedule, rpc_timeout=PATIENCE)
    except ScheduleAlreadyRunningError:
        await handle.update(lambda _: ScheduleUpdate(schedule), rpc_timeout=PATIENCE)


async def has_schedule(client: Client, row: Mapping[str, Any], *, open_mode: bool) -> bool:
    """Whether Temporal has the schedule as the row is."""
    try:
        found = await client.get_schedule_handle(schedule_id(str(row["id"]))).describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return False
    action = found.schedule.action
    if not isinstance(action, ScheduleActionStartWorkflow) or found.schedule.state.paused != row["paused"]:
        return False
    (known,) = await client.data_converter.decode(action.args, [ScheduleInput])
    return known == input_of(row, open_mode=open_mode)


def input_of(row: Mapping[str, Any], *, open_mode: bool) -> ScheduleInput:
    """What the workflow of each time starts with."""
    return ScheduleInput(str(row["id"]), row["project"], row["revision"], open_mode)


def schedule_of(row: Mapping[str, Any], *, open_mode: bool) -> Schedule:
    """The row in Temporal's words."""
    name = schedule_id(str(row["id"]))
    return Schedule(
        action=ScheduleActionStartWorkflow(
            SCHEDULE,
            input_of(row, open_mode=open_mode),
            id=name,
            task_queue=TASK_QUEUE,
            static_summary=row["workflow_name"],
        ),
        spec=spec_of(timing_of(row), row["jitter"]),
        policy=SchedulePolicy(
            overlap=OVERLAPS[row["overlap"]], catchup_window=timedelta(seconds=row["catchup_window"])
        ),
        state=ScheduleState(paused=row["paused"], note=row["note"]),
    )


def timing_of(row: Mapping[str, Any]) -> Timing:
    """When the row's schedule is due."""
    return Timing(read_timing(row["timing"]), row["time_zone"], row["start_at"], row["end_at"])


def read_timing(said: Mapping[str, Any]) -> tuple[Calendar, ...] | Interval:
    """`{cron}` or `{every, offset}` in seconds."""
    return parse_cron(said["cron"]) if "cron" in said else Interval(said["every"], said["offset"])


def spec_of(timing: Timing, jitter: int) -> ScheduleSpec:
    """The times in Temporal's words."""
    by = timing.by
    interval = isinstance(by, Interval)
    return ScheduleSpec(
        calendars=[] if interval else [calendar_of(each) for each in by],
        intervals=[ScheduleIntervalSpec(timedelta(seconds=by.every), timedelta(seconds=by.offset))] if interval else [],
        time_zone_name=timing.time_zone,
        start_at=timing.start_at,
        end_at=timing.end_at,
        jitter=timedelta(seconds=jitter),
    )


def calendar_of(calendar: Calendar) -> ScheduleCalendarSpec:
    """One calendar in Temporal's words."""
    return ScheduleCalendarSpec(
        minute=list(ranges_of(calendar.minutes)),
        hour=list(ranges_of(calendar.hours)),
        day_of_month=list(ranges_of(calendar.days)),
        month=list(ranges_of(calendar.months)),
        day_of_week=list(ranges_of(calendar.weekdays)),
    )


def ranges_of(numbers: Sequence[int]) -> Iterator[ScheduleRange]:
    """Sorted numbers as ranges of neighbours."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield ScheduleRange(first, last)
            first = number
        last = number
    yield ScheduleRange(first, last)
