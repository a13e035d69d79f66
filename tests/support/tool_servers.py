"""Servers whose offers become tools: an MCP server, and a small shop with an OpenAPI document. On loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Cookie, FastAPI, File, Form, Header, Query, Request, UploadFile
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel

from tests.support.serving import served


@dataclass(slots=True)
class Office:
    """An MCP server with a few tools, and the headers of each request that it got."""

    port: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    server: MCPServer = field(default_factory=lambda: MCPServer("office"))
    refuses: int | None = None
    """The status that every request is answered with, if any."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"


@asynccontextmanager
async def running_office() -> AsyncIterator[Office]:
    """Offers `add`, `who-am-i`, `tell`, `fail`, `huge` and `slow`."""
    office = Office()
    server = office.server

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def add(a: int, b: int) -> int:
        """The sum of two numbers."""
        return a + b

    @server.tool(name="who-am-i")
    def who(name: str) -> list[str]:
        """The name, letter by letter."""
        return list(name)

    @server.tool(structured_output=False)
    async def tell(ctx: Context, text: str) -> str:
        """Tells how far it is, then says the text."""
        await ctx.report_progress(1, 4, "a quarter")
        return text

    @server.tool()
    def fail() -> str:
        """Fails."""
        raise ToolError("no paper")

    @server.tool(structured_output=False)
    def huge(mib: int) -> str:
        """Says too much."""
        return "x" * (mib << 20)

    @server.tool()
    async def slow(seconds: float) -> str:
        """Takes its time."""
        await asyncio.sleep(seconds)
        return "done"

    inner = server.streamable_http_app(stateless_http=True, json_response=False)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            office.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
            if office.refuses is not None:
                await send({"type": "http.response.start", "status": office.refuses, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
        await inner(scope, receive, send)

    async with served(app, lifespan="on") as office.port:
        yield office


class Order(BaseModel):
    """What somebody orders."""

    article: str
    pieces: int = 1


class Receipt(BaseModel):
    """What was ordered."""

    id: int
    article: str
    pieces: int
    key: str | None


class Answers(BaseModel):
    """What somebody filled in."""

    name: str
    age: int
    fraction: float | None = None
    likes: list[str] = []
    agreed: bool = False


def shop() -> FastAPI:
    """A FastAPI app: its document is at `/openapi.json`."""
    app = FastAPI(title="Shop", servers=[{"url": "/"}])

    @app.get("/articles/{name}", operation_id="findArticle", summary="An article")
    def find_article(
        name: str, tags: Annotated[list[str] | None, Query()] = None, x_shop: Annotated[str, Header()] = "main"
    ) -> dict[str, Any]:
        return {"name": name, "tags": tags or [], "shop": x_shop}

    @app.post("/orders", operation_id="createOrder", status_code=201)
    def create_order(
        order: Order,
        authorization: Annotated[str | None, Header()] = None,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Receipt:
        del authorization
        return Receipt(id=1, key=idempotency_key, **order.model_dump())

    @app.post("/answers", operation_id="answer")
    def answer(answers: Annotated[Answers, Form()], when: Annotated[str | None, Cookie()] = None) -> dict[str, Any]:
        return {**answers.model_dump(), "when": when}

    @app.post("/scans", operation_id="scan")
    async def scan(
        note: Annotated[str, Form()], one: UploadFile, more: Annotated[list[UploadFile], File()]
    ) -> dict[str, Any]:
        files = [[each.filename, (await each.read()).decode()] for each in (one, *more)]
        return {"note": note, "files": files}

    @app.post("/notes", operation_id="note", openapi_extra={"requestBody": {"content": {"text/plain": {}}}})
    async def note(request: Request) -> list[str]:
        return [request.headers["content-type"], (await request.body()).decode()]

    @app.get("/wrong", operation_id="wrong", responses={200: {"model": Receipt}})
    def wrong() -> Any:
        from fastapi.responses import JSONResponse

        return JSONResponse({"id": "none"})

    return app
