"""The route of overrides."""

from uuid import UUID

from fastapi import Response

from api.http.idempotency import NewId
from api.http.routing import problems, slice_router
from api.http.security import CanOverrideRuns
from api.overrides import service
from api.overrides.schemas import OverrideNode, RetryItems
from api.resources import Held
from api.runs import read
from api.runs.routes import RUN, NodePath
from api.runs.schemas import Run
from interpreter.state import FINAL_RUN

router = slice_router("runs")


@router.post(
    f"{RUN}/nodes/{{path}}/override",
    status_code=200,
    responses={
        202: {"model": Run, "description": "Recorded, and not applied yet."},
        **problems("run_state_conflict", "output_invalid", "request_invalid", "workflow_invalid"),
    },
)
async def override_node(
    run_id: UUID,
    path: NodePath,
    order: OverrideNode,
    caller: CanOverrideRuns,
    held: Held,
    response: Response,
    override_id: NewId,
) -> Run:
    """Move a node by hand that is held, waits, is to be tried again, or has not started: retry, succeed, or skip."""
    overridden = await service.override_node(held, override_id, run_id, path, order, caller)
    return await told(held, run_id, caller, response, overridden)


@router.post(
    f"{RUN}/nodes/{{path}}/retry_items",
    status_code=200,
    responses={
        202: {"model": Run, "description": "Recorded, and not applied yet."},
        **problems("run_state_conflict", "request_invalid"),
    },
)
async def retry_items(
    run_id: UUID,
    path: NodePath,
    order: RetryItems,
    caller: CanOverrideRuns,
    held: Held,
    response: Response,
    override_id: NewId,
) -> Run:
    """Try those items of a held map again that did not complete; the others keep their results, and cost nothing."""
    overridden = await service.override_node(held, override_id, run_id, path, order, caller)
    return await told(held, run_id, caller, response, overridden)


async def told(held: Held, run_id: UUID, caller: CanOverrideRuns, response: Response, done: service.Overridden) -> Run:
    """The run afterwards; 202 where the workflow has not applied the override yet."""
    run = await read.read_run(held, run_id, caller)
    if not done.applied and run.status not in FINAL_RUN:
        response.status_code = 202
    return run
