"""Long runs as tasks (`io.modelcontextprotocol/tasks`, SEP-2663): the task's id is the run's, input that it requires
is a gate that the caller may decide, an update is a decision.
"""

from typing import Any
from uuid import UUID

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, RequestParams
from pydantic import Field

from api.gates import service as gates
from api.gates.schemas import Gate
from api.http.security import require_scope
from api.mcp.answers import answer_of, gates_of
from api.mcp.asked import Asked, asked_for_tasks
from api.mcp.forms import decision_in, question_of
from api.runs.control import cancel_run
from api.runs.read import read_run
from api.runs.schemas import Run
from interpreter.state import FINAL_RUN
from plait.clock import now, rfc3339
from plait.errors import PlaitError
from plait.store import exposed

POLL_MS = 1000


class TaskParams(RequestParams):
    """Which task."""

    task_id: str = Field(alias="taskId")


class UpdateParams(TaskParams):
    """What the client says to what the task asked, by the id of each gate."""

    input_responses: dict[str, Any] = Field(alias="inputResponses", default_factory=dict)


def begun(run: Run) -> dict[str, Any]:
    """A run as a task that goes on: what it asks, or gave meanwhile, is for `tasks/get` to say."""
    return {
        "taskId": str(run.id),
        "status": "working",
        "statusMessage": run.message,
        "createdAt": rfc3339(run.created_at),
        "lastUpdatedAt": rfc3339(run.completed_at or now()),
        "ttlMs": None,
        "pollIntervalMs": POLL_MS,
    }


async def task_of(asked: Asked, run_id: UUID) -> dict[str, Any]:
    """A run as a task, with its result or with what it asks."""
    run = await read_run(asked.held, run_id, asked.caller)
    task = begun(run)
    if run.status in ("cancelled", "terminated"):
        return task | {"status": "cancelled"}
    if run.status in FINAL_RUN:
        result = await answer_of(asked, run)
        return task | {
            "status": "completed",
            "result": result.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
    if asks := [each for each in await gates_of(asked, run_id) if may_decide(asked, each)]:
        return task | {"status": "input_required", "inputRequests": {str(each.id): question_of(each) for each in asks}}
    return task


def may_decide(asked: Asked, gate: Gate) -> bool:
    """Whether the caller is asked. Everybody else sees in the task's message whom it waits for."""
    return gate.my.can_decide and "gates:decide" in asked.caller.scopes


async def get(context: Any, params: TaskParams) -> dict[str, Any]:
    """`tasks/get`."""
    asked = asked_for_tasks(context)
    return await task_of(asked, await known(asked, params.task_id))


async def update(context: Any, params: UpdateParams) -> dict[str, Any]:
    """`tasks/update`: votes. An answer to what is not asked, or not any more, counts for nothing; whoever declines to
    answer has not decided.
    """
    asked = asked_for_tasks(context)
    run_id = await known(asked, params.task_id)
    try:
        for gate in await gates_of(asked, run_id):
            vote = decision_in(params.input_responses.get(str(gate.id)), gate) if may_decide(asked, gate) else None
            if vote is not None:
                await gates.decide(asked.held, gate.id, vote, asked.caller)
    except PlaitError as error:
        raise MCPError(INVALID_PARAMS, str(error)) from None
    return {}


async def cancel(context: Any, params: TaskParams) -> dict[str, Any]:
    """`tasks/cancel`: the wish that the run ends. One that has ended stays as it is."""
    asked = asked_for_tasks(context)
    run_id = await known(asked, params.task_id)
    try:
        require_scope(asked.caller, "runs:control")
        if (await read_run(asked.held, run_id, asked.caller)).status not in FINAL_RUN:
            await cancel_run(asked.held, run_id, asked.caller, "the task was cancelled")
    except PlaitError as error:
        raise MCPError(INVALID_PARAMS, str(error)) from None
    return {}


async def known(asked: Asked, task_id: str) -> UUID:
    """The run that a task is, if the caller may see it and it runs for an offered workflow."""
    try:
        require_scope(asked.caller, "runs:read")
        run_id = UUID(task_id)
    except (PlaitError, ValueError):
        run_id = None
    if run_id and await exposed.is_offered_run(asked.held.pool, asked.caller.project, run_id, "mcp"):
        return run_id
    raise MCPError(INVALID_PARAMS, "There is no such task.")
