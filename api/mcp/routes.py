"""Where agents come in: one address, one message a request, no sessions."""

import asyncio
from importlib import import_module
from typing import Any

from fastapi import Request, Response
from starlette.types import Message, Receive, Scope, Send

from api.http.bodies import read_body, read_json, require_media_type
from api.http.routing import own_keys, slice_router
from api.http.security import Known
from api.runs.schemas import Environment
from plait.starts import DEFAULT_ENVIRONMENT

router = slice_router("agents")


@router.post("/mcp", include_in_schema=False)  # MCP describes itself: `server/discover`, `tools/list`
@own_keys  # a call's key stands in its `_meta`, and is the run's
async def serve_mcp(
    request: Request,
    _caller: Known,
    environment: Environment = DEFAULT_ENVIRONMENT,
) -> Response:
    """Answer a message of the Model Context Protocol over streamable HTTP, as the caller that sent it."""
    require_media_type(request, "application/json")
    await read_json(request)
    request.state.environment = environment
    server = await asyncio.to_thread(import_module, "api.mcp.server")  # seconds, the first time
    return Answered(server, await read_body(request))


class Answered(Response):
    """What the MCP server answers to a message that was read already."""

    def __init__(self, server: Any, message: bytes) -> None:
        super().__init__()
        self.server = server
        self.message = message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the message over."""
        unread = [self.message]

        async def read() -> Message:
            return {"type": "http.request", "body": unread.pop()} if unread else await receive()

        async with self.server.manager() as manager:
            await manager.handle_request(scope, read, send)
