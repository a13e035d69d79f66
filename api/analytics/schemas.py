"""The bodies of analytics."""

from typing import Generic, TypeVar
from uuid import UUID

from pydantic import Field

from api.http.models import Time, View
from plait.store.rollups import Interval

Figures = TypeVar("Figures", bound=View)


class Percentiles(View):
    """Milliseconds, each within 2 % of the length that stands there."""

    p50: float
    p75: float
    p90: float
    p95: float
    p99: float


class RunFigures(View):
    """How runs went."""

    started: int = Field(description="Runs that were made in this time; the rest is of those that ended in it.")
    ended: int
    completed: int
    failed: int = Field(description="But for reasons of business, which are counted apart.")
    failed_business: int
    cancelled: int
    terminated: int
    success_rate: float | None = Field(description="Completed, of those that completed or failed; business apart.")
    duration_ms: Percentiles | None


class NodeFigures(View):
    """How nodes went, in the runs that ended in this time. Items and laps count each."""

    ended: int
    completed: int
    failed: int = Field(description="But for reasons of business, which are counted apart.")
    failed_business: int
    skipped: int
    cancelled: int
    reused: int
    retries: int
    success_rate: float | None = Field(description="Completed, of those that completed or failed; business apart.")
    duration_ms: Percentiles | None


class GateFigures(View):
    """How gates went that closed in this time."""

    closed: int
    outcomes: dict[str, int]
    waiting_ms: Percentiles | None


class CostFigures(View):
    """What was paid for, as far as prices are known."""

    cost_usd: str
    unknown: int = Field(description="How many more there are whose price is not known.")
    input_tokens: int
    output_tokens: int


class AgentFigures(NodeFigures, CostFigures):
    """How agents or models went, and what was paid for them."""


class WorkflowRef(View):
    """A workflow; one that was deleted has no slug any more."""

    id: UUID
    slug: str | None


class Point(View, Generic[Figures]):
    """What was in one interval."""

    at: Time = Field(description="When it begins.")
    figures: Figures


class Group(View, Generic[Figures]):
    """What is known of one thing; what the figures are not grouped by is null."""

    workflow: WorkflowRef | None
    environment: str | None
    node: str | None
    agent: str | None
    model: str | None
    figures: Figures
    series: list[Point[Figures]] = Field(description="The intervals in which there was anything, in their order.")


class Analytics(View, Generic[Figures]):
    """What was asked for, by group, the largest first. One group of all is there also where nothing was."""

    from_: Time = Field(
        serialization_alias="from", description="The time that was counted, widened to whole hours or days."
    )
    to: Time
    interval: Interval | None
    items: list[Group[Figures]]
