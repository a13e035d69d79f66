"""Which function carries out which kind of operation. A new kind is one name in `Kind` and one line here."""

from collections.abc import Mapping

from api.backtest.service import backtest_run
from api.bulk.actions import act_on_run
from api.evals.row import evaluate_row
from api.operations.work import Perform
from api.schedules.by_hand import start_time
from api.workflows.deletion import delete_part
from plait.store.operations import Kind

KINDS: Mapping[Kind, Perform] = {
    "backfill": start_time,
    "backtest": backtest_run,
    "archive": act_on_run,
    "bulk": act_on_run,
    "restore": act_on_run,
    "delete_workflow": delete_part,
    "eval": evaluate_row,
}
