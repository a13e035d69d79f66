"""What every body has in common: absent is null, times have one form, unknown fields are refused."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
)

from api.http.errors import KIND
from api.http.problems import problem_json
from interpreter.problems import Problem
from plait.clock import rfc3339
from plait.forms import Form

Item = TypeVar("Item")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

Time = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T09:12:00.000000Z"]}),
]
"""A moment as it leaves: RFC 3339, UTC, six digits of a fraction."""


def read_time(value: object) -> object:
    """RFC 3339 text alone: a number would be read as seconds since 1970, a time without a zone as anybody's."""
    if isinstance(value, str) and not RFC3339.fullmatch(value):
        raise ValueError("write a time as RFC 3339 with its zone: 2026-11-21T09:12:00Z")
    return datetime.fromisoformat(value.upper()) if isinstance(value, str) else value


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC, which the very first and last days do not have in every zone."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time lies outside of what is counted") from None


AskedTime = Annotated[datetime, BeforeValidator(read_time), AfterValidator(in_utc)]
"""A moment as it is asked for."""


class View(BaseModel):
    """Base of everything that is answered. A field is always there; what is absent is null."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Order(BaseModel):
    """Base of everything that is asked for in a body. A field nobody knows is an error, and so is a
    value of another JSON type: `"1"` is no number and `1` is not true.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Dollars = Annotated[
    Annotated[
        str,
        Form(r"[0-9]{1,9}(\.[0-9]{1,9})?", "Write US dollars as digits, with at most nine behind the point: 0.50."),
        Tag(f"{KIND}text"),
    ]
    | Annotated[float, Field(ge=0, le=10**9), Tag(f"{KIND}number")],
    Discriminator(lambda dollars: f"{KIND}text" if isinstance(dollars, str) else f"{KIND}number"),
]
"""US dollars: a decimal text, or a number."""


class ActorView(View):
    """Who did something."""

    type: Literal["user", "key", "schedule", "webhook", "run", "system"]
    id: str
    name: str


class ProblemItem(View):
    """One thing to mend, and where."""

    code: str
    path: str | None
    pointer: str | None
    node: str | None
    message: str
    fix: str | None
    line: int | None
    column: int | None

    @classmethod
    def of(cls, problem: Problem) -> "ProblemItem":
        """From what the interpreter found."""
        return cls(**problem_json(problem))


class ProblemView(View):
    """Every error of this API (RFC 9457). Some codes add facts of their own."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str | None
    errors: list[ProblemItem]


class Page(View, Generic[Item]):
    """A page of a list. `total` is only counted with `?total=true`, exactly up to 10,000."""

    items: list[Item]
    next_cursor: str | None
    total: int | None = None
    total_is_exact: bool | None = None


class Reference(View):
    """An id and what people call it."""

    id: UUID
    slug: str
    name: str


JsonObject = dict[str, Any]
Limit = Annotated[int, Field(ge=1, le=200)]
