"""Ends a run: evaluates its output, writes the end once, and says how the row stands then."""

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError

from activities.kind import NodeError
from activities.rows import error_body, moment
from activities.runs.children import tell_parent
from activities.runs.outputs import output_of
from activities.runs.schedules import tell_waiter
from activities.services import Services
from activities.shell.names import View, names_of
from activities.shell.results import normalised
from interpreter.expressions import ExpressionError
from interpreter.messages import Failure
from interpreter.shell.wire import FINISH, Finish, Finished
from plait.errors import PlaitError, Unavailable
from plait.starts.admission import let_in
from plait.store.changes import Change, EventRow, RunRow, StoredValue, Written
from plait.store.pool import is_outage
from plait.store.slots import slot_of
from plait.store.tasks import look_up

logger = logging.getLogger("plait.finish")


def finishing(services: Services, client: Client) -> Callable[[Finish], Awaitable[Finished]]:
    """The activity `plait.finish`."""

    @activity.defn(name=FINISH)
    async def finish(task: Finish) -> Finished:
        status, failure, output = task.status, task.failure, None
        if status == "completed" or task.end is not None:
            try:
                output = await _output(services, task)
            except (ExpressionError, NodeError, PlaitError) as error:
                if is_outage(error):
                    raise
                status, failure = "failed", _output_error(error)
        written = await services.recorder.put(_change(task, status, failure, output))
        await tell_parent(services, client, UUID(task.run_id))
        await tell_waiter(services, client, UUID(task.run_id))
        await _pass_slot_on(services, client, task)
        return _finished(written, status, failure, output)

    return finish


async def _pass_slot_on(services: Services, client: Client, task: Finish) -> None:
    """Begin the run that waits for the slot which is free now. What goes wrong here is mended by the sweeper."""
    try:
        if (slot := await slot_of(services.pool, UUID(task.run_id))) is not None:
            await let_in(services.pool, client, slot, open_mode=task.open_mode)
    except (RPCError, Unavailable) as error:
        logger.warning("the next run was not begun, the sweeper will: %s", error)


async def _output(services: Services, task: Finish) -> StoredValue:
    """The run's output: that of the `end` node which ended it, else what the document says."""
    plan = await services.plans.find(task.project, task.hash)
    rows = [(source.path, source.generation) for source in task.reads]
    if task.end is not None and task.end not in {path for path, _ in rows}:
        rows.append((task.end, 1))
    found = await look_up(services.pool, task.project, UUID(task.run_id), rows, with_input=True)
    if found is None:
        raise NodeError("RunDeleted", "the run was deleted", category="platform")
    if task.end is not None:
        row = found.nodes.get(task.end)
        stored = row.output if row is not None else None
        return stored or await services.payloads.store(task.project, None)
    output = output_of(plan, plan)
    names = await names_of(services, plan, found, View.of(task), output.wanted)
    return await services.payloads.store(task.project, normalised(output.value(task.reads, names)))


def _output_error(error: Exception) -> Failure:
    what = error.message if isinstance(error, NodeError) else str(error)
    return Failure("OutputError", f"the run's output has no value: {what}", "input")


def _change(task: Finish, status: str, failure: Failure | None, output: StoredValue | None) -> Change:
    at, error = moment(task.at), error_body(failure) if failure else None
    told = EventRow(
        "run:workflow.run.end:1",
        f"workflow.run.{status}",
        at,
        data={"status": status, "error": error, "flags": task.flags, "output_size": output.size if output else None},
    )
    row = RunRow(status=status, at=at, flags=tuple(task.flags), output=output, error=error)
    return Change(run_id=UUID(task.run_id), project=task.project, run=row, events=(told,))


def _finished(written: Written, status: str, failure: Failure | None, output: StoredValue | None) -> Finished:
    """Our own end if it was written, else the one that was there first."""
    if written.accepted:
        size, sha256 = (output.size, output.sha256) if output else (0, None)
        return Finished(status, failure, size, sha256)
    error = written.error
    known = Failure(error["type"], error["message"]) if error else None
    return Finished(written.status or status, known, written.output_size or 0, written.output_sha256)
