"""The routes of tools."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.http.etag import IfMatch, quoted
from api.http.routing import problems, slice_router
from api.http.security import CanReadRegistries, CanWriteRegistries
from api.resources import Held
from api.tools import service
from api.tools.schemas import CallView, NewTool, PutTool, Refresh, ToolDetail, ToolList, ToolUsers, TryTool
from interpreter.catalogue import ToolKind

router = slice_router("tools")
TOOL = "/tools/{name}"
Name = Annotated[str, Path(max_length=210, description="The name of a tool, or of a stored object.", examples=["crm"])]
BODY = ("malformed_json", "request_invalid", "unsupported_media_type")
ASKS = ("temporal_unavailable", "worker_away")


@router.get("/tools")
async def list_tools(
    caller: CanReadRegistries,
    held: Held,
    kind: ToolKind | None = None,
    q: Annotated[str | None, Query(max_length=200, description="In the name or the description.")] = None,
) -> ToolList:
    """All that nodes and agents may call: functions of workers, what the project stored, its workflows."""
    return ToolList(items=await service.list_tools(held, caller, kind, q))


@router.post("/tools", status_code=201, responses=problems(*BODY, *ASKS, "name_taken"))
async def create_tool(
    order: NewTool, caller: CanWriteRegistries, held: Held, response: Response, *, dry_run: bool = False
) -> ToolDetail:
    """Store a request, an OpenAPI document or an MCP server as tools; with `dry_run` only show them."""
    made = await service.create_tool(held, order, caller, dry_run=dry_run)
    if not dry_run:
        response.headers["Location"] = f"/api/v1/tools/{made.name}"
    return answer(made, response)


@router.get(TOOL)
async def get_tool(name: Name, caller: CanReadRegistries, held: Held, response: Response) -> ToolDetail:
    """A tool, or a stored object with all of its tools. The ETag is what `If-Match` wants."""
    return answer(await service.read_tool(held, name, caller), response)


@router.put(TOOL, responses=problems(*BODY, *ASKS, "precondition_required", "stale", "name_taken"))
async def put_tool(
    name: Name,
    order: PutTool,
    caller: CanWriteRegistries,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> ToolDetail:
    """Say a stored object anew. Workflows keep the schema that they were saved with."""
    return answer(await service.replace_tool(held, name, order, caller, if_match), response)


@router.delete(TOOL, status_code=204, responses=problems("precondition_required", "stale"))
async def delete_tool(name: Name, caller: CanWriteRegistries, held: Held, if_match: IfMatch = None) -> None:
    """Delete a stored object with all of its tools. Calls of them fail from then on."""
    await service.delete_tool(held, name, caller, if_match)


@router.post(f"{TOOL}/refresh", responses=problems(*BODY, *ASKS, "stale", "name_taken"))
async def refresh_tool(
    name: Name, order: Refresh, caller: CanWriteRegistries, held: Held, response: Response
) -> ToolDetail:
    """Ask the server again what it offers. That happens by itself too, by calls every ten minutes."""
    return answer(await service.refresh_tool(held, name, order.environment, caller), response)


@router.post(f"{TOOL}/test", responses=problems(*BODY, *ASKS))
async def test_tool(name: Name, order: TryTool, caller: CanWriteRegistries, held: Held) -> CallView:
    """Call the tool once, by a worker, and wait for what it comes to. It is called for real."""
    return await service.call_tool(held, name, order, caller)


@router.get(f"{TOOL}/used_by")
async def list_tool_users(name: Name, caller: CanReadRegistries, held: Held) -> ToolUsers:
    """The workflows and agents that name the tool, each in its newest version."""
    return ToolUsers(items=await service.list_users(held, name, caller))


def answer(detail: ToolDetail, response: Response) -> ToolDetail:
    """With the ETag of what is stored."""
    if detail.stored is not None:
        response.headers["ETag"] = quoted(service.etag_of(detail))
    return detail
