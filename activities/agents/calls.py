"""The calls that an agent's turn asks for: each is given what stands in the turn, as people approved it.

A tool runs as the node type `agent_tool`, a workflow as a sub-workflow, an agent with turns of its own, and an approval
as a gate.
"""

from typing import Any, cast

from activities.agents.record import APPROVAL, rows_at, value_of
from activities.agents.versions import version_in
from activities.kind import NodeContext, NodeError, NodeKind, Prepared
from activities.services import Services
from activities.shell.attempt import Attempt
from activities.tools.context import ToolContext, given_to_users
from interpreter.plan.agents import CALL
from interpreter.shell.wire import NodeTask
from interpreter.values import Json
from plait.agents import ModelAgent, Uses
from plait.store.tasks import NodeFound

Call = dict[str, Any]


async def prepare(attempt: Attempt, names: dict[str, Any], uses: Uses) -> Prepared:
    """What the tool is called with. One that may not be repeated is tried once, unless the node says otherwise."""
    del names
    services, task = attempt.services, attempt.task
    given = await given_to_step(services, task, uses)
    name = given["tool"]
    tool = (await services.tools.describe(task.project, [name])).get(name)
    attempt.once = not (tool is not None and tool.idempotent) and attempt.plan.find(task.node).node.retry is None
    if attempt.once and attempt.number > 1:
        message = f"an earlier call of {name} was cut off: nobody knows what it did, and it may not be repeated"
        raise NodeError("WorkerLost", message, category="platform")

    async def run(context: NodeContext) -> Json:
        return await call_tool(context, given)

    return Prepared(given, run)


async def call_tool(context: NodeContext, given: dict[str, Any]) -> Json:
    """The tool's result. Raises NodeError, or what a function raised."""
    told = ToolContext(**given_to_users(context))
    return await context.services.tools.call(context.task.project, given["tool"], given["args"], told)


AGENT_TOOL = NodeKind(CALL, call_tool, prepare)


async def given_to_step(services: Services, task: NodeTask, uses: Uses) -> dict[str, Any]:
    """What an approval, a tool, a sub-workflow or an agent that is called is given, in place of parameters in a document."""
    path = task.path.removesuffix(f".{APPROVAL}")
    above, approval = path.rpartition(".")[0], f"{path}.{APPROVAL}"
    rows = await rows_at(services, task, [above, approval])
    turn = rows[above]
    said = cast("dict[str, Any]", await value_of(services, task.project, turn.output))
    call = next(call for call in said["calls"] if call["path"] == path)
    if task.step == APPROVAL:
        sent = cast("dict[str, Any]", await value_of(services, task.project, turn.input))
        agent = await version_in(services, task.project, uses, said["agent"])
        assert isinstance(agent, ModelAgent), "only a model asks for calls"
        return _gate(said["agent"], agent, call, sent["tools"])
    name, args = call["tool"], await _approved_args(services, task.project, rows.get(approval), call)
    if task.step == "tool":
        return {"tool": name, "args": args}
    if task.step == "workflow":
        return {"workflow": name.removeprefix("workflow:"), "input": args}
    return {"agent": name.removeprefix("agent:"), **args}


async def _approved_args(services: Services, project: str, gate: NodeFound | None, call: Call) -> dict[str, Any]:
    """The arguments as they were approved, where somebody changed them."""
    if gate is None or gate.output is None:
        return call["args"]
    decided = cast("dict[str, Any]", await value_of(services, project, gate.output))
    return call["args"] if decided["form"] is None else decided["form"]


def _gate(by: str, agent: ModelAgent, call: Call, offers: list[dict[str, Any]]) -> dict[str, Any]:
    """The gate at which people see the arguments, and may change them."""
    offer = next(offer for offer in offers if offer["name"] == call["tool"])
    return {
        "title": f"{by} asks to call {call['tool']}",
        "instructions": offer["description"] or None,
        "show": [{"label": "Arguments", "value": call["args"], "format": "json"}],
        "form": offer["parameters"],
        "prefill": call["args"],
        "approvers": list(agent.approvers),
    }
