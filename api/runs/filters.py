"""The list's filters, from the query to named fragments of SQL."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.http.errors import Refusal
from api.http.models import AskedTime
from api.runs.sorting import Sort
from plait.store.lists import RunFilter
from plait.store.search import search_of

Status = Literal["pending", "running", "paused", "stopping", "completed", "failed", "cancelled", "terminated"]
METADATA = "metadata."
ID_BEGUN = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}(-[0-9a-fA-F]{0,4}){0,2}(-[0-9a-fA-F]{0,12})?")
"""Enough of an id to be no word."""


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
    waiting_for: (
        Literal["gate", "inbound_event", "timer", "retry", "incident", "slot", "breakpoint", "budget", "worker"] | None
    ) = None
    flag: str | None = None
    error_type: str | None = None
    fingerprint: str | None = Field(default=None, max_length=64, description="Failures of one kind: `GET /errors`.")
    created_after: AskedTime | None = None
    created_before: AskedTime | None = None
    ended_after: AskedTime | None = None
    ended_before: AskedTime | None = None
    q: str | None = Field(
        default=None,
        max_length=200,
        description="Words of names, key, tags, note and error; the last may be only begun, `-` excludes. Or a run's id, or its beginning.",
    )


class RunQuery(RunFilters):
    """Which runs a list shows, and which page of them."""

    sort: Sort = "-created_at"
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
        match name:
            case "environment" if value == "*":
                continue
            case "flag" if value == "no_worker":
                chosen.narrow("no_worker")
            case "waiting_for" if value == "worker":
                chosen.narrow("no_worker")
            case "waiting_for" if value in ("slot", "breakpoint", "budget"):
                chosen.narrow(value)
            case "q" if ids := ids_that_begin(value):
                chosen.add("id_between", ids)
            case "q":
                chosen.add("q", search_of(value))
            case _:
                chosen.add(name, value)
    for name, text in metadata.items():
        chosen.add("metadata", metadata_forms(name, text))
    return chosen


def ids_that_begin(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that begin with this text, if ids can."""
    if not ID_BEGUN.fullmatch(text):
        return None
    digits = text.replace("-", "")
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


def metadata_forms(name: str, text: str) -> list[dict[str, Any]]:
    """What metadata may say where it is asked for by a text: the text, or the number, truth or null that it spells."""
    forms: list[dict[str, Any]] = [{name: text}]
    try:
        spelt = orjson.loads(text)
    except orjson.JSONDecodeError:
        return forms
    return forms if isinstance(spelt, str | list | dict) else [*forms, {name: spelt}]


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
