"""The routes of analytics."""

from typing import Annotated, Literal

from fastapi import Query

from api.analytics.asked import AnalyticsQuery
from api.analytics.schemas import AgentFigures, Analytics, CostFigures, GateFigures, NodeFigures, RunFigures
from api.analytics.service import analyse, of_agents, of_cost, of_gates, of_nodes, of_runs
from api.http.routing import problems, slice_router
from api.http.security import CanReadRuns
from api.resources import Held

router = slice_router("analytics")
INVALID = problems("request_invalid")


@router.get("/analytics/runs", responses=INVALID)
async def get_run_analytics(
    query: AnalyticsQuery,
    caller: CanReadRuns,
    held: Held,
    group_by: Annotated[Literal["workflow", "environment"] | None, Query()] = None,
) -> Analytics[RunFigures]:
    """How many runs there were, how they ended and how long they took."""
    return await analyse(held, caller, query, "run", group_by or "all", of_runs)


@router.get("/analytics/nodes", responses=INVALID)
async def get_node_analytics(
    query: AnalyticsQuery,
    caller: CanReadRuns,
    held: Held,
    group_by: Annotated[Literal["node", "workflow"], Query()] = "node",
) -> Analytics[NodeFigures]:
    """Success, retries and lengths of each node, in the runs that ended."""
    return await analyse(held, caller, query, "node", group_by, of_nodes)


@router.get("/analytics/gates", responses=INVALID)
async def get_gate_analytics(
    query: AnalyticsQuery,
    caller: CanReadRuns,
    held: Held,
    group_by: Annotated[Literal["node", "workflow"], Query()] = "node",
) -> Analytics[GateFigures]:
    """How long gates waited for people, and what came of them."""
    return await analyse(held, caller, query, "gate", group_by, of_gates)


@router.get("/analytics/agents", responses=INVALID)
async def get_agent_analytics(
    query: AnalyticsQuery,
    caller: CanReadRuns,
    held: Held,
    group_by: Annotated[Literal["agent", "model"], Query()] = "agent",
) -> Analytics[AgentFigures]:
    """How agents or models went, and what was paid for them."""
    return await analyse(held, caller, query, group_by, group_by, of_agents)


@router.get("/analytics/cost", responses=INVALID)
async def get_cost_analytics(
    query: AnalyticsQuery,
    caller: CanReadRuns,
    held: Held,
    group_by: Annotated[Literal["workflow", "environment", "agent", "model"] | None, Query()] = None,
) -> Analytics[CostFigures]:
    """What was paid, by time and by workflow, environment, agent or model."""
    if group_by in ("agent", "model"):
        return await analyse(held, caller, query, group_by, group_by, of_cost)
    return await analyse(held, caller, query, "run", group_by or "all", of_cost)
