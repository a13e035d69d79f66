"""How soon live events reach those who watch: 1, 20 and 200 of one run, and of the feed.

The API is a process of its own. Events are written as a worker writes them, 50 nodes a second; what is measured
is the time from a commit to the arrival at each watcher, and what the API's process computes for it. Beside the 200
stands one that reads nothing.
"""

import asyncio
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx2

from benchmarks.recorder import PROJECT, completed, insert_run, started
from plait.cli.serving.demo import free_ports
from plait.clock import now
from plait.dev.postgres import EmbeddedPostgres
from plait.store import migrate
from plait.store.changes import Change, EventRow
from plait.store.pool import Pool, open_pool
from plait.store.recorder import Recorder

SECONDS = 8
NODES_A_SECOND = 50
IDS = re.compile(rb"\nid: (\d+)\n")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Streamed:
    """One measurement: milliseconds from commit to arrival, and the API's processor time for 1,000 deliveries."""

    case: str
    watchers: int
    events: int
    p50: float
    p99: float
    gaps: int
    cpu_ms_per_1000: float


@dataclass(slots=True)
class Watcher:
    """A client that notes when each event arrives."""

    arrived: dict[int, float] = field(default_factory=dict)

    async def watch(self, port: int, address: str) -> None:
        reader, writer = await ask(port, address)
        buffer = b""
        try:
            while data := await reader.read(1 << 16):
                at = time.perf_counter()
                buffer += data
                for found in IDS.finditer(buffer):
                    self.arrived[int(found[1])] = at
                buffer = buffer[buffer.rfind(b"\nid: ") :]
        finally:
            writer.close()


async def ask(port: int, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream that was asked for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /api/v1{address} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n\r\n".encode())
    await reader.readuntil(b"retry: ")
    return reader, writer


@asynccontextmanager
async def api_process(dsn: str, port: int, folder: Path) -> AsyncIterator[int]:
    """The API alone, as in production; its process id."""
    environment = {
        **os.environ,
        "PLAIT_DATABASE_URL": dsn,
        "PLAIT_PORT": str(port),
        "PLAIT_FILES_DIR": str(folder),
        "PLAIT_TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    with (folder / "api.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "plait.cli", "api", env=environment, stdout=log, stderr=log
        )
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while not await answers(client, port):
                await asyncio.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def answers(client: httpx2.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    except httpx2.TransportError:
        return False


async def write_nodes(recorder: Recorder, run_id: UUID) -> dict[int, float]:
    """Nodes at their pace; when each event was committed, by its number."""
    committed: dict[int, float] = {}

    async def node(number: int) -> None:
        recorder.note(started(run_id, f"n{number}"))
        await recorder.put(completed(run_id, f"n{number}"))

    began = time.perf_counter()
    for number in range(SECONDS * NODES_A_SECOND):
        await asyncio.sleep(max(0.0, began + number / NODES_A_SECOND - time.perf_counter()))
        await node(number)
        # `started` of the run, then two events a node.
        committed |= dict.fromkeys(range(len(committed) + 1, 2 * number + 4), time.perf_counter())
    return committed


async def write_gates(recorder: Recorder, runs: list[UUID]) -> dict[int, float]:
    """Events of gates of many runs at the pace of two a node; when each was committed, by its position."""
    committed: dict[int, float] = {}
    began = time.perf_counter()
    for number in range(SECONDS * NODES_A_SECOND * 2):
        await asyncio.sleep(max(0.0, began + number / NODES_A_SECOND / 2 - time.perf_counter()))
        kind = "workflow.gate.voted"
        event = EventRow(f"g#1:{kind}:{number}", kind, now(), "g", "g")
        await recorder.put(Change(runs[number % len(runs)], PROJECT, events=(event,)))
        committed[len(committed) + 1] = time.perf_counter()
    return committed


async def measure(pool: Pool, api: tuple[int, int], watchers: int, *, feed: bool) -> Streamed:
    """One case."""
    pid, port = api
    runs = [await insert_run(pool, SECONDS * NODES_A_SECOND) for _ in range(20 if feed else 1)]
    first = await pool.fetchval("select coalesce(max(position), 0) from feed_heads") if feed else 0
    address = f"/feed?after={first}" if feed else f"/workflow_runs/{runs[0]}/events"
    crowd = [Watcher() for _ in range(watchers)]
    async with AsyncExitStack() as stack:
        recorder = await stack.enter_async_context(Recorder(pool))
        tasks = [asyncio.create_task(one.watch(port, address)) for one in crowd]
        if watchers == 200:
            _, idle = await ask(port, address)
            stack.callback(idle.close)
        await asyncio.sleep(1)
        before = processor_seconds(pid)
        committed = await (write_gates(recorder, runs) if feed else write_nodes(recorder, runs[0]))
        await asyncio.sleep(1)
        used = processor_seconds(pid) - before
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    late = [
        (one.arrived[first + number] - at) * 1000
        for one in crowd
        for number, at in committed.items()
        if first + number in one.arrived
    ]
    gaps = len(committed) * watchers - len(late)
    return Streamed(
        case="the feed" if feed else "one run",
        watchers=watchers,
        events=len(committed),
        p50=round(statistics.median(late), 1),
        p99=round(statistics.quantiles(late, n=100)[98], 1),
        gaps=gaps,
        cpu_ms_per_1000=round(used * 1e6 / len(late), 1),
    )


def processor_seconds(pid: int) -> float:
    """What a process has computed, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def streams() -> list[Streamed]:
    """All cases."""
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as directory:
        folder = Path(directory)
        folder.chmod(0o711)
        (port,) = free_ports(1)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            await migrate.up(postgres.owner_dsn)
            pool = await open_pool(postgres.app_dsn)
            async with api_process(postgres.app_dsn, port, folder) as pid:
                found = [await measure(pool, (pid, port), count, feed=False) for count in (1, 20, 200)]
                found.append(await measure(pool, (pid, port), 200, feed=True))
            await pool.close()
    return found
