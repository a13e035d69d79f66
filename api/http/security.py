"""Who may do what. A route names its permission as a type in its signature:

    async def list_runs(caller: CanReadRuns, ...)

and a route without one does not pass the tests. Who the caller is was settled at the entrance,
before routing; here only its scopes are looked at.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.http.errors import Refusal
from plait.auth import Caller, Scope


class Permission:
    """Lets through callers that have a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope: Scope = scope

    def __call__(self, connection: HTTPConnection) -> Caller:
        caller: Caller = connection.state.caller
        require_scope(caller, self.scope)
        return caller


def require_scope(caller: Caller, scope: Scope) -> None:
    """Refuse a caller that lacks the scope; for what the body alone says."""
    if scope not in caller.scopes:
        raise Refusal("forbidden", f"This needs the scope {scope}.", required_scope=scope)


def may_not_read_data(caller: Caller) -> bool:
    """Whether inputs and outputs are kept from this caller."""
    return "runs:read_data" not in caller.scopes


CanReadWorkflows = Annotated[Caller, Depends(Permission("workflows:read"))]
CanWriteWorkflows = Annotated[Caller, Depends(Permission("workflows:write"))]
CanPromote = Annotated[Caller, Depends(Permission("workflows:promote"))]
CanWriteVariables = Annotated[Caller, Depends(Permission("variables:write"))]
CanReadRegistries = Annotated[Caller, Depends(Permission("workflows:read"))]
CanWriteRegistries = Annotated[Caller, Depends(Permission("registry:write"))]
CanReadRuns = Annotated[Caller, Depends(Permission("runs:read"))]
CanReadRunData = Annotated[Caller, Depends(Permission("runs:read_data"))]
CanStartRuns = Annotated[Caller, Depends(Permission("runs:start"))]
CanControlRuns = Annotated[Caller, Depends(Permission("runs:control"))]
CanOverrideRuns = Annotated[Caller, Depends(Permission("runs:override"))]
CanDeleteRuns = Annotated[Caller, Depends(Permission("runs:delete"))]
CanDecideGates = Annotated[Caller, Depends(Permission("gates:decide"))]
CanWriteTriggers = Annotated[Caller, Depends(Permission("triggers:write"))]
CanManageWebhookEndpoints = Annotated[Caller, Depends(Permission("webhook_endpoints:write"))]
CanManageModels = Annotated[Caller, Depends(Permission("models:write"))]
CanReadSystem = Annotated[Caller, Depends(Permission("system:read"))]


def anyone(connection: HTTPConnection) -> Caller:
    """Whoever is known at all."""
    return connection.state.caller


Known = Annotated[Caller, Depends(anyone)]
"""For what every caller may ask, such as who they are."""


def open_to_all() -> None:
    """Marks the routes that the entrance lets through without credentials."""


OpenToAll = Annotated[None, Depends(open_to_all)]

PERMISSIONS: tuple[Callable[..., object], ...] = (anyone, open_to_all)
"""What counts as a permission besides `Permission`."""
