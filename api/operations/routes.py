"""The routes of operations."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanControlRuns, CanReadRuns
from api.operations import service
from api.operations.schemas import Operation, OperationItem, OperationSummary
from api.resources import Held
from plait.store.operations import Kind, Status

router = slice_router("operations")
OPERATION = "/operations/{operation_id}"


@router.get("/operations", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_operations(
    caller: CanReadRuns,
    held: Held,
    page: Paging,
    kind: Annotated[list[Kind] | None, Query()] = None,
    status: Annotated[list[Status] | None, Query()] = None,
) -> Page[OperationSummary]:
    """Operations, the newest first."""
    return await service.list_operations(held, kind, status, page, caller)


@router.get(OPERATION)
async def get_operation(operation_id: UUID, caller: CanReadRuns, held: Held) -> Operation:
    """An operation as it is now, with the first hundred items that failed."""
    return await service.read_operation(held, operation_id, caller)


@router.get(f"{OPERATION}/items", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_operation_items(
    operation_id: UUID,
    caller: CanReadRuns,
    held: Held,
    page: Paging,
    status: Literal["waiting", "done", "failed"] | None = None,
) -> Page[OperationItem]:
    """What became of each item, in the order in which they are done."""
    return await service.list_items(held, operation_id, status, page, caller)


@router.post(
    f"{OPERATION}/cancel",
    status_code=202,
    responses={
        200: {"model": Operation, "description": "It was so already."},
        **problems("operation_ended"),
    },
)
async def cancel_operation(operation_id: UUID, caller: CanControlRuns, held: Held, response: Response) -> Operation:
    """Do no further item. What is done stays done, and the item under way is finished."""
    if not await service.cancel_operation(held, operation_id, caller):
        response.status_code = 200
    return await service.read_operation(held, operation_id, caller)
