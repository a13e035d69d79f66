"""The route of backtests."""

from api.backtest.schemas import BacktestOrder
from api.backtest.service import begin_backtest
from api.http.idempotency import NewId
from api.http.routing import problems, slice_router
from api.http.security import CanReadRunData
from api.operations.schemas import Operation
from api.operations.service import read_operation
from api.resources import Held
from api.workflows.routes import Ref

router = slice_router("workflows")


@router.post("/workflows/{ref}/backtest", status_code=202, responses=problems("malformed_json", "workflow_invalid"))
async def backtest_workflow(
    ref: Ref, order: BacktestOrder, caller: CanReadRunData, held: Held, operation_id: NewId
) -> Operation:
    """Feed the recorded results of the last runs to a candidate, in the simulator.

    The operation counts the `verdicts`; `GET /operations/{id}/items` has one for each run, with the first difference.
    """
    await begin_backtest(held, operation_id, ref, order, caller)
    return await read_operation(held, operation_id, caller)
