"""The list's filters, from the query to named fragments of SQL."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.http.errors import Refusal
from api.http.models import AskedTime
from plait.store.runs import RunFilter

Status = Literal["pending", "running", "paused", "stopping", "completed", "failed", "cancelled", "terminated"]
METADATA = "metadata."


class RunFilters(BaseModel):
    """Which runs are meant. Several filters must all hold; several statuses or tags are several parameters."""

    model_config = ConfigDict(extra="ignore")

    workflow: str | None = Field(default=None, max_length=100, description="Id or slug.")
    version: int | None = Field(default=None, ge=1, lt=2**31)
    status: list[Status] | None = None
    environment: str = Field(default="dev", max_length=63, description="`*` is all of them.")
    tag: list[str] | None = None
    key: str | None = None
    owner: str | None = None
    origin: str | None = None
    parent_run_id: UUID | None = None
    waiting_for: Literal["gate", "inbound_event", "timer", "retry", "incident"] | None = None
    flag: str | None = None
    error_type: str | None = None
    created_after: AskedTime | None = None
    created_before: AskedTime | None = None
    ended_after: AskedTime | None = None
    ended_before: AskedTime | None = None
    q: str | None = Field(default=None, max_length=200, description="In id, key, note and the workflow's names.")


class RunQuery(RunFilters):
    """Which runs a list shows, and which page of them."""

    sort: Literal["-created_at", "-duration_ms"] = "-created_at"
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=512)
    total: bool = False


RunFilterParameters = Annotated[RunFilters, Query()]
RunQueryParameters = Annotated[RunQuery, Query()]
PLACE = {"sort", "limit", "cursor", "total"}


def filter_of(project: str, query: RunFilters, metadata: dict[str, str]) -> RunFilter:
    """The filter that a query asks for."""
    chosen = RunFilter.of(project)
    for name, value in query.model_dump(exclude=PLACE, exclude_none=True).items():
        if name == "environment" and value == "*":
            continue
        chosen.add(name, stored_form(name, value))
    for name, text in metadata.items():
        chosen.add("metadata", {name: text})
    return chosen


def stored_form(name: str, value: Any) -> Any:
    """A filter's value as the fragment compares it."""
    if name == "q":
        escaped = value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return f"%{escaped}%"
    return value


def metadata_of(request: Request) -> dict[str, str]:
    """`metadata.KEY=VALUE` of a query."""
    found: dict[str, str] = {}
    for name, value in request.query_params.items():
        if name.startswith(METADATA) and len(name) > len(METADATA):
            found[name.removeprefix(METADATA)] = value
        elif name == METADATA:
            raise Refusal("unknown_parameter", "Write metadata filters as `metadata.KEY=VALUE`.")
    return found


def filters_key(query: RunFilters, metadata: dict[str, str]) -> dict[str, Any]:
    """What a cursor is bound to."""
    return query.model_dump(mode="json", exclude=PLACE - {"sort"}) | {"metadata": metadata}
