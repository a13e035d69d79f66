"""What is asked of analytics: which time, in which intervals, of which runs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from api.http.errors import Refusal
from api.http.models import AskedTime
from plait.clock import now
from plait.store.rollups import Interval, Span

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
LENGTHS: dict[Interval, timedelta] = {"hour": HOUR, "day": DAY, "week": WEEK}
HOURS_KEPT = 31 * DAY
"""How far back hours are known; days always are."""
MOST_INTERVALS = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A time whose ends lie between two hours or days (UTC), and what it is narrowed to."""

    start: datetime
    end: datetime
    interval: Interval | None
    span: Span
    workflow: str | None
    environment: str | None


def asked(
    from_: Annotated[AskedTime | None, Query(alias="from", description="From then on; 30 days ago if absent.")] = None,
    to: Annotated[AskedTime | None, Query(description="Up to then; now if absent.")] = None,
    interval: Annotated[Interval | None, Query(description="Also what was in each; weeks begin on Monday.")] = None,
    workflow: Annotated[str | None, Query(max_length=100, description="Id or slug.")] = None,
    environment: Annotated[str, Query(max_length=63, description="`*` is all of them.")] = "dev",
) -> Asked:
    """What the query asks for, widened to whole hours where these are read, else to whole days."""
    end = to or now()
    start = from_ or end - (WEEK if interval == "hour" else 30 * DAY)
    if start >= end:
        raise Refusal("request_invalid", "`from` must lie before `to`.")
    if interval and (end - start) / LENGTHS[interval] > MOST_INTERVALS:
        raise Refusal(
            "request_invalid", f"That is more than {MOST_INTERVALS:,} intervals; ask for a longer `interval`."
        )
    recent = start >= now() - HOURS_KEPT
    if interval == "hour" and not recent:
        raise Refusal("request_invalid", f"Hours are known for {HOURS_KEPT.days} days; ask for `day` or `week`.")
    span: Span = "hour" if interval == "hour" or (interval is None and recent and end - start <= WEEK) else "day"
    length = HOUR if span == "hour" else DAY
    chosen = None if environment == "*" else environment
    return Asked(floored(start, length), ceiled(end, length), interval, span, workflow, chosen)


AnalyticsQuery = Annotated[Asked, Depends(asked)]


def floored(at: datetime, length: timedelta) -> datetime:
    """The whole hour or day at or before a time."""
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    return origin + (at.astimezone(UTC) - origin) // length * length


def ceiled(at: datetime, length: timedelta) -> datetime:
    """The whole hour or day at or behind a time."""
    below = floored(at, length)
    return below if below == at else below + length
