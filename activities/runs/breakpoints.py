"""Shows what a run is paused before: the node's row, with the input that it would run with."""

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.heart import Heart
from activities.kind import NodeError
from activities.patience import patiently
from activities.rows import change_of, edges_told, moment, node_event, node_row, timestamp
from activities.services import Services
from activities.shell.attempt import Attempt, begin, find
from activities.shell.given import given_to
from activities.shell.inputs import error_text
from interpreter.expressions import ExpressionError
from interpreter.shell.wire import SHOW_INPUT, NodeTask
from plait.store.changes import StoredValue


def showing_inputs(services: Services) -> Callable[[NodeTask], Awaitable[bool]]:
    """The activity `plait.show_input`; whether there is an input to be shown."""

    @activity.defn(name=SHOW_INPUT)
    async def show_input(task: NodeTask) -> bool:
        with Heart():
            attempt = await begin(services, task)
            shown, message = await _resolved(attempt)
            at, ready = attempt.started_at, moment(task.ready_at)
            row = node_row(task, attempt.node, "pending", at, input=shown, message=message, ready_at=ready)
            told = node_event(
                "ready", task, at, n="paused", status="pending", ready_at=timestamp(ready), edges=edges_told(task.edges)
            )
            await services.recorder.put(change_of(task, node=row, events=(told,)))
            return shown is not None

    return show_input


async def _resolved(attempt: Attempt) -> tuple[StoredValue | None, str | None]:
    """The node's input as people may see it, or why there is none; the node itself would fail of that."""
    found = await patiently(lambda: find(attempt))
    try:
        _, shown = await given_to(attempt, found)
    except ExpressionError as error:
        return None, f"It will fail: {error_text(error)}"
    except NodeError as error:
        return None, f"It will fail: {error}"
    return await patiently(lambda: attempt.services.payloads.store(attempt.task.project, shown)), None
