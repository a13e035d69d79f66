"""Compares open rows with Temporal, so that no run stays open after its workflow is gone. One process leads it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from api.resources import Resources
from api.upkeep.ending import Ending, end_run
from interpreter.shell.wire import WORKFLOW, workflow_id
from plait.clock import now, rfc3339
from plait.ids import uuid_of
from plait.store import reconcile as store

EVERY_SECONDS = 15.0
QUIET = timedelta(minutes=5)
OVERLAP = timedelta(minutes=2)
"""Temporal's list lags behind, so the last minutes are read again each time."""
FIRST_LOOK = timedelta(days=1)
STUCK_AFTER = 3
RUN_PREFIX = workflow_id("")

ENDINGS: dict[WorkflowExecutionStatus, Ending] = {
    WorkflowExecutionStatus.TERMINATED: Ending("terminated", "Terminated", "It was terminated in Temporal."),
    WorkflowExecutionStatus.CANCELED: Ending("cancelled", None, ""),
    WorkflowExecutionStatus.TIMED_OUT: Ending(
        "failed", "ExecutionTimedOut", "Temporal's limit for the workflow passed."
    ),
    WorkflowExecutionStatus.FAILED: Ending("failed", "ExecutionFailed", "The workflow failed without recording why."),
    WorkflowExecutionStatus.COMPLETED: Ending("failed", "ExecutionLost", "The workflow ended without recording how."),
}
LOST = Ending("failed", "ExecutionLost", "Temporal does not know this run any more.")


async def reconcile_once(held: Resources) -> None:
    """One comparison."""
    at = now()
    client = await held.temporal.client()
    await end_closed(held, client, at)
    await ask_after_quiet(held, client, at)


async def end_closed(held: Resources, client: Client, at: datetime) -> None:
    """End the rows of runs whose workflows Temporal has closed since the last look."""
    cursor = await store.read_cursor(held.pool)
    since = datetime.fromisoformat(cursor) if cursor else at - FIRST_LOOK
    closed: list[UUID] = []
    query = f"WorkflowType = '{WORKFLOW}' AND CloseTime >= '{rfc3339(since - OVERLAP)}'"
    async for execution in client.list_workflows(query):
        run_id = run_of(execution.id)
        if run_id is not None and execution.status in ENDINGS:
            closed.append(run_id)
    for row in await store.list_open_of(held.pool, closed):
        # The list may tell of an execution before one that was begun again: ask for the latest.
        await end_if_closed(held, client, row)
    await store.write_cursor(held.pool, rfc3339(at))


def run_of(workflow: str) -> UUID | None:
    """The run that a workflow's id names."""
    return uuid_of(workflow.removeprefix(RUN_PREFIX)) if workflow.startswith(RUN_PREFIX) else None


async def ask_after_quiet(held: Resources, client: Client, at: datetime) -> None:
    """Describe runs of which nothing was heard for minutes."""
    for row in await store.claim_quiet(held.pool, at, QUIET):
        await end_if_closed(held, client, row)


async def end_if_closed(held: Resources, client: Client, row: Any) -> None:
    """Make a row agree with what Temporal says of its workflow."""
    try:
        found = await client.get_workflow_handle(workflow_id(str(row["id"]))).describe()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        await recover_lost(held, row)
        return
    if found.status is not None and (ending := ENDINGS.get(found.status)):
        await end_run(held, row["project"], row["id"], ending)
        return
    stuck = found.raw_description.pending_workflow_task.attempt > STUCK_AFTER
    await store.set_flag(held.pool, row["id"], "stuck", on=stuck)


async def recover_lost(held: Resources, row: Any) -> None:
    """A run that never began is begun again; what one that did had done is lost with its workflow."""
    if row["status"] == "pending":
        await store.start_again(held.pool, row["id"], now())
    else:
        await end_run(held, row["project"], row["id"], LOST)
