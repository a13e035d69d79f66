"""The bodies of reruns."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.http.models import ActorView, JsonObject, Order, Time, View

Path = Annotated[str, Field(min_length=1, max_length=500)]
From = Literal["start", "failure"] | Annotated[list[Path], Field(min_length=1, max_length=100)]


class NodeOverride(Order):
    """What becomes of one node in the rerun: exactly one of the three."""

    with_: JsonObject | None = Field(
        default=None, alias="with", description="Parameters in place of those of the same name."
    )
    output: Any = Field(default=None, description="Taken as the node's output, once it fits its schema.")
    skip: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or (
            self.model_fields_set & {"with_", "skip"} and not (self.with_ or self.skip)
        ):
            raise ValueError("give one of `with`, `output` and `skip: true`")
        return self


class RerunOrder(Order):
    """Which nodes run again, and with what."""

    from_: From = Field(
        alias="from",
        description="`start`: all run. `failure`: what completed is taken over. Paths: these and all behind them run.",
    )
    input: Any = Field(default=None, description="In place of the source's; checked like any run's.")
    version: int | None = Field(default=None, ge=1, lt=2**31, description="In place of the source's.")
    overrides: dict[Path, NodeOverride] = Field(default_factory=dict, max_length=100)
    cancel_source: bool = Field(default=False, description="Cancel the source first if it is live.")
    preview_hash: str | None = Field(default=None, max_length=100, description="Of the preview that this is to be.")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"from": "failure"}, {"from": ["score"], "input": {"document": "…"}}]}
    )


class ForeseenNode(View):
    """What becomes of a node. In the body of a map or a loop `*` stands for every item or lap."""

    path: str
    node: str
    type: str
    name: str
    action: Literal["reused", "runs", "depends", "overridden"]
    because: str


class Preview(View):
    """What a rerun would do, as far as it can be known before; nothing has begun."""

    run_id: UUID
    version: int
    nodes: list[ForeseenNode]
    reused: int
    runs: int
    depends: int
    preview_hash: str


class LineageRun(View):
    """One of the runs that hang together by reruns. `depth` counts the reruns between it and the root."""

    id: UUID
    parent_run_id: UUID | None
    depth: int
    begins: str | list[str] | None = Field(serialization_alias="from", description="Null for the root.")
    version: int
    environment: str
    status: str
    flags: list[str]
    started_by: ActorView
    created_at: Time
    completed_at: Time | None
    duration_ms: int | None


class Lineage(View):
    """A run that is no rerun, or whose source is gone, and all reruns of it and of theirs, the oldest first."""

    root: UUID
    runs: list[LineageRun]


class ValueDifference(View):
    """One place at which two values differ; what is absent is null."""

    pointer: str
    left: Any
    right: Any


class ComparedValue(View):
    """Two values by their hashes. Short ones are shown, with the first places at which they differ."""

    equal: bool
    left: Any
    right: Any
    left_size: int | None
    right_size: int | None
    differences: list[ValueDifference]


class ComparedSide(View):
    """A node in one of the runs."""

    status: str
    outcome: str | None
    reused: bool
    attempts: int
    duration_ms: int | None
    cost_usd: str | None
    error_type: str | None
    reason: str | None = Field(description="Why it did not run, if it did not.")


class ComparedNode(View):
    """A path in both runs. `same` says that it ended alike, given the same and with the same output."""

    path: str
    node: str
    type: str
    same: bool
    left: ComparedSide | None
    right: ComparedSide | None
    input: ComparedValue
    output: ComparedValue


class ComparedRun(View):
    """One of the two runs as a whole."""

    id: UUID
    version: int
    environment: str
    status: str
    duration_ms: int | None
    cost_usd: str | None


class Comparison(View):
    """Two runs, node by node, ordered by path."""

    left: ComparedRun
    right: ComparedRun
    same_workflow: bool
    same_version: bool
    input: ComparedValue
    output: ComparedValue
    items: list[ComparedNode]
    next_cursor: str | None
    redacted: bool = Field(default=False, description="The caller may not read values, so they are null.")
