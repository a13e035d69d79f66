"""The route of bulk actions."""

from fastapi import Request, Response

from api.bulk import service
from api.bulk.schemas import BulkOrder, BulkPreview
from api.http.routing import open_parameters, problems, slice_router
from api.http.security import CanReadRuns
from api.operations.schemas import Operation
from api.operations.service import read_operation
from api.resources import Held
from api.runs.filters import RunFilterParameters, metadata_of

router = slice_router("runs")


@router.post(
    "/workflow_runs/bulk",
    responses={
        202: {"model": Operation, "description": "Confirmed: it is carried out as an operation."},
        **problems("preview_changed", "request_invalid", "malformed_json", "unsupported_media_type"),
    },
)
@open_parameters("metadata.")
async def act_on_runs(
    order: BulkOrder,
    filters: RunFilterParameters,
    request: Request,
    caller: CanReadRuns,
    held: Held,
    response: Response,
) -> BulkPreview | Operation:
    """One action on many runs: those in `ids`, or those that the filters of `GET /workflow_runs` let through.

    With `dry_run` it says how many and which; the same request with the `confirm` of that answer does it.
    """
    bulk = service.Bulk(order, filters, metadata_of(request), caller)
    if order.dry_run:
        return await service.preview(held, bulk)
    confirmed = await service.confirm(held, bulk)
    response.status_code = 202 if confirmed.now else 200
    return await read_operation(held, confirmed.operation_id, caller)
