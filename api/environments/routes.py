"""The routes of environments, their variables, and promotions."""

from typing import Annotated

from fastapi import Path, Response

from api.environments import promotion, service
from api.environments.schemas import (
    EnvironmentList,
    EnvironmentName,
    EnvironmentsOfWorkflow,
    Promote,
    Promotion,
    PutVariable,
    VariableList,
    VariableView,
)
from api.http.editing import tagged
from api.http.etag import IfMatch
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanPromote, CanReadWorkflows, CanWriteVariables
from api.resources import Held
from api.workflows.routes import Ref

router = slice_router("environments")
Environment = Annotated[EnvironmentName, Path(description="The environment's name.")]
Name = Annotated[str, Path(max_length=200, description="As documents read it: `env.NAME`.", examples=["API_URL"])]


@router.get("/environments")
async def list_environments(caller: CanReadWorkflows, held: Held) -> EnvironmentList:
    """The environments of the project, in their order."""
    return EnvironmentList(items=await service.list_environments(held, caller))


@router.get("/environments/{environment}/variables")
async def list_variables(environment: Environment, caller: CanReadWorkflows, held: Held) -> VariableList:
    """The variables that are set in an environment, with the workflows that read them."""
    return VariableList(items=await service.list_variables(held, environment, caller))


@router.get("/environments/{environment}/variables/{name}")
async def get_variable(
    environment: Environment, name: Name, caller: CanReadWorkflows, held: Held, response: Response
) -> VariableView:
    """One variable. Its ETag is what `If-Match` wants."""
    return tagged(await service.read_variable(held, environment, name, caller), response)


@router.put(
    "/environments/{environment}/variables/{name}",
    responses=problems("malformed_json", "precondition_required", "stale"),
)
async def put_variable(
    environment: Environment,
    name: Name,
    order: PutVariable,
    caller: CanWriteVariables,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> VariableView:
    """Set a variable. Runs that start from now on have it; those that have started keep what they had.

    One that is set wants `If-Match`.
    """
    return tagged(await service.put_variable(held, environment, name, order.value, caller, if_match), response)


@router.delete("/environments/{environment}/variables/{name}", status_code=204, responses=problems("in_use"))
async def delete_variable(environment: Environment, name: Name, caller: CanWriteVariables, held: Held) -> None:
    """Unset a variable, if no workflow that runs there needs it."""
    await service.delete_variable(held, environment, name, caller)


@router.get("/workflows/{ref}/environments", responses=problems("invalid_cursor", "cursor_mismatch"))
async def get_workflow_environments(
    ref: Ref, caller: CanReadWorkflows, held: Held, page: Paging
) -> EnvironmentsOfWorkflow:
    """What each environment runs of a workflow, and the history of promotions, newest first."""
    return await service.show_workflow(held, ref, page, caller)


@router.post(
    "/workflows/{ref}/promote",
    responses=problems("malformed_json", "version_moved", "workflow_invalid")
    | {202: {"model": Promotion, "description": "It waits for the environment's approvers."}},
)
async def promote_workflow(ref: Ref, order: Promote, caller: CanPromote, held: Held, response: Response) -> Promotion:
    """Have an environment run a version; an earlier one rolls back. A protected environment asks its approvers."""
    promoted = await promotion.promote(held, ref, order, caller)
    if promoted.status == "waiting":
        response.status_code = 202
    return promoted
