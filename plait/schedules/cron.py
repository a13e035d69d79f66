"""Cron expressions of five fields, as `crontab` reads them."""

import re
from dataclasses import dataclass

from plait.errors import Invalid

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
PART = re.compile(r"(?P<first>\*|[a-z0-9]+)(?:-(?P<last>[a-z0-9]+))?(?:/(?P<step>\d{1,4}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Field:
    """What one field may say. Names stand for numbers from `first` on."""

    called: str
    first: int
    last: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of week", 0, 7, WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Minutes that match in each field, in order. Weekdays count from Sunday, which is 0."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]


def parse_cron(text: str) -> tuple[Calendar, ...]:
    """The calendars of a cron expression: a minute is due that one of them has.

    There are two where both the day of the month and the day of the week are restricted, because cron then
    takes either. Raises Invalid with what is wrong with which field.
    """
    words = NICKNAMES.get(text.strip().lower(), text).lower().split()
    if len(words) != len(FIELDS):
        message = f"A cron expression has 5 fields (minute, hour, day of month, month, day of week), not {len(words)}."
        raise Invalid(message)
    minutes, hours, days, months, weekdays = (read_field(*each) for each in zip(words, FIELDS, strict=True))
    weekdays = tuple(sorted({day % 7 for day in weekdays}))
    if words[2].startswith("*") or words[4].startswith("*"):
        return (Calendar(minutes, hours, days, months, weekdays),)
    return (
        Calendar(minutes, hours, days, months, tuple(range(7))),
        Calendar(minutes, hours, tuple(range(1, 32)), months, weekdays),
    )


def read_field(word: str, field: Field) -> tuple[int, ...]:
    """The numbers that a field stands for: a list of `*`, numbers, names and ranges, each with a step or without."""
    found: set[int] = set()
    for part in word.split(","):
        match = PART.fullmatch(part)
        if match is None or (match["first"] == "*" and match["last"]):
            raise wrong(field, part, "use *, a number, a list, a range or a step: */5, 1-5, 1,15")
        if match["first"] == "*":
            first, last = field.first, field.last
        else:
            first = number_of(match["first"], field)
            open_end = field.last if match["step"] else first
            last = number_of(match["last"], field) if match["last"] else open_end
        step = int(match["step"] or 1)
        if last < first:
            raise wrong(field, part, "a range begins with the smaller value")
        if step < 1:
            raise wrong(field, part, "a step is at least 1")
        found.update(range(first, last + 1, step))
    return tuple(sorted(found))


def number_of(word: str, field: Field) -> int:
    """A number or a name of a field."""
    if word[:3] in field.names and word.isalpha():
        return field.names.index(word[:3]) + field.first
    if not word.isdecimal() or not field.first <= int(word) <= field.last:
        named = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise wrong(field, word, f"it is {field.first} to {field.last}{named}")
    return int(word)


def wrong(field: Field, part: str, mend: str) -> Invalid:
    """What is wrong, and the mend."""
    return Invalid(f"The {field.called} {part[:40]!r} of the cron expression cannot be read: {mend}.")
