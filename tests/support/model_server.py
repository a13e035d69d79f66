"""A server of models over real HTTP: OpenAI's protocol with streams and tools, and Anthropic's and Google's answers.

A test says what it does: `models.then(says("Paris"), fails(429, retry_after="1"))` for the next
requests in their order, `models.when("capital", says("Paris"))` for those whose last message holds
that text. What nothing was said of is answered with what it was asked.
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.model_steps import Step, anthropic_events, as_anthropic, as_google, as_openai, openai_events, says
from tests.support.serving import OnLoopback, served


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the server got it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def last(self) -> str:
        """The text of the last message, whatever protocol it is of."""
        messages = self.body.get("messages") or self.body.get("contents") or [{}]
        return _text_of(messages[-1].get("content", messages[-1].get("parts")))


@dataclass(slots=True)
class ModelServer(OnLoopback):
    """Answers `POST /v1/chat/completions`, `/v1/messages` and `/v1beta/models/…:generateContent`."""

    asked: list[Asked] = field(default_factory=list)
    open: int = 0
    """Requests that wait for their answer now."""
    most_open: int = 0
    _next: deque[Step] = field(default_factory=deque)
    _rules: list[tuple[Callable[[Asked], bool], Step]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """As a provider of kind openai has it; the others take `url`."""
        return f"{self.url}/v1"

    def then(self, *steps: Step) -> None:
        """What happens to the next requests, one after another."""
        self._next.extend(steps)

    def when(self, text: str, step: Step) -> None:
        """What happens to every request whose last message holds this text; the newest rule counts."""
        self._rules.insert(0, (lambda asked: text in asked.last, step))

    def always(self, step: Step) -> None:
        """What happens to every request of which nothing else is said."""
        self._rules.append((lambda _: True, step))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked = await _read(scope, receive)
        if asked is None:
            return
        self.asked.append(asked)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            step = self._step_for(asked)
            while self.most_open < step.together:
                await asyncio.sleep(0.02)
            await _do(step, asked, receive, send)
        finally:
            self.open -= 1

    def _step_for(self, asked: Asked) -> Step:
        if self._next:
            return self._next.popleft()
        return next((step for fits, step in self._rules if fits(asked)), says(f"You said: {asked.last}"))


@asynccontextmanager
async def running_model_server() -> AsyncIterator[ModelServer]:
    """A server on a free port of loopback."""
    app = ModelServer()
    async with served(app) as app.port:
        yield app


@pytest.fixture
async def models() -> AsyncIterator[ModelServer]:
    """A server of models of the test's own."""
    async with running_model_server() as server:
        yield server


async def _do(step: Step, asked: Asked, receive: Any, send: Any) -> None:
    if step.delay:
        await _wait(step.delay, receive)
    if step.body is not None:
        await _send_whole(send, step.status, step.body, step.headers)
    elif asked.body.get("stream"):
        events = anthropic_events if asked.path.endswith("/messages") else openai_events
        await _stream(step, events(step, asked.body), receive, send)
    else:
        await _send_whole(send, 200, json.dumps(_shaped(step, asked)).encode(), {})


def _shaped(step: Step, asked: Asked) -> dict[str, Any]:
    if asked.path.endswith("/chat/completions"):
        return as_openai(step, asked.body)
    return as_anthropic(step, asked.body) if asked.path.endswith("/messages") else as_google(step)


async def _stream(step: Step, events: Iterator[bytes], receive: Any, send: Any) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]},
    )
    for at, event in enumerate(events):
        if at == step.cut_after:
            raise ConnectionAbortedError  # the connection ends in the middle of its body
        if at and step.pause:
            await _wait(step.pause, receive)
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _wait(seconds: float, receive: Any) -> None:
    """So long, or until whoever asked has gone."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(receive(), seconds)


async def _send_whole(send: Any, status: int, body: bytes, headers: dict[str, str]) -> None:
    named = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _read(scope: dict[str, Any], receive: Any) -> Asked | None:
    """The request; None where whoever sent it was gone before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Asked(scope["path"], headers, json.loads(body or b"{}"))


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))
