"""The routes of evaluations. They are operations: `POST /operations/{id}/cancel` stops one."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from api.evals import service
from api.evals.begin import begin_eval
from api.evals.schemas import EvalOrder
from api.evals.scores import Change
from api.evals.views import Eval, EvalRow, EvalSummary
from api.http.idempotency import NewId
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanReadRunData, CanReadRuns, CanStartRuns, require_scope
from api.operations.schemas import Operation
from api.operations.service import read_operation
from api.resources import Held

router = slice_router("evals")
START = ("workflow_disabled", "not_promoted", "input_invalid", "too_large", "workflow_invalid")


@router.post("/evals", status_code=202, responses=problems("malformed_json", "request_invalid", *START))
async def create_eval(order: EvalOrder, caller: CanStartRuns, held: Held, operation_id: NewId) -> Operation:
    """Run a workflow on every row of a dataset, and score what comes out.

    The runs are real: whatever their nodes do to the world is done. Its id is that of the operation.
    """
    require_scope(caller, "runs:read_data")
    await begin_eval(held, operation_id, order, caller)
    return await read_operation(held, operation_id, caller)


@router.get("/evals", responses=problems("invalid_cursor", "cursor_mismatch"))
async def list_evals(caller: CanReadRuns, held: Held, page: Paging) -> Page[EvalSummary]:
    """Evaluations, the newest first."""
    return await service.list_evals(held, page, caller)


@router.get("/evals/{eval_id}")
async def get_eval(eval_id: UUID, caller: CanReadRuns, held: Held) -> Eval:
    """An evaluation as it is now: each version's scores, cost and time, and how they compare."""
    return await service.read_eval(held, eval_id, caller)


@router.get("/evals/{eval_id}/rows", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_eval_rows(
    eval_id: UUID,
    caller: CanReadRunData,
    held: Held,
    page: Paging,
    change: Annotated[Change | None, Query(description="Only rows of which a score changed so.")] = None,
) -> Page[EvalRow]:
    """The rows in their order, with outputs and scores side by side."""
    return await service.list_rows(held, eval_id, change, page, caller)
