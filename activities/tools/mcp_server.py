"""An MCP server (streamable HTTP): what it lists, and a call of one of its tools."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import httpx2

from activities.http.answer import MAX_BYTES, RETRYABLE
from activities.http.message import build_request, place
from activities.http.request import reason_of
from activities.kind import NodeError
from activities.tools.context import Heartbeat
from activities.tools.credentials import credentials_of
from activities.tools.mcp_transport import GuardedTransport, TooLarge
from interpreter.values import Json
from plait.egress import EgressRefused
from plait.tools.model import McpCall

MOST_PAGES = 50
"""Pages of a server's list that are read: one that never ends keeps nobody."""


class McpServer:
    """A server as one call reaches it. `name` is what messages call it.

    The connection is made for the call and closed after it: nothing of one run stays for another.
    """

    def __init__(self, egress: httpx2.AsyncClient, name: str, call: McpCall, secrets: Mapping[str, str]) -> None:
        self._egress, self._name, self._call, self._secrets = egress, name, call, secrets

    async def tools(self) -> list[dict[str, Any]]:
        """Its tools as it lists them. Raises NodeError."""
        listed: list[dict[str, Any]] = []
        async with self._connected() as client:
            cursor: str | None = None
            for _ in range(MOST_PAGES):
                page = await client.list_tools(cursor=cursor)
                listed += [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in page.tools]
                if (cursor := page.next_cursor) is None:
                    break
        return listed

    async def call(self, args: dict[str, Any], heartbeat: Heartbeat, idempotency_key: str) -> Json:
        """What the tool gives: its structured content, or its text. Raises NodeError."""

        async def say(progress: float, total: float | None, message: str | None) -> None:
            heartbeat(progress / total if total else None, message)

        async with self._connected({"idempotency-key": idempotency_key}) as client:
            result = await client.call_tool(self._call.tool, args, progress_callback=say)
        content = [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in result.content]
        if result.is_error:
            raise _failed(self._name, _text_in(content) or "it does not say why")
        if result.structured_content is not None:
            return result.structured_content
        text = _text_in(content)
        return content if text is None else text

    @asynccontextmanager
    async def _connected(self, more: Mapping[str, str] | None = None) -> AsyncIterator[Any]:
        """A client of MCP. What goes wrong comes out as NodeError."""
        # Reading it takes most of a second, in which nothing else of the process would go on.
        await asyncio.to_thread(import_module, "mcp.client")
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client

        transport = GuardedTransport(self._egress)
        headers = {**self._headers(), **(more or {})}
        try:
            async with httpx2.AsyncClient(
                transport=transport, headers=headers, trust_env=False, timeout=self._egress.timeout
            ) as http:
                stream = streamable_http_client(self._call.url, http_client=http, max_sse_event_size=MAX_BYTES)
                async with Client(stream, cache=None) as client:
                    yield client
        except Exception as error:
            raise self._failure(transport, error) from error

    def _headers(self) -> dict[str, str]:
        """The headers that go along, with the secrets in them."""
        given = credentials_of(self._call.headers, self._call.auth, self._secrets)
        request = build_request(self._egress, {"url": self._call.url, **given}, idempotency_key="")
        names = {*map(str.lower, given["headers"]), "authorization"}
        return {name: value for name, value in request.headers.items() if name in names}

    def _failure(self, transport: GuardedTransport, error: Exception) -> Exception:
        """Why the call failed: what the network said, before what MCP's client made of it."""
        match transport.error:
            case TooLarge():
                return NodeError("ResultTooLarge", f"{self._name} answers with more than {MAX_BYTES // 1024**2} MiB")
            case EgressRefused() as refused:
                return NodeError("EgressRefused", str(refused), category="input")
            case httpx2.RequestError() as broken:
                at = place(httpx2.URL(self._call.url))
                message = f"the server of {self._name}, {at}, is not reached: {reason_of(broken)}"
                return NodeError("ConnectionFailed", message, retryable=True)
            case _:
                return self._refusal(transport.status, _single(error))

    def _refusal(self, status: int | None, error: Exception) -> Exception:
        from mcp import MCPError

        if isinstance(error, NodeError) or not isinstance(error, (MCPError, ValueError, httpx2.HTTPError)):
            return error
        retryable = status is not None and (status in RETRYABLE or status >= 500)
        said = f"HTTP {status}" if status is not None else str(error)
        return _failed(self._name, said, status=status, retryable=retryable)


def _failed(name: str, said: str, *, status: int | None = None, retryable: bool = False) -> NodeError:
    details: dict[str, Any] = {} if status is None else {"status": status}
    return NodeError("ToolFailed", f"{name} failed: {said}", retryable=retryable, details=details)


def _text_in(content: list[dict[str, Any]]) -> str | None:
    """The text of the content; None where it is more than text."""
    if any(each.get("type") != "text" for each in content):
        return None
    return "\n".join(str(each["text"]) for each in content)


def _single(error: Exception) -> Exception:
    """The one failure behind the groups that task groups make of it."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
