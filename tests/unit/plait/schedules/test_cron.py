"""Cron expressions mean what `crontab` makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.errors import Invalid
from plait.schedules.cron import FIELDS, NICKNAMES, parse_cron, read_field


@pytest.mark.parametrize(
    ("place", "word", "numbers"),
    [
        (0, "*/15", (0, 15, 30, 45)),
        (0, "5", (5,)),
        (0, "5/20", (5, 25, 45)),
        (1, "9-17/4", (9, 13, 17)),
        (1, "1,3,3,2", (1, 2, 3)),
        (2, "28-31", (28, 29, 30, 31)),
        (3, "jan-mar,dec", (1, 2, 3, 12)),
        (3, "september", (9,)),
        (4, "mon-fri", (1, 2, 3, 4, 5)),
        (4, "5-7", (5, 6, 7)),
    ],
)
def test_a_field_is_a_list_of_numbers_names_ranges_and_steps(place: int, word: str, numbers: tuple[int, ...]) -> None:
    assert read_field(word, FIELDS[place]) == numbers


def test_sunday_is_0_and_7() -> None:
    assert parse_cron("0 0 * * 7") == parse_cron("0 0 * * sun") == parse_cron("0 0 * * 0")
    assert parse_cron("0 0 * * 5-7")[0].weekdays == (0, 5, 6)


def test_a_day_of_the_month_and_a_day_of_the_week_are_either() -> None:
    by_date, by_weekday = parse_cron("0 9 1 * mon")
    assert (by_date.days, len(by_date.weekdays)) == ((1,), 7)
    assert (len(by_weekday.days), by_weekday.weekdays) == (31, (1,))
    assert len(parse_cron("0 9 */2 * mon")) == 1


@pytest.mark.parametrize("nickname", sorted(NICKNAMES))
def test_nicknames_stand_for_what_cron_has_for_them(nickname: str) -> None:
    assert parse_cron(nickname) == parse_cron(NICKNAMES[nickname])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has 5 fields"),
        ("* * * * * *", "not 6"),
        ("60 * * * *", "minute '60'"),
        ("* 24 * * *", "it is 0 to 23"),
        ("* * 0 * *", "it is 1 to 31"),
        ("* * * foo *", "1 to 12 or jan to dec"),
        ("* * * * 8", "0 to 7 or sun to sat"),
        ("* * * * mon2", "day of week 'mon2'"),
        ("*/0 * * * *", "a step is at least 1"),
        ("30-10 * * * *", "begins with the smaller"),
        ("*-5 * * * *", "cannot be read"),
        ("1,,2 * * * *", "cannot be read"),
        ("\u0661 * * * *", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_mend(text: str, message: str) -> None:
    with pytest.raises(Invalid) as raised:
        parse_cron(text)
    assert message in str(raised.value)


@given(st.text(alphabet="*0123456789,-/ monjan@daily", max_size=30))
def test_any_text_is_calendars_or_refused(text: str) -> None:
    try:
        calendars = parse_cron(text)
    except Invalid:
        return
    for calendar in calendars:
        assert calendar.minutes
        assert all(0 <= minute <= 59 for minute in calendar.minutes)
        assert all(0 <= day <= 6 for day in calendar.weekdays)
