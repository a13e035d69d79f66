"""Who asks, for which environment: what every handler takes from the request that a message came with."""

from dataclasses import dataclass
from typing import Any, cast

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from starlette.requests import Request

from api.resources import Resources, resources_of
from plait.auth import Caller

TASKS = "io.modelcontextprotocol/tasks"


@dataclass(frozen=True, slots=True)
class Asked:
    """One message. `takes_tasks`: the client said, with this message, that it follows tasks."""

    held: Resources
    caller: Caller
    environment: str
    takes_tasks: bool


def asked_by(context: ServerRequestContext[Any, Any]) -> Asked:
    """What the entrance and the route have settled before the message was read."""
    request = cast("Request", context.request)
    declared = context.session.client_capabilities
    extensions = (declared.extensions or {}) if declared else {}
    return Asked(
        held=resources_of(request),
        caller=request.state.caller,
        environment=request.state.environment,
        takes_tasks=TASKS in extensions and context.protocol_version in MODERN_PROTOCOL_VERSIONS,
    )


def asked_for_tasks(context: ServerRequestContext[Any, Any]) -> Asked:
    """The same, of a client that must follow tasks to ask this."""
    asked = asked_by(context)
    if not asked.takes_tasks:
        lacking = {"requiredCapabilities": {"extensions": {TASKS: {}}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, f"Say that you take {TASKS}.", lacking)
    return asked
