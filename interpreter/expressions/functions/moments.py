"""Time in expressions: points in time and durations are both numbers of seconds."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from interpreter.expressions.fuel import Fuel
from interpreter.expressions.functions.registry import define, numeric, text
from interpreter.expressions.operations import (
    Refused,
    number,
)
from interpreter.values import Json

DURATION = re.compile(r"(-?)((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)", re.ASCII)
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
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


def text_of_moment(seconds: float) -> str:
    """RFC 3339 in UTC, with a fraction only where there is one."""
    try:
        moment = EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise Refused("this number of seconds is no time between the years 1 and 9999") from None
    return moment.isoformat().replace("+00:00", "Z")


@define("timestamp(text)", "a number")
def timestamp(_: Fuel, value: Any) -> Json:
    return number(seconds_of_moment(text(value)))


@define("duration(text)", "a number")
def duration(_: Fuel, value: Any) -> Json:
    return number(seconds_of_duration(text(value)))


@define("format_timestamp(seconds)", "text")
def format_timestamp(_: Fuel, value: Any) -> Json:
    return text_of_moment(numeric(value))
