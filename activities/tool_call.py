"""The node `tool_call`: one call of a Python function that this worker offers."""

from typing import Any

from pydantic_core import PydanticSerializationError

from activities.kind import NodeContext, NodeError
from activities.tools.context import ToolContext, given_to_users
from activities.tools.registry import ArgumentsRefused
from interpreter.catalogue import Tool
from interpreter.values import Json
from plait.errors import NotFound
from plait.schema import compiled


async def call_tool(context: NodeContext, given: dict[str, Any]) -> Json:
    """The tool's result. The arguments are checked against the schema that the plan recorded, and
    then against that of the worker's own tool, which may have changed since.
    """
    name, args = given["tool"], given.get("args") or {}
    recorded = context.node.tool
    if recorded is not None:
        _check_recorded(recorded, args)
    try:
        return await context.services.tools.call(name, args, ToolContext(**given_to_users(context)))
    except NotFound:
        # Another worker may have it, and this one too after it is deployed.
        message = f"this worker does not offer the tool {name}"
        raise NodeError("ToolNotRunning", message, category="platform", retryable=True) from None
    except ArgumentsRefused as error:
        raise _refusal(name, error, changed=recorded is not None) from None
    except PydanticSerializationError as error:
        message = f"{name} returned something else than its return type says: {_first_line(error)}"
        raise NodeError("ToolOutputInvalid", message, category="external") from None


def _check_recorded(tool: Tool, args: dict[str, Any]) -> None:
    if violations := compiled(tool.parameters).violations(args):
        raise _refusal(tool.name, ArgumentsRefused(violations), changed=False)


def _refusal(name: str, refused: ArgumentsRefused, *, changed: bool) -> NodeError:
    details = {"problems": [str(violation) for violation in refused.violations]}
    if changed:
        message = f"{name} takes other arguments than when this version was saved: {refused}"
        return NodeError("ToolChanged", message, category="input", details=details)
    return NodeError(
        "ArgumentsInvalid", f"{name} does not take these arguments: {refused}", category="input", details=details
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
