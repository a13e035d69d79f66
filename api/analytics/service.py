"""Answers from rollups alone: one query, whatever the number of runs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, TypeVar

from api.analytics.asked import Asked
from api.analytics.histogram import percentiles
from api.analytics.schemas import (
    AgentFigures,
    Analytics,
    CostFigures,
    GateFigures,
    Group,
    NodeFigures,
    Percentiles,
    Point,
    RunFigures,
    WorkflowRef,
)
from api.analytics.tally import Grouped, Tally, grouped
from api.http.models import View
from api.resources import Resources
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import rollups
from plait.store.runs import find_workflow

Figures = TypeVar("Figures", bound=View)
By = Literal["all", "workflow", "environment", "node", "agent", "model"]
KEYS: dict[By, tuple[rollups.Key, ...]] = {
    "all": (),
    "workflow": ("workflow_id",),
    "environment": ("environment",),
    "node": ("workflow_id", "subject"),
    "agent": ("subject",),
    "model": ("subject",),
}


async def analyse(
    held: Resources, caller: Caller, query: Asked, kind: rollups.Kind, by: By, figures: Callable[[Tally], Figures]
) -> Analytics[Figures]:
    """The figures of a kind of rollups, grouped."""
    workflow_id = await find_workflow(held.pool, caller.project, query.workflow) if query.workflow else None
    if query.workflow and workflow_id is None:
        raise NotFound(f"There is no workflow {query.workflow!r}.")
    rows = await rollups.read_rollups(
        held.pool,
        caller.project,
        kind,
        query.span,
        (query.start, query.end),
        KEYS[by],
        lengths=figures is not of_cost,  # the one that tells of none
        interval=query.interval,
        workflow_id=workflow_id,
        environment=query.environment,
    )
    groups = grouped(rows)
    if by == "all" and not groups:
        groups = [Grouped(dict.fromkeys(rollups.KEYS))]
    items = [group_of(group, by, figures) for group in groups]
    return Analytics(from_=query.start, to=query.end, interval=query.interval, items=items)


def group_of(group: Grouped, by: By, figures: Callable[[Tally], Figures]) -> Group[Figures]:
    """A group with its figures; only what it is grouped by is named."""
    of = group.of
    return Group(
        workflow=WorkflowRef(id=of["workflow_id"], slug=of["slug"]) if of["workflow_id"] else None,
        environment=of["environment"],
        node=of["subject"] if by == "node" else None,
        agent=of["subject"] if by == "agent" else None,
        model=of["subject"] if by == "model" else None,
        figures=figures(group.total),
        series=[Point(at=at, figures=figures(tally)) for at, tally in group.series.items()],
    )


def of_runs(tally: Tally) -> RunFigures:
    """How runs went."""
    counts = tally.outcomes
    return RunFigures(
        started=counts["started"],
        ended=counts.total() - counts["started"],
        completed=counts["completed"],
        failed=counts["failed"],
        failed_business=counts["failed_business"],
        cancelled=counts["cancelled"],
        terminated=counts["terminated"],
        success_rate=success_of(tally),
        duration_ms=percentiles_of(tally.lengths),
    )


def of_nodes(tally: Tally) -> NodeFigures:
    """How nodes went."""
    return NodeFigures(**node_figures(tally))


def of_gates(tally: Tally) -> GateFigures:
    """How gates went."""
    return GateFigures(closed=tally.outcomes.total(), outcomes=tally.outcomes, waiting_ms=percentiles_of(tally.lengths))


def of_cost(tally: Tally) -> CostFigures:
    """What was paid."""
    return CostFigures(**cost_figures(tally))


def of_agents(tally: Tally) -> AgentFigures:
    """How agents or models went, and what was paid."""
    return AgentFigures(**node_figures(tally), **cost_figures(tally))


def node_figures(tally: Tally) -> dict[str, Any]:
    """What nodes, agents and models have in common."""
    counts = tally.outcomes
    named = ("completed", "failed", "failed_business", "skipped", "cancelled", "reused")
    return {
        **{name: counts[name] for name in named},
        "ended": counts.total(),
        "retries": tally.retries,
        "success_rate": success_of(tally),
        "duration_ms": percentiles_of(tally.lengths),
    }


def cost_figures(tally: Tally) -> dict[str, Any]:
    """What cost and agents have in common."""
    return {
        "cost_usd": f"{tally.cost:f}",
        "unknown": tally.unknown_costs,
        "input_tokens": tally.input_tokens,
        "output_tokens": tally.output_tokens,
    }


def success_of(tally: Tally) -> float | None:
    """Completed, of those that completed or failed for other reasons than those of business."""
    completed, failed = tally.outcomes["completed"], tally.outcomes["failed"]
    return completed / (completed + failed) if completed + failed else None


def percentiles_of(lengths: Decimal) -> Percentiles | None:
    """The percentiles that are shown."""
    found = percentiles(lengths, 0.5, 0.75, 0.9, 0.95, 0.99)
    if found is None:
        return None
    p50, p75, p90, p95, p99 = (round(each, 1) for each in found)
    return Percentiles(p50=p50, p75=p75, p90=p90, p95=p95, p99=p99)
