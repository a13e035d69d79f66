"""The times of a schedule, as Temporal finds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from plait.schedules.clock import LAST_YEAR, Search
from plait.schedules.cron import Calendar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so many seconds since 1970, and `offset` seconds after that."""

    every: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """When a schedule is due: by calendars or by an interval, from `start_at` to `end_at`, both included.

    Jitter is not in it: each start comes up to that much later than its time, and is known by its time.
    """

    by: tuple[Calendar, ...] | Interval
    time_zone: str = "UTC"
    start_at: datetime | None = None
    end_at: datetime | None = None


def times_after(timing: Timing, after: datetime) -> Iterator[datetime]:
    """The times later than `after`, in order, in UTC, as long as there are any."""
    if timing.start_at is not None:
        after = max(after, timing.start_at - SECOND)
    by = timing.by
    for found in interval_times(by, after) if isinstance(by, Interval) else calendar_times(by, timing.time_zone, after):
        if timing.end_at is not None and found > timing.end_at:
            return
        yield found


def next_times(timing: Timing, after: datetime, count: int) -> list[datetime]:
    """The next so many times."""
    return list(islice(times_after(timing, after), count))


def times_between(timing: Timing, start: datetime, end: datetime, most: int) -> list[datetime]:
    """The times from `start` to `end`, both included, and no more than so many."""
    found: list[datetime] = []
    for moment in times_after(timing, start - SECOND):
        if moment > end or len(found) == most:
            break
        found.append(moment)
    return found


def interval_times(interval: Interval, after: datetime) -> Iterator[datetime]:
    """The times of an interval; whole seconds."""
    since = (after - EPOCH) // SECOND
    passed = ((since - interval.offset) // interval.every + 1) * interval.every + interval.offset
    while (found := EPOCH + timedelta(seconds=passed)).year <= LAST_YEAR:
        yield found
        passed += interval.every


def calendar_times(calendars: tuple[Calendar, ...], time_zone: str, after: datetime) -> Iterator[datetime]:
    """The times of calendars, each once."""
    zone = ZoneInfo(time_zone)
    while found := [each for calendar in calendars if (each := Search(calendar, zone).next(after))]:
        after = min(found)
        yield after
