"""The shapes of environments, variables and promotions."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from asyncpg import Record
from pydantic import ConfigDict, Field

from api.http.editing import Said
from api.http.models import ActorView, Order, Page, ProblemItem, Time, View
from api.workflows.schemas import EnvironmentPointer, fill
from plait.forms import Name

EnvironmentName = Annotated[Name, Field(examples=["prod"])]
Number = Annotated[int, Field(ge=1, lt=2**31)]
Text = Annotated[str, Field(max_length=4096)]
VariableType = Literal["string", "number", "integer", "boolean"]


class EnvironmentView(View):
    """An environment of the project."""

    name: str
    follows_newest: Annotated[
        bool, Field(description="It runs the newest version by itself; nothing is promoted to it.")
    ]
    protected: Annotated[bool, Field(description="A promotion waits for the approvers.")]
    approvers: list[str]


class EnvironmentList(View):
    """All environments, in their order."""

    items: list[EnvironmentView]
    next_cursor: None = None


class VariableReader(View):
    """A workflow whose version in this environment reads the variable."""

    workflow: str
    version: int
    type: VariableType
    has_default: bool


class VariableView(Said):
    """A variable of an environment. Runs keep what it was when they started."""

    AROUND: ClassVar[frozenset[str]] = frozenset({"by", "at", "read_by"})

    environment: str
    name: str
    value: str | int | float | bool
    by: ActorView
    at: Time
    read_by: list[VariableReader]


class VariableList(View):
    """The variables that are set, by name."""

    items: list[VariableView]
    next_cursor: None = None


class PutVariable(Order):
    """A value of the type that the workflows which read it declare."""

    value: Text | bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | float

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": "https://api.example.com"}]})


class Promote(Order):
    """Which version an environment is to run."""

    environment: EnvironmentName
    version: Annotated[Number | None, Field(description="The newest if left out; an earlier one rolls back.")] = None
    expect_version: Annotated[
        Number | None,
        Field(
            description="What it runs now, null for nothing; 409 `version_moved` if that changed. Not looked at if left out."
        ),
    ] = None
    reason: Annotated[str | None, Field(max_length=2000)] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"environment": "prod", "version": 4, "expect_version": 3, "reason": "Q4 rules"}]
        }
    )


class PromotionView(View):
    """One wish to move a pointer, and what became of it."""

    id: UUID
    workflow: str
    environment: str
    version: int
    previous: Annotated[int | None, Field(description="What the environment ran when it was asked for.")]
    status: Literal["waiting", "moved", "refused"]
    reason: str | None
    refusal: Annotated[str | None, Field(description="Why the pointer was not moved.")]
    run_id: Annotated[UUID | None, Field(description="The run whose gate it waits for; `GET /gates?run_id=`.")]
    by: ActorView
    at: Time
    settled_at: Time | None


class Promotion(PromotionView):
    """A promotion as its request is answered."""

    warnings: Annotated[
        list[ProblemItem], Field(description="What does not run at the moment and would be waited for.")
    ]


class WorkflowEnvironment(EnvironmentView):
    """An environment, and what it runs of a workflow."""

    runs: EnvironmentPointer | None


class EnvironmentsOfWorkflow(Page[PromotionView]):
    """What each environment runs; `items` is the history of promotions, newest first."""

    environments: list[WorkflowEnvironment]


def promotion_of(row: Record) -> PromotionView:
    """A promotion as lists show it."""
    return fill(PromotionView, row, workflow=row["slug"])


def variable_of(environment: str, row: Record, readers: list[Record]) -> VariableView:
    """A variable with those who read it."""
    return fill(
        VariableView,
        row,
        environment=environment,
        read_by=[reader_of(each) for each in readers if each["name"] == row["name"]],
    )


def reader_of(row: Record) -> VariableReader:
    """One workflow that reads a variable."""
    declared: dict[str, Any] = row["declared"]
    return VariableReader(
        workflow=row["slug"],
        version=row["version"],
        type=declared.get("type", "string"),
        has_default="default" in declared,
    )
