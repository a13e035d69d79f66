"""Has a worker do something with tools, and waits for its answer: only workers have the secrets and the way out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError
from temporalio.exceptions import TimeoutError as TimedOut
from temporalio.service import RPCError

from api.resources import Resources
from api.temporal import temporal_away
from interpreter.problems import Problem
from interpreter.shell.wire import TASK_QUEUE
from plait.clock import new_id
from plait.errors import Invalid, Unavailable
from plait.tools.orders import LONGEST, UNANSWERED, WORKFLOW, ToolOrder

WAIT = LONGEST + UNANSWERED + timedelta(seconds=10)


async def ask_worker(held: Resources, project: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """`value` or `error`, and `seconds`. Raises Unavailable where no worker answers in time."""
    client = await held.temporal.client()
    order = ToolOrder(project, str(await held.payloads.keep(project, said)))
    try:
        answer = await _run(client, order)
    except RPCError:
        raise temporal_away() from None
    except WorkflowFailureError as error:
        raise _away(error) from None
    return await held.payloads.load(project, UUID(answer))


async def _run(client: Client, order: ToolOrder) -> str:
    return await client.execute_workflow(
        WORKFLOW, order, id=f"tool:{new_id()}", task_queue=TASK_QUEUE, execution_timeout=WAIT, result_type=str
    )


def _away(error: WorkflowFailureError) -> Unavailable:
    """Nobody took it, or whoever did is gone: what a tool answers is no failure of the workflow."""
    cause = error.cause.cause if isinstance(error.cause, ActivityError) else error.cause
    late = "in time" if isinstance(cause, TimedOut) else "any more"
    return Unavailable(f"No worker answers {late}. Is one running? `plait worker` starts one.", code="worker_away")


async def ask_listed(held: Resources, project: str, name: str, source: Mapping[str, Any], environment: str) -> Any:
    """What a server says that it offers. Raises Invalid with why it does not say it."""
    answer = await ask_worker(held, project, {"name": name, "source": source, "environment": environment})
    if error := answer.get("error"):
        problem = Problem(error["type"], f"{error['message']}.", ("url",))
        raise Invalid("The server does not say what it offers.", problems=[problem])
    return answer["value"]
