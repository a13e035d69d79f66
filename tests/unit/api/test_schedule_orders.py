"""What may be said of a schedule."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.schedules.schemas import NewSchedule

NIGHTLY = {"name": "Nightly", "workflow": "greeting", "cron": "30 2 * * *"}


@pytest.mark.parametrize(
    ("said", "field", "message"),
    [
        ({"cron": "* * * *"}, "cron", "5 fields"),
        ({"cron": "61 * * * *"}, "cron", "minute '61'"),
        ({"cron": None}, None, "say either `cron` or `every`"),
        ({"every": "5m"}, None, "say either `cron` or `every`"),
        ({"offset": "5m"}, None, "`offset` belongs to `every`"),
        ({"cron": None, "every": 0}, None, "at least one second"),
        ({"cron": None, "every": "5m", "offset": "6m"}, None, "`offset` is less"),
        ({"cron": None, "every": "1500ms"}, "every", "whole number of seconds"),
        ({"cron": None, "every": "400d"}, "every", "within 366 days"),
        ({"cron": None, "every": "soon"}, "every", "not a duration"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "not a time zone"),
        ({"start_at": "2026-13-01T00:00:00Z"}, "start_at", "month"),
        ({"start_at": "2026-11-01T00:00:00"}, "start_at", "RFC 3339"),
        ({"overlap": "queue"}, "overlap", "'skip'"),
        ({"catchup_window": 5}, "catchup_window", "greater than or equal to 10"),
        ({"paused": "yes"}, "paused", "boolean"),
        ({"colour": "red"}, "colour", "not permitted"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(said: dict[str, Any], field: str | None, message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        NewSchedule.model_validate(NIGHTLY | said)
    (error,) = raised.value.errors()
    assert error["loc"][:1] == ((field,) if field else ())
    assert message in error["msg"]


def test_lengths_are_numbers_of_seconds_or_text_with_a_unit() -> None:
    order = NewSchedule.model_validate(NIGHTLY | {"cron": None, "every": "90m", "offset": 30, "jitter": "10s"})
    assert (order.every, order.offset, order.jitter) == (5400, 30, 10)
