"""The document as frozen models: its shape, and the few rules that concern one field alone.

Whether a node's type exists, where an edge leads and what an expression reads is the business of
`interpreter.plan`; here a document is only well formed.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from interpreter.expressions import RESERVED
from interpreter.values import Json

NODE_ID = re.compile(r"[a-z][a-z0-9_]*")
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
LONGEST = 100 * 365 * 86400.0
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
SLUG_LENGTH = 100
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration_seconds(value: object) -> float:
    """Seconds from a number of seconds or a text with a unit: `100ms 90s 5m 72h 3d`.

    Refuses anything else, and what is negative or longer than a hundred years.
    """
    seconds = -1.0
    if isinstance(value, str) and (match := DURATION.fullmatch(value.strip())):
        seconds = float(match[1]) * SECONDS[match[2]]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value
    if not 0 <= seconds <= LONGEST:
        raise PydanticCustomError(
            "invalid_duration",
            "this is not a duration of at most 100 years",
            {"fix": "Write a number of seconds, or a number with a unit: 100ms, 90s, 5m, 72h or 3d."},
        )
    return float(seconds)


def point_in_time(value: object) -> datetime:
    """The time that an RFC 3339 text names. Refuses one without its offset: it would be several."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("this is not an RFC 3339 time with its offset")
    return at


def whole_seconds(seconds: float) -> float:
    """60.0 is written 60."""
    return int(seconds) if seconds.is_integer() else seconds


def plain_number(value: object) -> object:
    """A number as it is; text or a boolean that looks like one is a mistake."""
    if isinstance(value, str | bool):
        raise PydanticCustomError("number_type", "this must be a number")
    return value


def node_id(value: str) -> str:
    """The id, if expressions can name it."""
    if not NODE_ID.fullmatch(value):
        raise PydanticCustomError(
            "invalid_id",
            "this cannot be the id of a node",
            {"fix": "Begin with a lower-case letter, and go on with a-z, 0-9 and _."},
        )
    if value in RESERVED:
        raise PydanticCustomError(
            "reserved_id",
            "this cannot be the id of a node: expressions reserve the word",
            {"fix": f"Choose a longer id, such as `{value}_step`."},
        )
    return value


def slug(value: str) -> str:
    """The slug, if a URL can hold it as it is."""
    if not SLUG.fullmatch(value) or len(value) > SLUG_LENGTH:
        raise PydanticCustomError(
            "invalid_slug",
            "this cannot be a slug",
            {"fix": f"Use a-z, 0-9 and - between them, at most {SLUG_LENGTH} characters."},
        )
    return value


def one_or_more(value: object) -> object:
    """A list stays a list; one outcome becomes a list of one."""
    return [value] if isinstance(value, str) else value


Duration = Annotated[
    float, BeforeValidator(duration_seconds), PlainSerializer(whole_seconds, return_type=int | float, when_used="json")
]
TimeLimit = Annotated[Duration, Field(ge=0.001)]
"""A limit of nothing is none to Temporal, which would refuse the node for ever."""
Number = Annotated[float, BeforeValidator(plain_number)]
Integer = Annotated[int, BeforeValidator(plain_number)]
Outcomes = Annotated[tuple[str, ...], BeforeValidator(one_or_more), Field(min_length=1)]
Expression = str | bool | int | float | list[Any] | dict[str, Any]
"""A field that is an expression by nature: CEL as text, or a value that stands for itself."""

OnError = Literal["fail", "continue", "hold"]
REPEATING = frozenset({"map", "loop"})
"""The types whose `with` has a body."""
JoinMode = Literal["settled", "all", "any", "quorum", "always", "all_failed"]


class Part(BaseModel):
    """Base of everything in a document: immutable, strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Retry(Part):
    """When and how often an attempt is repeated; handed to Temporal as it is.

    `max_attempts` counts the first try. Intervals are seconds.
    """

    max_attempts: Integer = Field(default=3, ge=1, le=10_000)
    initial_interval: TimeLimit = 1.0
    backoff_coefficient: Number = Field(default=2.0, ge=1.0, le=100.0)
    max_interval: TimeLimit = 60.0
    non_retryable_errors: tuple[str, ...] = ()


class Join(Part):
    """When a node with several in-edges runs. `n` belongs to `quorum` alone."""

    mode: JoinMode = "settled"
    n: Integer | None = Field(default=None, ge=1)
    cancel_rest: StrictBool = False


class Compensation(Part):
    """What undoes a completed node: the type of the undoing and its parameters."""

    type: str
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")


class Edge(Part):
    """From a node's outcome to another node. `on` None means the default for its target."""

    from_: str = Field(alias="from")
    to: str
    on: Outcomes | None = None
    when: Expression | None = None


class Node(Part):
    """One step. Which of these fields a type takes is checked by the compiler.

    Where the type repeats a body, that stands in `with` as models: `nodes` and `edges`, or `chain`.
    """

    id: Annotated[str, AfterValidator(node_id)]
    type: str
    name: str | None = None
    description: str | None = None
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    when: Expression | None = None
    join: Join | None = None
    timeout: TimeLimit | None = None
    deadline: TimeLimit | None = None
    retry: Retry | None = None
    output_schema: dict[str, Any] | StrictBool | None = None
    accept: Expression | None = None
    on_error: OnError | None = None
    compensate: Compensation | None = None

    @field_validator("with_", mode="after")
    @classmethod
    def _with_body(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if info.data.get("type") not in REPEATING:
            return given
        said = {field: given[field] for field in Graph.model_fields if field in given}
        body = Graph.model_validate(said, by_alias=True, by_name=False)
        return given | {field: getattr(body, field) for field in said}

    @property
    def body(self) -> "Graph | None":
        """What a map or a loop repeats; None for every other type."""
        if self.type not in REPEATING:
            return None
        return Graph.model_construct(
            **{field: self.with_[field] for field in Graph.model_fields if field in self.with_}
        )


class Graph(Part):
    """Steps and what leads from one to another: `nodes` with `edges`, or a `chain`."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    chain: tuple[Node, ...] | None = None

    @property
    def own(self) -> tuple[Node, ...]:
        """Its steps, without those of their bodies."""
        return self.nodes if self.chain is None else self.chain

    def every(self) -> Iterator[Node]:
        """Its steps and those of all bodies inside, a graph at a time."""
        graphs: list[Graph] = [self]
        for graph in graphs:
            yield from graph.own
            graphs += (body for node in graph.own if (body := node.body) is not None)


class Defaults(Part):
    """What nodes that run as activities get where they say nothing themselves."""

    timeout: TimeLimit | None = None
    deadline: TimeLimit | None = None
    retry: Retry | None = None
    on_error: OnError | None = None


class Variable(Part):
    """A variable of the environment that the document reads as `env.NAME`."""

    type: Literal["string", "number", "integer", "boolean"] = "string"
    default: Json = None
    description: str | None = None


class Budget(Part):
    """Limits of one run. `seconds` counts only time in which an activity executes."""

    cost_usd: Number | None = Field(default=None, ge=0)
    tokens: Integer | None = Field(default=None, ge=0)
    seconds: Number | None = Field(default=None, ge=0)


class Concurrency(Part):
    """How many runs that share a key may be open at once."""

    key: Expression | None = None
    limit: Integer = Field(ge=1)
    when_full: Literal["queue", "reject", "cancel_oldest"] = "queue"


class Expose(Part):
    """Where else the workflow may be offered."""

    mcp: StrictBool = False
    chat: StrictBool = False
    form: StrictBool = False


class OnFailure(Part):
    """The workflow that is started when a run of this one fails."""

    workflow: str
    input: dict[str, Any] = Field(default_factory=dict)


class Document(Graph):
    """One version of a workflow."""

    plait: Literal[1]
    slug: Annotated[str, AfterValidator(slug)]
    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    input: dict[str, Any] | StrictBool | None = None
    vars: dict[str, Any] = Field(default_factory=dict)
    env: dict[str, Variable] = Field(default_factory=dict)
    deadline: TimeLimit | None = None
    budget: Budget | None = None
    defaults: Defaults = Defaults()
    priority: Integer | None = Field(default=None, ge=1, le=5)
    concurrency: Concurrency | None = None
    expect: Duration | None = None
    retention: Duration | None = None
    expose: Expose = Expose()
    on_failure: OnFailure | None = None
    output: Any = None
