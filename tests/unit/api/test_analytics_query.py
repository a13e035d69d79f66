"""Which time a question of analytics is about."""

from datetime import UTC, datetime, timedelta

import pytest

from api.analytics.asked import asked
from api.http.errors import Refusal
from plait.clock import now

WEDNESDAY = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
TODAY = now().replace(minute=30)
DAY = timedelta(days=1)


def test_a_short_time_is_widened_to_whole_hours_and_a_long_one_to_whole_days() -> None:
    short = asked(TODAY - 2 * DAY, TODAY, None, None, "dev")
    assert (short.span, short.start, short.end) == (
        "hour", (TODAY - 2 * DAY).replace(minute=0, second=0, microsecond=0),
        (TODAY + timedelta(minutes=30)).replace(minute=0, second=0, microsecond=0),
    )  # fmt: skip
    long = asked(WEDNESDAY - 20 * DAY, WEDNESDAY, None, None, "dev")
    assert (long.span, long.start, long.end) == (
        "day", datetime(2026, 2, 12, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC),
    )  # fmt: skip


def test_an_end_on_the_boundary_stays_there() -> None:
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    assert asked(midnight - 20 * DAY, midnight, "day", None, "*").end == midnight


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Refusal, match="must lie before"):
        asked(WEDNESDAY, WEDNESDAY - DAY, None, None, "dev")


def test_more_intervals_than_anyone_draws_are_refused() -> None:
    with pytest.raises(Refusal, match="1,000 intervals"):
        asked(WEDNESDAY - 1001 * DAY, WEDNESDAY, "day", None, "dev")


def test_hours_that_are_not_kept_any_more_are_refused() -> None:
    with pytest.raises(Refusal, match="Hours are known for 31 days"):
        asked(TODAY - 40 * DAY, TODAY - 39 * DAY, "hour", None, "dev")


def test_a_short_time_long_ago_is_read_by_days() -> None:
    assert asked(TODAY - 40 * DAY, TODAY - 39 * DAY, None, None, "dev").span == "day"
