"""Schedules as they are shown. When they are due next is computed here, so that a read needs no Temporal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.http.models import ActorView, Reference
from api.schedules.schemas import Refusal, ScheduledRun, ScheduleSummary, ScheduleView
from plait.schedules.temporal import timing_of
from plait.schedules.times import next_times
from plait.store.schedules import time_of

NEXT = 5
AS_THEY_ARE = (
    "id", "name", "time_zone", "start_at", "end_at", "jitter", "overlap", "catchup_window", "environment", "version",
    "tags", "paused", "note", "created_at", "updated_at",
)  # fmt: skip


def summary_of(row: Any, at: datetime) -> ScheduleSummary:
    """A schedule as lists show it."""
    return ScheduleSummary(**summary_fields(row, at))


def schedule_of(row: Any, last: Sequence[Any], at: datetime) -> ScheduleView:
    """A schedule with its newest runs."""
    return ScheduleView(
        **summary_fields(row, at),
        input=row["input"],
        next_runs=next_of(row, at, NEXT),
        last_runs=[last_run(each) for each in last],
    )


def summary_fields(row: Any, at: datetime) -> dict[str, Any]:
    """What a schedule and its summary have in common."""
    timing = row["timing"]
    return {name: row[name] for name in AS_THEY_ARE} | {
        "workflow": Reference(id=row["workflow_id"], slug=row["slug"], name=row["workflow_name"]),
        "cron": timing.get("cron"),
        "every": timing.get("every"),
        "offset": timing.get("offset", 0),
        "held": not row["workflow_enabled"],
        "refusal": Refusal(**row["refusal"]) if row["refusal"] else None,
        "next_run": next(iter(next_of(row, at, 1)), None),
        "created_by": ActorView(**row["created_by"]),
    }


def next_of(row: Any, at: datetime, count: int) -> list[datetime]:
    """Its next times, unless nothing is started at them."""
    waits = row["paused"] or not row["workflow_enabled"]
    return [] if waits else next_times(timing_of(row), at, count)


def last_run(row: Any) -> ScheduledRun:
    """One of its runs."""
    return ScheduledRun(
        run_id=row["id"],
        scheduled_at=time_of(row["idempotency_key"]),
        status=row["status"],
        created_at=row["created_at"],
        completed_at=row["completed_at"],
    )
