"""Time in expressions: points in time and durations are both numbers of seconds."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from interpreter.expressions.fuel import Fuel
from interpreter.expressions.functions.registry import define, numeric, text
from interpreter.expressions.operations import (
    Refused,
    number,
)
from interpreter.values import Json

UNITS = "ns|us|ms|s|m|h|d"
DURATION = re.compile(rf"(-?)((?:\d+(?:\.\d+)?(?:{UNITS}))+)", re.ASCII)
PART = re.compile(rf"(\d+(?:\.\d+)?)({UNITS})", re.ASCII)
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
OFFSET = re.compile(r"([+-]?)(\d\d):([0-5]\d)", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of_moment(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time, to the microsecond."""
    if not MOMENT.fullmatch(text):
        raise Refused("this text is not a time like 2026-01-31T12:00:00Z")
    try:
        passed = datetime.fromisoformat(text.upper()) - EPOCH
    except ValueError:
        raise Refused("this text is a time that does not exist") from None
    # Whole seconds are exact; total_seconds() would round beyond 2**53 microseconds.
    whole = passed.days * 86400 + passed.seconds
    return whole + passed.microseconds / 1_000_000 if passed.microseconds else whole


def seconds_of_duration(text: str) -> float:
    """Seconds of a duration like 90s, 1h30m or 3d."""
    match = DURATION.fullmatch(text) if len(text) <= 100 else None
    if match is None:
        raise Refused("this text is not a duration like 90s, 1h30m or 3d")
    total = sum(float(amount) * SECONDS[unit] for amount, unit in PART.findall(match[2]))
    return -total if match[1] else total


def moment_of(seconds: float, offset: timedelta = timedelta()) -> datetime:
    """The point in time that lies so many seconds after 1970, as clocks at that offset from UTC show it."""
    try:
        return EPOCH + timedelta(seconds=seconds) + offset
    except OverflowError:
        raise Refused("this number of seconds is no time between the years 1 and 9999") from None


def offset_of(text: str) -> timedelta:
    """An offset from UTC. The names of time zones are not known: what they stand for changes."""
    match = OFFSET.fullmatch("00:00" if text == "UTC" else text)
    if match is None:
        raise Refused("the offset must be UTC or like +02:00; the names of time zones are not known")
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset


@define("timestamp(text)", "a number")
def timestamp(_: Fuel, value: Any) -> Json:
    if isinstance(value, str):
        return number(seconds_of_moment(value))
    moment_of(seconds := numeric(value, "the time"))
    return seconds


@define("duration(text)", "a number")
def duration(_: Fuel, value: Any) -> Json:
    return number(seconds_of_duration(value)) if isinstance(value, str) else numeric(value, "the duration")


@define("format_timestamp(seconds)", "text")
def format_timestamp(_: Fuel, value: Any) -> Json:
    """RFC 3339 in UTC, with a fraction only where there is one."""
    return moment_of(numeric(value)).isoformat().replace("+00:00", "Z")


def _part(read: Callable[[datetime], int]) -> Callable[..., Json]:
    def run(_: Fuel, value: Any, offset: Any = "UTC") -> Json:
        return read(moment_of(numeric(value), offset_of(text(offset, "the offset"))))

    return run


# Months, days of the month and days of the year count from 0, as in CEL; Sunday is 0.
define("getFullYear(time, offset?)", "a number")(_part(lambda moment: moment.year))
define("getMonth(time, offset?)", "a number")(_part(lambda moment: moment.month - 1))
define("getDate(time, offset?)", "a number")(_part(lambda moment: moment.day))
define("getDayOfMonth(time, offset?)", "a number")(_part(lambda moment: moment.day - 1))
define("getDayOfWeek(time, offset?)", "a number")(_part(lambda moment: moment.isoweekday() % 7))
define("getDayOfYear(time, offset?)", "a number")(_part(lambda moment: moment.timetuple().tm_yday - 1))
define("getHours(time, offset?)", "a number")(_part(lambda moment: moment.hour))
define("getMinutes(time, offset?)", "a number")(_part(lambda moment: moment.minute))
define("getSeconds(time, offset?)", "a number")(_part(lambda moment: moment.second))
define("getMilliseconds(time, offset?)", "a number")(_part(lambda moment: moment.microsecond // 1000))
