"""The shapes of workflows, versions and drafts."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel, ConfigDict, Field

from api.http.models import ActorView, JsonObject, Order, ProblemItem, Time, View
from api.workflows.compiler import Examined
from interpreter.problems import Problem

MediaType = Literal["application/json", "application/yaml"]
Tag = Annotated[str, Field(min_length=1, max_length=64)]
Visibility = Literal["project", "private"]


class EnvironmentPointer(View):
    """Which version an environment runs, since when and by whom."""

    version: int
    at: Time
    by: ActorView


class LastRun(View):
    """The newest run of a workflow."""

    id: UUID
    status: str
    created_at: Time
    completed_at: Time | None


class WorkflowSummary(View):
    """A workflow as lists show it."""

    id: UUID
    slug: str
    name: str
    description: str | None
    version: Annotated[int, Field(description="The newest; 0 while there is only a draft.")]
    hash: str | None
    total_nodes: int | None
    tags: list[str]
    visibility: Visibility
    enabled: bool
    archived: bool
    environments: dict[str, EnvironmentPointer]
    last_run: LastRun | None
    created_at: Time
    updated_at: Time
    created_by: ActorView
    owner: str | None


class Workflow(View):
    """A workflow with the document of its newest version."""

    id: UUID
    slug: str
    name: str
    description: str | None
    version: Annotated[int, Field(description="The newest; 0 while there is only a draft.")]
    hash: Annotated[str | None, Field(description="Of the document; equal documents have equal hashes.")]
    definition: Annotated[JsonObject | None, Field(description="The document; null while there is only a draft.")]
    tags: list[str]
    visibility: Visibility
    enabled: bool
    archived: bool
    layout: JsonObject | None
    has_draft: bool
    warnings: Annotated[list[ProblemItem], Field(description="What the compiler said when the version was saved.")]
    problems_now: Annotated[
        list[ProblemItem],
        Field(description="What would stop it from being saved again: tools that went, and the like."),
    ]
    environments: dict[str, EnvironmentPointer]
    last_run: LastRun | None
    created_at: Time
    updated_at: Time
    created_by: ActorView
    owner: str | None


class Draft(View):
    """A document that is being worked on."""

    source: str
    media_type: MediaType
    updated_at: Time
    problems: list[ProblemItem]
    warnings: list[ProblemItem]


class PlanOutline(View):
    """The nodes in plan order, and by level."""

    order: list[str]
    levels: list[list[str]]


class Validation(View):
    """What the compiler says to a document."""

    valid: bool
    problems: list[ProblemItem]
    warnings: list[ProblemItem]
    plan: PlanOutline | None

    @classmethod
    def of(cls, examined: Examined) -> "Validation":
        """From what was examined."""
        outline = examined.outline
        return cls(
            valid=examined.version is not None,
            problems=[ProblemItem.of(each) for each in examined.problems],
            warnings=[ProblemItem.of(each) for each in examined.warnings],
            plan=PlanOutline(order=outline.order, levels=outline.levels) if outline else None,
        )


class VersionSummary(View):
    """A version as lists show it."""

    version: int
    hash: str
    total_nodes: int
    media_type: MediaType
    warnings: list[ProblemItem]
    created_by: ActorView
    created_at: Time


class Version(VersionSummary):
    """A version, which never changes."""

    plan_hash: str
    definition: JsonObject
    source: Annotated[str, Field(description="The document byte for byte as it was sent.")]


class EnvelopePatch(Order):
    """RFC 7396 on the envelope: what is not named stays, null clears what can be cleared."""

    name: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    description: Annotated[str | None, Field(max_length=4000)] = None
    tags: Annotated[list[Tag] | None, Field(max_length=50)] = None
    visibility: Visibility | None = None
    enabled: bool | None = None
    archived: bool | None = None
    owner: Annotated[str | None, Field(max_length=200)] = None

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"enabled": False, "tags": ["finance"]}]}
    )


class Position(Order):
    """Where a node stands on the canvas."""

    x: float
    y: float


class Layout(Order):
    """Canvas positions by node id, and the viewport."""

    nodes: Annotated[dict[str, Position], Field(max_length=10_000)] = Field(default_factory=dict)
    viewport: JsonObject | None = None

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"nodes": {"draft": {"x": 0, "y": 120}}}]}
    )


def document_of(definition: str) -> JsonObject:
    """The document inside a stored definition."""
    return json.loads(definition)["document"]


def environments_of(row: Record) -> dict[str, EnvironmentPointer]:
    """What each environment runs; one to which nothing was promoted is not there."""
    return {name: EnvironmentPointer.model_validate(pointer) for name, pointer in row["environments"].items()}


def last_run_of(row: Record) -> LastRun | None:
    """The newest run in a row that was joined with it."""
    if row["run_id"] is None:
        return None
    return LastRun(
        id=row["run_id"],
        status=row["run_status"],
        created_at=row["run_created_at"],
        completed_at=row["run_completed_at"],
    )


def fill(model: type[BaseModel], row: Record, **more: Any) -> Any:
    """A view from the columns of its names, and what has to be made of others."""
    columns = {name: row[name] for name in model.model_fields if name in row and name not in more}
    return model(**columns, **more)


def summary_of(row: Record) -> WorkflowSummary:
    """One row of the list."""
    return fill(WorkflowSummary, row, environments=environments_of(row), last_run=last_run_of(row))


def workflow_of(row: Record, problems_now: tuple[Problem, ...]) -> Workflow:
    """A workflow, whole."""
    return fill(
        Workflow,
        row,
        definition=document_of(row["definition"]) if row["definition"] else None,
        has_draft=row["draft_source"] is not None,
        warnings=row["warnings"] or [],
        problems_now=[ProblemItem.of(each) for each in problems_now],
        environments=environments_of(row),
        last_run=last_run_of(row),
    )


def version_of(row: Record) -> Version:
    """A version, whole."""
    return fill(Version, row, media_type=row["source_type"], definition=document_of(row["definition"]))


def version_summary_of(row: Record) -> VersionSummary:
    """One row of the list of versions."""
    return fill(VersionSummary, row, media_type=row["source_type"])
