"""Runs of a schedule that somebody asks for: one now, or those of times that have passed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.operations.work import Work
from api.resources import Resources
from api.runs.start import Started, start_wanted
from api.schedules.schemas import MOST_TIMES, Backfill
from api.schedules.service import read_row
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now, rfc3339
from plait.errors import Invalid
from plait.schedules.starts import wanted_at, wanted_now
from plait.schedules.temporal import timing_of
from plait.schedules.times import times_between
from plait.store.operations import Item, NewOperation, insert_operation


async def trigger(held: Resources, schedule: UUID, caller: Caller, idempotency_key: str | None) -> Started:
    """Start a run now, whatever else of the schedule is under way. It is durable once this returns."""
    row = await read_row(held, schedule, caller)
    return await start_wanted(held, wanted_now(row, now(), caller.actor, idempotency_key), "reject", caller)


async def backfill(held: Resources, operation: UUID, schedule: UUID, order: Backfill, caller: Caller) -> None:
    """Have the times between two moments run that have no run yet, as an operation."""
    row = await read_row(held, schedule, caller)
    times = times_between(timing_of(row), order.start_at, min(order.end_at, now()), MOST_TIMES + 1)
    if not 0 < len(times) <= MOST_TIMES:
        found = "no time that has passed" if not times else f"more than {MOST_TIMES} times"
        problem = Problem("no_such_times", f"the schedule has {found} between start_at and end_at", ("end_at",))
        raise Invalid(f"A backfill takes 1 to {MOST_TIMES} times.", problems=[problem])
    new = NewOperation(
        id=operation,
        project=caller.project,
        kind="backfill",
        title=f"backfill of the schedule {row['name']}",
        arguments={"schedule_id": str(schedule)},
        by=caller.actor.json(),
        scopes=sorted(caller.scopes),
        at=now(),
        per_minute=order.per_minute,
    )
    async with held.pool.acquire() as connection, connection.transaction():
        await insert_operation(connection, new, [{"scheduled_at": rfc3339(each)} for each in times])


async def start_time(held: Resources, work: Work, item: Item) -> Any:
    """One time of a backfill. One that has its run keeps that."""
    row = await read_row(held, UUID(work.arguments["schedule_id"]), work.caller)
    wanted = wanted_at(row, datetime.fromisoformat(item.subject["scheduled_at"]))
    started = await start_wanted(held, wanted, "reject", work.caller)
    return {"run_id": str(started.run_id), "existed": started.replayed}
