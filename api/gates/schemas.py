"""The bodies of the gates slice."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.models import ActorView, JsonObject, Order, Reference, Time, View


class Decide(Order):
    """One person's decision."""

    decision: Annotated[str, Field(min_length=1, max_length=100)]
    form: Any = Field(default=None, description="The answer to the gate's form, checked against its schema.")
    comment: Annotated[str | None, Field(max_length=4000)] = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"decision": "approved", "comment": "Fine."}]})


class Shown(View):
    """What the gate shows to those who decide."""

    model_config = ConfigDict(extra="ignore")

    label: str
    value: Any = None
    format: str | None = None


class VoteView(View):
    """A decision of one person, and whether the workflow took it."""

    by: ActorView
    decision: str
    form: Any
    comment: str | None
    at: Time
    status: Literal["recorded", "applied", "refused"]
    reason: str | None = None


class MyPart(View):
    """What the caller may do here, and why."""

    can_decide: bool
    because: str
    vote: VoteView | None
    delegated_from: str | None = None


class GateSummary(View):
    """A gate as lists have it: all but what people are shown and what they answered."""

    id: UUID
    run_id: UUID
    workflow: Reference
    environment: str
    node: str
    path: str
    kind: Literal["human", "tool_approval"]
    title: str
    outcomes: list[str]
    approvers: list[str]
    quorum: int | dict[str, int]
    reject: str
    needed: int
    status: str
    my: MyPart
    opened_at: Time
    due_at: Time | None
    decided_at: Time | None


class Gate(GateSummary):
    """A point where people decide."""

    instructions: str | None
    show: list[Shown]
    form_schema: JsonObject | None
    prefill: JsonObject | None
    votes: list[VoteView]
    comments: list[JsonObject]
