"""The times of schedules, also where clocks are put forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.schedules.cron import parse_cron
from plait.schedules.times import EPOCH, Interval, Timing, next_times, times_between

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(timing: Timing, after: str, count: int) -> list[str]:
    return [f"{moment:%Y-%m-%dT%H:%M}" for moment in next_times(timing, at(after), count)]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "times"),
    [
        ("0 9 * * mon-fri", "UTC", "2026-11-20T09:00", ["2026-11-23T09:00", "2026-11-24T09:00"]),
        ("0 9 * * *", BERLIN, "2026-03-28T00:00", ["2026-03-28T08:00", "2026-03-29T07:00"]),
        # Put forward at 2:00: 2:30 is not shown that day.
        ("30 2 * * *", BERLIN, "2026-03-28T00:00", ["2026-03-28T01:30", "2026-03-30T00:30"]),
        ("30 2 * * *", NEW_YORK, "2026-03-07T00:00", ["2026-03-07T07:30", "2026-03-09T06:30"]),
        ("30 * * * *", NEW_YORK, "2026-03-08T06:00", ["2026-03-08T06:30", "2026-03-08T07:30"]),
        # Put back at 3:00 or 2:00: 2:30, there 1:30, is shown twice, and Temporal takes the second or both.
        ("30 2 * * *", BERLIN, "2026-10-24T12:00", ["2026-10-25T01:30", "2026-10-26T01:30"]),
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00", ["2026-11-01T05:30", "2026-11-01T06:30", "2026-11-02T06:30"]),
        ("0 0 29 feb *", "UTC", "2026-01-01T00:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("0 0 13 * fri", "UTC", "2026-11-12T00:00", ["2026-11-13T00:00", "2026-11-20T00:00", "2026-11-27T00:00"]),
    ],
)
def test_a_calendar_is_due_when_a_clock_there_shows_it(cron: str, zone: str, after: str, times: list[str]) -> None:
    assert shown(Timing(parse_cron(cron), zone), after, len(times)) == times


def test_an_interval_counts_from_1970() -> None:
    timing = Timing(Interval(7200, 300))
    assert shown(timing, "2026-11-21T10:05", 2) == ["2026-11-21T12:05", "2026-11-21T14:05"]


def test_it_is_due_from_its_start_to_its_end() -> None:
    timing = Timing(parse_cron("0 * * * *"), start_at=at("2026-11-21T10:00"), end_at=at("2026-11-21T12:00"))
    assert shown(timing, "2026-01-01T00:00", 9) == ["2026-11-21T10:00", "2026-11-21T11:00", "2026-11-21T12:00"]


def test_what_is_never_due_has_no_times() -> None:
    assert next_times(Timing(parse_cron("0 0 30 feb *")), at("2026-01-01T00:00"), 1) == []


def test_the_times_between_two_are_no_more_than_asked_for() -> None:
    timing = Timing(parse_cron("0 * * * *"))
    start, end = at("2026-11-21T00:00"), at("2026-11-21T05:00")
    assert len(times_between(timing, start, end, 100)) == 6
    assert len(times_between(timing, start, end, 3)) == 3


@given(
    st.sampled_from([BERLIN, NEW_YORK, "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.integers(0, 59),
    st.integers(0, 23),
)
def test_each_time_is_later_and_shows_what_was_asked_for(zone: str, after: datetime, minute: int, hour: int) -> None:
    times = next_times(Timing(parse_cron(f"{minute} {hour} * * *"), zone), after.replace(tzinfo=UTC), 4)
    assert times == sorted(set(times))
    assert times[0] > after.replace(tzinfo=UTC)
    for moment in times:
        local = moment.astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) == (hour, minute)
    assert times[-1] - times[0] <= timedelta(days=5)


@given(st.integers(1, 100_000), st.integers(0, 100_000), st.integers(0, 2**31))
def test_an_interval_s_times_are_its_length_apart(every: int, offset: int, since: int) -> None:
    offset %= every
    first, second = next_times(Timing(Interval(every, offset)), EPOCH + timedelta(seconds=since), 2)
    assert (second - first).total_seconds() == every
    assert 0 < (first - EPOCH).total_seconds() - since <= every
