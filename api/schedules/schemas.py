"""The bodies of the slice of schedules."""

from functools import cache
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator

from api.http.models import ActorView, AskedTime, Order, Reference, Time, View
from api.runs.schemas import Environment, Tag
from interpreter.document.model import duration_seconds
from plait.errors import Invalid
from plait.schedules.cron import parse_cron

Overlap = Literal["skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all"]
LONGEST = 366 * 86400
MOST_TIMES = 1_000
"""Of one backfill."""
zones = cache(available_timezones)


def whole_seconds(value: object) -> int:
    """Seconds from a number or a text with a unit: Temporal counts whole ones."""
    seconds = duration_seconds(value)
    if seconds != int(seconds) or seconds > LONGEST:
        raise ValueError("this is not a whole number of seconds within 366 days")
    return int(seconds)


def known_zone(value: object) -> object:
    """The name of a time zone, as the IANA's database has it."""
    if isinstance(value, str) and value not in zones():
        raise ValueError("this is not a time zone such as UTC or Europe/Berlin")
    return value


def readable_cron(value: object) -> object:
    """Five fields that can be read."""
    if isinstance(value, str):
        try:
            parse_cron(value)
        except Invalid as error:
            raise ValueError(str(error)) from None
    return value


Seconds = Annotated[
    int,
    BeforeValidator(whole_seconds),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}], "examples": [3600, "90s", "5m", "2h", "1d"]}
    ),
]
"""A length of time: whole seconds, or text with a unit."""
TimeZone = Annotated[str, BeforeValidator(known_zone), Field(max_length=64)]
Cron = Annotated[str, BeforeValidator(readable_cron), Field(max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=1000)]
EVERY_WEEKDAY: dict[str, JsonValue] = {"cron": "0 9 * * mon-fri", "time_zone": "Europe/Berlin"}


class TimingOrder(Order):
    """When a schedule is due: by `cron`, or `every` so long."""

    cron: Cron | None = Field(default=None, description="Minute, hour, day of month, month, day of week.")
    every: Seconds | None = Field(default=None, description="Counted from 1970-01-01T00:00:00Z.")
    offset: Seconds = Field(default=0, description="Of `every`: so much later each time.")
    time_zone: TimeZone = Field(default="UTC", description="Whose clocks `cron` reads.")
    start_at: AskedTime | None = Field(default=None, description="Not due before this.")
    end_at: AskedTime | None = Field(default=None, description="Not due after this.")

    @model_validator(mode="after")
    def say_one(self) -> Self:
        """Either a cron expression or an interval."""
        if (self.cron is None) == (self.every is None):
            raise ValueError("say either `cron` or `every`")
        if self.every is not None and not self.offset < self.every:
            raise ValueError("`every` is at least one second, and `offset` is less than that")
        if self.cron is not None and self.offset:
            raise ValueError("`offset` belongs to `every`")
        return self


class PreviewSchedule(TimingOrder):
    """When a schedule would be due."""

    model_config = ConfigDict(json_schema_extra={"examples": [EVERY_WEEKDAY]})


class NewSchedule(TimingOrder):
    """A workflow that is to start by the clock."""

    name: Name
    workflow: Annotated[str, Field(min_length=1, max_length=100, description="Its id or slug.")]
    jitter: Seconds = Field(default=0, description="Each start comes up to so much later, by chance.")
    overlap: Overlap = Field(default="skip", description="What to do while an earlier run of it goes on.")
    catchup_window: Seconds = Field(
        default=3600, ge=10, description="Times that were missed are made up for if they are no older."
    )
    input: Any = Field(default_factory=dict, description="The runs' input; templates may read `scheduled_at`.")
    environment: Environment = "dev"
    version: int | None = Field(default=None, ge=1, lt=2**31, description="Without it the environment's.")
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    paused: bool = False
    note: Note | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Every weekday", "workflow": "daily-report", **EVERY_WEEKDAY}
                | {"input": {"day": "{{ scheduled_at }}"}, "overlap": "buffer_one"}
            ]
        }
    )


class PatchSchedule(Order):
    """Changes (RFC 7396): what is not named stays, null takes away. `cron` takes the place of `every`, and so back."""

    name: Name | None = None
    cron: Cron | None = None
    every: Seconds | None = None
    offset: Seconds | None = None
    time_zone: TimeZone | None = None
    start_at: AskedTime | None = None
    end_at: AskedTime | None = None
    jitter: Seconds | None = None
    overlap: Overlap | None = None
    catchup_window: Seconds | None = None
    input: Any = None
    environment: Environment | None = None
    version: int | None = None
    tags: list[Tag] | None = None
    paused: bool | None = None
    note: Note | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"cron": "30 8 * * mon-fri"}]})


class Why(Order):
    """Why it is paused or goes on."""

    note: Note | None = None


class Backfill(Order):
    """Times that are to have their runs after all."""

    start_at: AskedTime
    end_at: AskedTime
    per_minute: int | None = Field(default=None, ge=1, le=600, description="So many are started a minute at most.")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"start_at": "2026-11-01T00:00:00Z", "end_at": "2026-11-08T00:00:00Z"}]}
    )


class Times(View):
    """The next times, of those that are left."""

    times: list[Time]


class Refusal(View):
    """Why a time had no run; `code` is that of a problem."""

    scheduled_at: str
    at: str
    code: str
    message: str


class ScheduledRun(View):
    """A run of the schedule. `scheduled_at` is null for one that was triggered by hand."""

    run_id: UUID
    scheduled_at: Time | None
    status: str
    created_at: Time
    completed_at: Time | None


class ScheduleSummary(View):
    """A schedule as lists show it. It is held while its workflow is disabled: nothing starts."""

    id: UUID
    name: str
    workflow: Reference
    cron: str | None
    every: int | None
    offset: int
    time_zone: str
    start_at: Time | None
    end_at: Time | None
    jitter: int
    overlap: Overlap
    catchup_window: int
    environment: str
    version: int | None
    tags: list[str]
    paused: bool
    note: str | None
    held: bool
    refusal: Refusal | None
    next_run: Time | None
    created_by: ActorView
    created_at: Time
    updated_at: Time


class ScheduleView(ScheduleSummary):
    """A schedule with its input and its newest runs."""

    input: Any
    next_runs: list[Time]
    last_runs: list[ScheduledRun]

    model_config = ConfigDict(title="Schedule")
