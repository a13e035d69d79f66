"""Closes a node's row with the workflow's verdict, or returns the success that was there first."""

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.rows import change_of, error_body, moment, node_event, result_of
from activities.services import Services
from interpreter.rules.region import OVERRIDE
from interpreter.shell.wire import SETTLE, Settle, Settled
from interpreter.state import FINAL_NODE, NodeStatus
from plait.store.changes import Change, NodeRow
from plait.store.ledger import OVERRIDDEN


def settling(services: Services) -> Callable[[Settle], Awaitable[Settled]]:
    """The activity `plait.settle`."""

    @activity.defn(name=SETTLE)
    async def settle(task: Settle) -> Settled:
        written = await services.recorder.put(_change(task))
        status = written.status or task.status
        if status == NodeStatus.COMPLETED:
            return Settled(status, result_of(written))
        return Settled(status)

    return settle


def _change(task: Settle) -> Change:
    at = moment(task.at)
    error = error_body(task.failure) if task.failure else None
    row = NodeRow(
        path=task.path,
        generation=task.generation,
        node=task.node,
        type=task.type,
        name=task.name,
        status=task.status,
        at=at,
        outcome=_outcome(task),
        error=error,
        why=task.why,
        completed_at=at if task.status in FINAL_NODE else None,
    )
    told = node_event(
        task.status,
        task,
        at,
        **({"error": error} if error else {}),
        **({"why": task.why} if task.why else {}),
        **({"attempt": task.failure.attempt} if task.failure and task.failure.attempt else {}),
    )
    return change_of(task, node=row, events=(told,))


def _outcome(task: Settle) -> str | None:
    """What ended for a person's override is not the end of the node: the next generation tells of that."""
    if task.why is not None and task.why.get("reason") == OVERRIDE:
        return OVERRIDDEN
    return "error" if task.status == NodeStatus.FAILED else None
