"""The routes of agents."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.agents import service
from api.agents.schemas import AgentList, AgentVersionList, AgentView, Definition, Named, NewAgent
from api.agents.service import Wanted
from api.http.editing import tagged
from api.http.etag import IfMatch
from api.http.routing import problems, slice_router
from api.http.security import CanReadRegistries, CanWriteRegistries
from api.registries.users import UserList
from api.resources import Held

router = slice_router("agents")
AgentName = Annotated[Named, Path(description="The agent's name.")]
Text = Annotated[str | None, Query(max_length=200)]


@router.get("/agents")
async def list_agents(
    caller: CanReadRegistries,
    held: Held,
    capability: Annotated[Text, Query(description="Only those that can do this.", examples=["compliance"])] = None,
    tag: Annotated[Text, Query(description="Only those with this tag.")] = None,
    q: Annotated[Text, Query(description="Only those with all these words in name or description.")] = None,
) -> AgentList:
    """The agents that workflows may name: the project's own, and those from code that it does not hide."""
    return AgentList(items=await service.list_agents(held, Wanted(capability, tag, q), caller))


@router.post("/agents", status_code=201, responses=problems("malformed_json", "slug_taken"))
async def create_agent(order: NewAgent, caller: CanWriteRegistries, held: Held, response: Response) -> AgentView:
    """Store an agent of the project's own: its first version."""
    agent = await service.create_agent(held, order.name, order.definition, caller)
    response.headers["Location"] = f"/api/v1/agents/{agent.name}"
    return tagged(agent, response)


@router.get("/agents/{name}")
async def get_agent(name: AgentName, caller: CanReadRegistries, held: Held, response: Response) -> AgentView:
    """One agent, as a run that starts now would use it. Its ETag is what `If-Match` wants."""
    return tagged(await service.find_agent(held, name, caller), response)


@router.put("/agents/{name}", responses=problems("malformed_json", "precondition_required", "stale"))
async def put_agent(
    name: AgentName,
    order: Definition,
    caller: CanWriteRegistries,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> AgentView:
    """Store the next version of an agent. Runs that have started keep theirs; an equal definition changes nothing.

    One of the project's own wants `If-Match`.
    """
    return tagged(await service.put_agent(held, name, order, caller, if_match), response)


@router.delete("/agents/{name}", status_code=204, responses=problems("in_use"))
async def delete_agent(name: AgentName, caller: CanWriteRegistries, held: Held) -> None:
    """Delete an agent of the project's own that nobody names. Runs that have started go on with it."""
    await service.delete_agent(held, name, caller)


@router.get("/agents/{name}/versions")
async def list_agent_versions(name: AgentName, caller: CanReadRegistries, held: Held) -> AgentVersionList:
    """The versions of an agent of the project's own, the newest first."""
    return AgentVersionList(items=await service.list_versions(held, name, caller))


@router.get("/agents/{name}/used_by")
async def list_agent_users(name: AgentName, caller: CanReadRegistries, held: Held) -> UserList:
    """The workflows and agents that name it."""
    await service.find_agent(held, name, caller)
    return UserList(items=await service.list_users(held.pool, name, caller))
