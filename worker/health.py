"""What a worker answers to those who watch it: alive, ready, and its metrics."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from plait.settings import Settings
from plait.telemetry import METRICS_MEDIA_TYPE, Telemetry


class Readiness:
    """Why the worker is not ready yet, None once it is."""

    def __init__(self) -> None:
        self.waiting_for: str | None = "its start"


@asynccontextmanager
async def serving_health(settings: Settings, telemetry: Telemetry, readiness: Readiness) -> AsyncIterator[None]:
    """Answer on `PLAIT_HEALTH_PORT` while inside; nowhere when that is 0."""
    if not settings.health_port:
        yield
        return
    app = health_app(telemetry.metrics_text, readiness)
    server = _Server(
        uvicorn.Config(app, settings.host, settings.health_port, log_config=None, access_log=False, lifespan="off")
    )
    task = asyncio.create_task(server.serve(), name="health")
    try:
        yield
    finally:
        server.should_exit = True
        await task


def health_app(metrics_text: Callable[[], bytes], readiness: Readiness) -> Callable[..., Any]:
    """`/healthz`, `/readyz` and `/metrics` as an ASGI application."""

    def answer(path: str) -> tuple[int, str, bytes]:
        match path:
            case "/healthz":
                return 200, "text/plain", b"ok\n"
            case "/readyz" if readiness.waiting_for is None:
                return 200, "text/plain", b"ok\n"
            case "/readyz":
                return 503, "text/plain", f"waiting for {readiness.waiting_for}\n".encode()
            case "/metrics":
                return 200, METRICS_MEDIA_TYPE, metrics_text()
            case _:
                return 404, "text/plain", b"not found\n"

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        del receive
        status, media_type, body = answer(scope["path"])
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


class _Server(uvicorn.Server):
    """Leaves the signals to the worker, which has more to close than this."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
