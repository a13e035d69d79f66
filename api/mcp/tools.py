"""The tools that every client gets besides workflows: start, look at, decide and cancel. They follow long runs
and approvals where a client knows no tasks. They see what is offered to agents, and nothing else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from mcp_types import CallToolResult, Tool, ToolAnnotations
from pydantic import Field

from api.gates import service as gates
from api.gates.schemas import Decide
from api.http.models import Order
from api.http.security import require_scope
from api.mcp.answers import answer, answer_with_run, gates_of, run_schema, told_of_gate
from api.mcp.asked import Asked
from api.offers.offered import find_offered
from api.offers.starting import start_offered
from api.runs.control import cancel_run
from api.runs.waiting import wait_until
from plait.errors import NotFound
from plait.store import exposed

MOST_SECONDS = 50.0


class StartRun(Order):
    """Start a workflow without waiting for it. Answers with the run's id."""

    workflow: Annotated[str, Field(max_length=100, description="The name of a workflow's tool.")]
    input: Any = Field(default={}, description="As the workflow's tool takes it.")
    idempotency_key: str | None = Field(
        default=None, min_length=1, max_length=255, description="The same key starts one run, however often it is sent."
    )


class GetRun(Order):
    """Look at a run: how it stands, its output once it has completed, and what waits for people."""

    run_id: UUID
    wait_seconds: float = Field(
        default=0, ge=0, le=MOST_SECONDS, description="Wait so long for it to end or to need people."
    )


class ListGates(Order):
    """List what waits for people, in all runs or in one."""

    run_id: UUID | None = None


class DecideGate(Order):
    """Decide a gate for the person who told you to. Never decide one by yourself."""

    gate_id: UUID
    decision: Annotated[str, Field(min_length=1, max_length=100, description="One of the gate's outcomes.")]
    form: Any = Field(default=None, description="The answers to the gate's form, if it has one.")
    comment: Annotated[str | None, Field(max_length=4000)] = None


class CancelRun(Order):
    """Cancel a run, with clean-up."""

    run_id: UUID
    reason: Annotated[str | None, Field(max_length=2000)] = None


async def start(asked: Asked, order: StartRun) -> CallToolResult:
    """Start an offered workflow."""
    offered = await find_offered(asked.held, asked.environment, "mcp", order.workflow, asked.caller)
    if offered is None:
        raise NotFound(f"No workflow {order.workflow!r} is offered to agents here; tools/list has those that are.")
    run_id = await start_offered(
        asked.held, offered.slug, order.input, asked.caller, asked.environment, "mcp", order.idempotency_key
    )
    return await answer_with_run(asked, run_id)


async def look(asked: Asked, order: GetRun) -> CallToolResult:
    """A run, perhaps a little later."""
    await refuse_unoffered(asked, order.run_id)
    if order.wait_seconds:
        await wait_until(asked.held, asked.caller.project, order.run_id, "blocked", order.wait_seconds)
    return await answer_with_run(asked, order.run_id)


async def inbox(asked: Asked, order: ListGates) -> CallToolResult:
    """What waits for people."""
    return answer({"gates": [told_of_gate(each) for each in await gates_of(asked, order.run_id)]})


async def decide(asked: Asked, order: DecideGate) -> CallToolResult:
    """A vote of the caller's."""
    require_scope(asked.caller, "gates:decide")
    row = await gates.read_gate(asked.held, order.gate_id, asked.caller)
    if not await exposed.is_offered_run(asked.held.pool, asked.caller.project, row["run_id"], "mcp"):
        raise NotFound("There is no such gate.")
    vote = Decide(decision=order.decision, form=order.form, comment=order.comment)
    return answer(told_of_gate((await gates.decide(asked.held, order.gate_id, vote, asked.caller)).gate))


async def cancel(asked: Asked, order: CancelRun) -> CallToolResult:
    """The wish that a run ends."""
    require_scope(asked.caller, "runs:control")
    await refuse_unoffered(asked, order.run_id)
    await cancel_run(asked.held, order.run_id, asked.caller, order.reason)
    return await answer_with_run(asked, order.run_id)


async def refuse_unoffered(asked: Asked, run_id: UUID) -> None:
    """A run of what is not offered is as one that is not there."""
    if not await exposed.is_offered_run(asked.held.pool, asked.caller.project, run_id, "mcp"):
        raise NotFound("There is no such run of a workflow that is offered to agents.")


@dataclass(frozen=True, slots=True)
class PlainTool:
    """A tool by name: what it takes, and what it does with that."""

    order: type[Order]
    work: Callable[[Asked, Any], Awaitable[CallToolResult]]
    output: dict[str, Any]
    only_reads: bool = False

    def described(self, name: str) -> Tool:
        """As clients see it."""
        return Tool(
            name=name,
            description=self.order.__doc__,
            input_schema=self.order.model_json_schema(),
            output_schema=self.output,
            annotations=ToolAnnotations(read_only_hint=self.only_reads),
        )


ANY_RUN = run_schema({})
GATE: dict[str, Any] = {"type": "object"}
GATES = {"type": "object", "required": ["gates"], "properties": {"gates": {"type": "array", "items": GATE}}}
PLAIN: dict[str, PlainTool] = {
    "start_run": PlainTool(StartRun, start, ANY_RUN),
    "get_run": PlainTool(GetRun, look, ANY_RUN, only_reads=True),
    "list_gates": PlainTool(ListGates, inbox, GATES, only_reads=True),
    "decide_gate": PlainTool(DecideGate, decide, GATE),
    "cancel_run": PlainTool(CancelRun, cancel, ANY_RUN),
}
"""No slug has an underscore, so no workflow has one of these names."""
