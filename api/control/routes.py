"""The routes by which people control a run while it goes on."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Response

from api.control import service
from api.control.schemas import RaiseBudget, Step, StopBefore
from api.http.routing import problems, slice_router
from api.http.security import CanControlRuns, CanOverrideRuns
from api.resources import Held
from api.runs import read
from api.runs.schemas import Because, Run

router = slice_router("runs")
RUN = "/workflow_runs/{run_id}"
NO_REASON = Because()
Reasoned = Annotated[Because, Body()]
SO_ALREADY = {200: {"model": Run, "description": "It was so already."}}
REFUSED = problems("run_state_conflict", "request_invalid")


@router.post(f"{RUN}/pause", status_code=202, responses=SO_ALREADY | REFUSED)
async def pause_run(
    run_id: UUID, caller: CanControlRuns, held: Held, response: Response, because: Reasoned = NO_REASON
) -> Run:
    """Have nothing new begin: what runs goes on, votes count, timers and deadlines go on. Accepted without Temporal too."""
    if not await service.pause_run(held, run_id, caller, because.reason):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)


@router.post(f"{RUN}/resume", status_code=202, responses=SO_ALREADY | REFUSED)
async def resume_run(
    run_id: UUID, caller: CanControlRuns, held: Held, response: Response, because: Reasoned = NO_REASON
) -> Run:
    """Have a paused run go on with what is due, to its next breakpoint if it has any."""
    if not await service.resume_run(held, run_id, caller, because.reason):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)


@router.post(f"{RUN}/continue", status_code=202, responses=SO_ALREADY | REFUSED)
async def continue_run(
    run_id: UUID, caller: CanControlRuns, held: Held, response: Response, because: Reasoned = NO_REASON
) -> Run:
    """Go on to the next breakpoint, or to the end."""
    if not await service.continue_run(held, run_id, caller, because.reason):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)


@router.post(
    f"{RUN}/step", status_code=202, responses=problems("run_state_conflict", "input_invalid", "request_invalid")
)
async def step_run(run_id: UUID, order: Step, caller: CanControlRuns, held: Held) -> Run:
    """Run one of the nodes that the run is paused before, with another input if one is given; the run stays paused."""
    await service.step_run(held, run_id, caller, order.path, order.input, order.reason)
    return await read.read_run(held, run_id, caller)


@router.put(f"{RUN}/breakpoints", status_code=202, responses=SO_ALREADY | REFUSED)
async def set_breakpoints(
    run_id: UUID, order: StopBefore, caller: CanControlRuns, held: Held, response: Response
) -> Run:
    """Say before which nodes the run is to stop from now on; an empty list takes all breakpoints away."""
    if not await service.set_breakpoints(held, run_id, caller, order.nodes, order.reason):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)


@router.post(f"{RUN}/budget", status_code=202, responses=SO_ALREADY | REFUSED)
async def raise_run_budget(
    run_id: UUID, raised: RaiseBudget, caller: CanOverrideRuns, held: Held, response: Response
) -> Run:
    """Raise the limits of a run's budget; one that waits for that goes on. A limit is never lowered."""
    if not await service.raise_budget(held, run_id, caller, raised):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)


@router.post(
    f"{RUN}/terminate",
    status_code=202,
    responses=SO_ALREADY | problems("run_state_conflict", "request_invalid", "temporal_unavailable"),
)
async def terminate_run(
    run_id: UUID, caller: CanControlRuns, held: Held, response: Response, because: Reasoned = NO_REASON
) -> Run:
    """End the run at once: no compensation, no `always` node. For what a cancel cannot end."""
    if not await service.terminate_run(held, run_id, caller, because.reason):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)
