"""The API is killed while clients read: each goes on from the last event that it had, without a gap."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
import websockets
from websockets.asyncio.client import connect

from plait.clock import now
from plait.store.changes import Change
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.dev import free_ports
from tests.support.runs import PROJECT, a_run, an_event

EVENTS = 120


@dataclass(slots=True)
class Reader:
    """A client that reads on, whatever happens to the API. `seen` is every event that it got, in order."""

    seen: list[int] = field(default_factory=list)
    broken: int = 0

    async def read(self, once: Callable[["Reader"], Awaitable[None]]) -> None:
        """Read until it has all."""
        while len(self.seen) < EVENTS:
            with contextlib.suppress(OSError, httpx2.TransportError, websockets.WebSocketException, EOFError):
                await once(self)
            if len(self.seen) < EVENTS:
                self.broken += 1
                await asyncio.sleep(0.2)

    async def read_stream(self, port: int, address: str) -> None:
        """One connection by server-sent events."""
        headers = f"accept: text/event-stream\r\nLast-Event-ID: {self.seen[-1] if self.seen else 0}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"GET /api/v1{address} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}\r\n".encode())
            while len(self.seen) < EVENTS:
                line = await reader.readline()
                if not line:
                    return
                if line.startswith(b"id: "):
                    self.seen.append(int(line[4:]))
        finally:
            writer.close()

    async def read_socket(self, port: int, run_id: UUID) -> None:
        """One connection by WebSocket."""
        address = f"ws://127.0.0.1:{port}/api/v1/ws/workflow_runs/{run_id}"
        async with connect(address, open_timeout=30, ping_interval=None) as socket:
            await socket.send(json.dumps({"do": "subscribe", "after": self.seen[-1] if self.seen else 0}))
            while len(self.seen) < EVENTS:
                message = json.loads(await socket.recv())
                if "event" in message:
                    self.seen.append(message["event"]["seq"])


@asynccontextmanager
async def api_process(
    dsn: str, port: int, folder: Path, temporal: str = "127.0.0.1:1"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An API that answers, with nobody at Temporal's address unless it is given; killed at the end."""
    environment = {
        **os.environ,
        "PLAIT_DATABASE_URL": dsn,
        "PLAIT_PORT": str(port),
        "PLAIT_FILES_DIR": str(folder),
        "PLAIT_TEMPORAL_ADDRESS": temporal,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "plait.cli", "api"),
        cwd=Path(__file__).parents[2],
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60), httpx2.AsyncClient(trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx2.TransportError):
                    if (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200:
                        break
                await asyncio.sleep(0.1)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def write(recorder: Recorder, run_id: UUID, numbers: range) -> None:
    """One event after another, each of now: the API that starts forgets what is too old for the feed."""
    for n in numbers:
        event = replace(an_event("workflow.gate.voted", "gate", n), time=now())
        await recorder.put(Change(run_id, PROJECT, events=(event,)))
        await asyncio.sleep(0.01)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("clients", [24, pytest.param(200, marks=pytest.mark.full)])
async def test_clients_of_a_killed_api_miss_nothing(
    database: str, pool: Pool, recorder: Recorder, tmp_path: Path, clients: int
) -> None:
    run_id, (port, *_) = await a_run(pool), free_ports()
    events = f"/workflow_runs/{run_id}/events"
    ways: list[Callable[[Reader], Awaitable[None]]] = [
        lambda reader: reader.read_stream(port, events),
        lambda reader: reader.read_stream(port, "/feed?after=0"),
        lambda reader: reader.read_socket(port, run_id),
        lambda reader: reader.read_socket(port, run_id),
    ]
    readers = [Reader() for _ in range(clients)]
    async with asyncio.timeout(150):
        async with api_process(database, port, tmp_path) as process:
            tasks = [
                asyncio.create_task(reader.read(ways[number % len(ways)])) for number, reader in enumerate(readers)
            ]
            await write(recorder, run_id, range(EVENTS // 2))
            while not all(reader.seen for reader in readers):
                await asyncio.sleep(0.05)
            process.kill()
            await process.wait()
            await write(recorder, run_id, range(EVENTS // 2, EVENTS - 20))
        async with api_process(database, port, tmp_path):
            await write(recorder, run_id, range(EVENTS - 20, EVENTS))
            await asyncio.gather(*tasks)
    assert all(reader.seen == list(range(1, EVENTS + 1)) for reader in readers)
    assert all(reader.broken for reader in readers)
