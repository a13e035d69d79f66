"""The routes of reruns."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.http.paging import Paging
from api.http.routing import own_keys, problems, slice_router
from api.http.security import CanReadRuns, CanStartRuns
from api.reruns import compare, lineage, service
from api.reruns.schemas import Comparison, Lineage, Preview, RerunOrder
from api.resources import Held
from api.runs import read
from api.runs.routes import RUN, IdempotencyKey
from api.runs.schemas import Run

router = slice_router("runs")


@router.post(
    f"{RUN}/rerun",
    status_code=202,
    response_model=Run,
    responses={
        200: {"model": Preview, "description": "With `?preview=true`: what it would do."},
        **problems(
            "malformed_json", "run_state_conflict", "results_purged", "preview_changed", "workflow_disabled",
            "not_promoted", "key_conflict", "concurrency_full", "version_moved", "too_large", "unsupported_media_type",
            "input_invalid", "output_invalid", "workflow_invalid", "request_invalid", "idempotency_key_reused",
        ),
    },
)  # fmt: skip
@own_keys
async def rerun_run(
    run_id: UUID,
    order: RerunOrder,
    caller: CanStartRuns,
    held: Held,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    *,
    preview: Annotated[bool, Query(description="Begin nothing: say node by node what would be done.")] = False,
) -> Run | Response:
    """Start a new run from an ended one: from its start, its failure, or named nodes. What stays good is not done again."""
    if preview:
        foreseen = await service.preview(held, run_id, order, caller)
        return JSONResponse(foreseen.model_dump(mode="json"))
    started = await service.rerun(held, run_id, order, caller, idempotency_key)
    response.headers["Location"] = f"/api/v1/workflow_runs/{started.run_id}"
    if started.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return await read.read_run(held, started.run_id, caller)


@router.get(f"{RUN}/lineage")
async def read_lineage(run_id: UUID, caller: CanReadRuns, held: Held) -> Lineage:
    """The run that this one goes back to by reruns, and all reruns of it and of theirs."""
    return await lineage.read_lineage(held, run_id, caller)


@router.get(
    f"{RUN}/compare/{{other_id}}",
    responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid", "events_purged"),
)
async def compare_runs(
    run_id: UUID,
    other_id: UUID,
    caller: CanReadRuns,
    held: Held,
    page: Paging,
    *,
    differing: Annotated[bool, Query(description="Only the nodes that are not the same in both.")] = False,
) -> Comparison:
    """Two runs node by node: how each ended, whether it was given the same and gave the same."""
    return await compare.compare_runs(held, run_id, other_id, page, caller, differing=differing)
