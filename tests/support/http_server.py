"""A real HTTP server that can fail first, be slow, redirect, and send more than anybody wants."""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.support.serving import OnLoopback, served


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the server got it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class HttpServer(OnLoopback):
    """Answers by path:

    `/echo` what it got; `/status/418` that status; `/fails/2` with 503 twice, then 200;
    `/slow/0.5` after half a second; `/redirect?to=URL&status=302`; `/loop` to itself for ever;
    `/huge/20` that many MiB; `/bomb/20` the same compressed; `/text`, `/bytes`, `/broken-json`, `/cookie`; `/search?q=` as a search service; `/v1/traces` as a collector does.
    """

    seen: list[Seen] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    retry_after: str | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        request = await _read(scope, receive)
        self.seen.append(request)
        _, kind, *rest = request.path.split("/")
        match kind:
            case "echo":
                said = {"method": request.method, "query": request.query, "headers": request.headers}
                await _answer(send, 200, {**said, "body": request.body.decode()})
            case "status":
                await _answer(send, int(rest[0]), {"problem": "as asked"}, self._retry_headers())
            case "fails":
                self.counts[request.path] += 1
                failing = self.counts[request.path] <= int(rest[0])
                await _answer(send, 503 if failing else 200, {"call": self.counts[request.path]}, self._retry_headers())
            case "slow":
                await asyncio.sleep(float(rest[0]))
                await _answer(send, 200, {})
            case "redirect":
                query = dict(request.query)
                await _answer(send, int(query.get("status", "302")), {}, {"location": query["to"]})
            case "loop":
                await _answer(send, 302, {}, {"location": "/loop"})
            case "huge":
                await _stream(send, int(rest[0]))
            case "bomb":
                packed = gzip.compress(b"\0" * (int(rest[0]) << 20))
                await _answer(send, 200, packed, {"content-encoding": "gzip"})
            case "text":
                await _answer(send, 200, "grün".encode("latin-1"), {"content-type": "text/plain; charset=latin-1"})
            case "bytes":
                await _answer(send, 200, b"\xff\xfe\x00\x01", {"content-type": "application/octet-stream"})
            case "broken-json":
                await _answer(send, 200, b"{nearly", {"content-type": "application/json"})
            case "search":
                await _answer(send, 200, {"results": _found(dict(request.query)["q"])})
            case "v1":  # an OpenTelemetry collector
                await _answer(send, 200, b"", {"content-type": "application/x-protobuf"})
            case "cookie":
                await _answer(send, 200, {}, {"set-cookie": "session=of-somebody-else; Path=/"})
            case _:
                await _answer(send, 404, {})

    def _retry_headers(self) -> dict[str, str]:
        return {"retry-after": self.retry_after} if self.retry_after else {}


@asynccontextmanager
async def running_http_server() -> AsyncIterator[HttpServer]:
    """A server on a free port of loopback."""
    app = HttpServer()
    async with served(app) as app.port:
        yield app


@pytest.fixture
async def http_server() -> AsyncIterator[HttpServer]:
    """A server of the test's own."""
    async with running_http_server() as server:
        yield server


def _found(query: str) -> list[Any]:
    pages: list[Any] = [{"title": f"{query} {n}", "url": f"https://example.com/{n}"} for n in range(1, 4)]
    pages[0]["content"] = f"About {query}."
    del pages[1]["title"]
    return [{"title": "no address"}, *pages]


async def _read(scope: dict[str, Any], receive: Any) -> Seen:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Seen(scope["method"], scope["path"], parse_qsl(scope["query_string"].decode()), headers, body)


async def _answer(send: Any, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": data})


async def _stream(send: Any, mib: int) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    for _ in range(mib * 16):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
