"""The next moment at which a clock of a time zone shows what a calendar asks for.

Temporal decides when a run starts, so this goes the way that Temporal goes, also where a clock is put back: an
hour that is repeated has its times twice west of Greenwich and mostly once east of it. An hour that is
skipped has none.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from plait.schedules.cron import Calendar

LAST_YEAR = 2100
"""As far as Temporal looks."""
HOUR = timedelta(hours=1)
NONE = timedelta()


class Search:
    """A walk from a moment on, from the year down to the minute. `repeated` is an hour within the second showing
    of an hour that a clock shows twice.
    """

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self._calendar, self._zone = calendar, zone
        self._year = self._month = self._day = self._hour = self._minute = 0
        self._repeated = NONE

    def next(self, after: datetime) -> datetime | None:
        """The earliest match later than `after`; None up to the last year."""
        here = after.astimezone(self._zone)
        self._year, self._month, self._day = here.year, here.month, here.day
        self._hour, self._minute = here.hour, here.minute + 1
        self._repeated = HOUR if (after - HOUR).astimezone(self._zone).hour == here.hour else NONE
        while True:
            self._carry()
            if self._year > LAST_YEAR:
                return None
            if self._matches():
                found = self._moment(self._hour, self._minute)
                if found.astimezone(self._zone).hour == self._hour:
                    return found + self._repeated
                # No clock shows this: it was put forward over it.
                self._hour, self._minute = self._hour + 1, 0

    def _carry(self) -> None:
        """Bring minutes, hours, days and months back within their bounds."""
        if self._minute >= 60:
            self._end_hour()
        if self._hour >= 24:
            self._day, self._hour = self._day + 1, 0
        if self._month <= 12 and self._day > monthrange(self._year, self._month)[1]:
            self._month, self._day = self._month + 1, 1
        if self._month > 12:
            self._year, self._month = self._year + 1, 1

    def _end_hour(self) -> None:
        """Go on to the next hour, or to the second showing of this one."""
        passed = self._moment(self._hour + 1) - self._moment(self._hour)
        if self._repeated == NONE and passed > HOUR:
            self._repeated = HOUR
        else:
            self._hour, self._repeated = self._hour + 1, NONE
        self._minute = 0

    def _matches(self) -> bool:
        """Whether the calendar has this minute; if not, go on past what it has not."""
        calendar = self._calendar
        if self._month not in calendar.months:
            self._month, self._day, self._hour, self._minute, self._repeated = self._month + 1, 1, 0, 0, NONE
        elif self._day not in calendar.days or self._weekday() not in calendar.weekdays:
            self._day, self._hour, self._minute, self._repeated = self._day + 1, 0, 0, NONE
        elif self._hour not in calendar.hours:
            self._hour, self._minute, self._repeated = self._hour + 1, 0, NONE
        elif self._minute not in calendar.minutes:
            self._minute += 1
        else:
            return True
        return False

    def _weekday(self) -> int:
        return self._moment(self._hour, self._minute).astimezone(self._zone).isoweekday() % 7

    def _moment(self, hour: int, minute: int = 0) -> datetime:
        """When a clock shows this. Of several moments, and of none, it is the one that Go takes."""
        shown = datetime(self._year, self._month, self._day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
        moment = shown - self._offset(shown)
        return shown - self._offset(moment)

    def _offset(self, moment: datetime) -> timedelta:
        return moment.astimezone(self._zone).utcoffset() or NONE
