"""The times that Plait tells are those at which Temporal starts, also where clocks are put forward and back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import Client

from interpreter.shell.wire.schedules import schedule_id
from plait.schedules.temporal import has_schedule, tell_schedule, timing_of
from plait.schedules.times import times_between

ROW = {
    "project": "default", "workflow_name": "Report", "time_zone": "UTC", "start_at": None, "end_at": None, "jitter": 0,
    "overlap": "skip", "catchup_window": 60, "paused": True, "note": None, "revision": 1, "deleted_at": None,
}  # fmt: skip


def stamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found


async def times_in_temporal(client: Client, row: dict[str, Any], start: datetime, end: datetime) -> list[datetime]:
    answer = await client.workflow_service.list_schedule_matching_times(
        ListScheduleMatchingTimesRequest(
            namespace=client.namespace,
            schedule_id=schedule_id(row["id"]),
            start_time=stamp(start),
            end_time=stamp(end),
        )
    )
    return [each.ToDatetime(UTC) for each in answer.start_time]


@pytest.mark.parametrize(
    ("timing", "zone", "day", "days"),
    [
        ({"cron": "*/20 * * * *"}, "Europe/Berlin", "2026-03-28", 3),
        ({"cron": "*/20 * * * *"}, "Europe/Berlin", "2026-10-24", 3),
        ({"cron": "0,30 2 * * *"}, "Europe/Berlin", "2026-10-24", 3),
        ({"cron": "30 1,2 * * *"}, "America/New_York", "2026-03-07", 3),
        ({"cron": "30 1,2 * * *"}, "America/New_York", "2026-10-31", 3),
        ({"cron": "0 * * * *"}, "Africa/Cairo", "2026-10-28", 4),
        ({"cron": "0 0 * * fri"}, "Africa/Cairo", "2026-04-20", 20),
        ({"cron": "*/20 * * * *"}, "Australia/Lord_Howe", "2026-04-03", 3),
        ({"cron": "*/20 * * * *"}, "Australia/Lord_Howe", "2026-10-02", 3),
        ({"cron": "0 0,23 * * sun"}, "America/Santiago", "2026-09-03", 20),
        ({"cron": "0 9 1,15 jan-jun mon"}, "Asia/Kolkata", "2026-01-01", 120),
        ({"cron": "0 12 29 feb *"}, "Pacific/Auckland", "2028-01-01", 100),
        ({"every": 5400, "offset": 60}, "UTC", "2026-03-28", 3),
    ],
)
async def test_the_times_are_temporal_s(
    temporal: Client, timing: dict[str, Any], zone: str, day: str, days: int
) -> None:
    row = ROW | {"id": str(uuid4()), "timing": timing, "time_zone": zone}
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    end = start + timedelta(days=days)
    await tell_schedule(temporal, row, open_mode=False)
    try:
        found = await times_in_temporal(temporal, row, start, end)
        assert found
        assert times_between(timing_of(row), start + timedelta(seconds=1), end, 1_000) == found
        assert await has_schedule(temporal, row, open_mode=False)
        assert not await has_schedule(temporal, row | {"revision": 2}, open_mode=False)
    finally:
        await tell_schedule(temporal, row | {"deleted_at": end}, open_mode=False)
    assert not await has_schedule(temporal, row, open_mode=False)
