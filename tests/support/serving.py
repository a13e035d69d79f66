"""Apps served over real HTTP, for one test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import uvicorn


class QuietServer(uvicorn.Server):
    """A server that leaves signals to whoever runs the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(slots=True, kw_only=True)
class OnLoopback:
    """What answers at a port of this machine."""

    port: int = 0

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """As PLAIT_EGRESS_ALLOW names it."""
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def served(
    app: Any, listening: socket.socket | None = None, *, lifespan: Literal["on", "off"] = "off"
) -> AsyncIterator[int]:
    """The app on a free port of loopback, or behind a socket that listens already; its port.

    An app with a lifespan may end what it does; of one without, what is under way is cut off.
    """
    listening = listening or socket.create_server(("127.0.0.1", 0))
    server = QuietServer(uvicorn.Config(app, log_config=None, lifespan=lifespan))
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit, server.force_exit = True, lifespan == "off"
        await task
