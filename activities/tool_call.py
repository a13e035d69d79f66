"""The node `tool_call`: one call of a tool, whatever kind of tool it is."""

from typing import Any

from activities.kind import NodeContext
from activities.tools.context import ToolContext, given_to_users
from activities.tools.failures import ArgumentsRefused, changed_since
from interpreter.values import Json
from plait.values.schema import compiled


async def call_tool(context: NodeContext, given: dict[str, Any]) -> Json:
    """The tool's result. The arguments are checked against the schema that the plan recorded, and
    then against that of the tool as it is now, which may have changed since.
    """
    name, args = given["tool"], given.get("args") or {}
    recorded = context.node.tool
    if recorded is not None and (violations := compiled(recorded.parameters).violations(args)):
        raise ArgumentsRefused(name, violations)
    try:
        return await context.services.tools.call(
            context.task.project, name, args, ToolContext(**given_to_users(context))
        )
    except ArgumentsRefused as refused:
        if recorded is None:
            raise
        raise changed_since(name, refused) from None
