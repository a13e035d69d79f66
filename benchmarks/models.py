"""What Plait adds to calls of models: to one, to 200 at once in one worker, and to the first word of a stream.

The provider answers at once and is a process of its own, so that what is measured is not its own time.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from benchmarks.against_temporal import Case
from benchmarks.agents import agents
from benchmarks.bench import Stage, stage
from benchmarks.shapes import Shape
from interpreter.shell.wire import TASK_QUEUE, WORKFLOW, RunInput, workflow_id
from plait.cli.serving.demo import free_ports
from plait.clock import now
from plait.dev.stack import Options, running_stack
from plait.models import EVERYWHERE, Provider, Registry

CALLS = 100
AT_ONCE = 200
WAIT = 5.0
"""Seconds that each of the many calls takes the provider."""
STREAMS = 40
PROMPT = "Does the invoice match the order? Say it in one sentence."


@dataclass(frozen=True, slots=True)
class Asked:
    """Milliseconds of one case, or what its unit says; and what it should be at the median."""

    case: str
    samples: int
    unit: str
    p50: float
    p99: float
    target: float | None = None


def row(case: str, samples: Sequence[float], *, unit: str = "ms", target: float | None = None) -> Asked:
    """The samples in one row."""
    ordered = sorted(samples)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Asked(case, len(ordered), unit, round(statistics.median(ordered), 1), round(worst, 1), target)


@asynccontextmanager
async def provider() -> AsyncIterator[str]:
    """The address of a provider of models."""
    (port,) = free_ports(1)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.model_server", str(port))
    url = f"http://127.0.0.1:{port}/v1"
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while not await answers(client, url):
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def answers(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.post(f"{url}/chat/completions", json=asking("any"))).status_code == 200
    except httpx2.TransportError:
        return False


def asking(model: str) -> dict[str, Any]:
    """The request, as one would write it by hand."""
    return {"model": model, "messages": [{"role": "user", "content": PROMPT}]}


def llm(model: str) -> dict[str, Any]:
    """The same as a node."""
    return {"type": "llm", "with": {"model": f"bench:{model}", "prompt": PROMPT}}


async def one_call(stage: Stage, url: str) -> list[Asked]:
    """A bare request, and a node that makes it: its time on record, and what it adds to a chain."""
    bare: list[float] = []
    nodes: list[float] = []
    steps: dict[str, list[float]] = {"tool": [], "llm": []}
    computed: dict[str, list[float]] = {"tool": [], "llm": []}
    length = CALLS // 5
    levels = tuple((f"n{number}",) for number in range(length))
    cases = {
        "tool": await Case(stage, Shape("tools", levels)).open(),
        "llm": await Case(stage, Shape("models", levels, work=llm("at-once"))).open(),
    }
    for repetition in range(6):
        found = [await bare_call(stage, url) for _ in range(length)]
        for name, case in cases.items():
            began, burnt = time.perf_counter(), time.process_time()
            run = await case.run("plait")
            if repetition:  # the first one warms up
                steps[name].append((time.perf_counter() - began) / length * 1000)
                computed[name].append((time.process_time() - burnt) / length * 1000)
            if repetition and name == "llm":
                nodes += await durations(stage, [UUID(run.removeprefix(workflow_id("")))])
        bare += found if repetition else []
    plain = statistics.median(bare)
    return [
        row("bare request", bare),
        row("llm node on record, over the bare request", [each - plain for each in nodes], target=15),
        row("step of a chain: llm node", steps["llm"]),
        row("step of a chain: tool that does nothing", steps["tool"]),
        row("processor time of a step: llm node", computed["llm"]),
        row("processor time of a step: tool that does nothing", computed["tool"]),
    ]


async def bare_call(stage: Stage, url: str) -> float:
    """Milliseconds of the request by the worker's own client."""
    began = time.perf_counter()
    answer = await stage.services.egress.post(f"{url}/chat/completions", json=asking("at-once"))
    answer.json()
    return (time.perf_counter() - began) * 1000


async def durations(stage: Stage, runs: list[UUID]) -> list[float]:
    """Milliseconds of the nodes of runs, from their start to their end on record."""
    return [(end - begin).total_seconds() * 1000 for begin, end in await spans(stage, runs)]


async def spans(stage: Stage, runs: list[UUID]) -> list[tuple[datetime, datetime]]:
    rows = await stage.pool.fetch("select started_at, completed_at from node_runs where run_id = any($1::uuid[])", runs)
    return [(each["started_at"], each["completed_at"]) for each in rows]


async def many_calls(stage: Stage) -> list[Asked]:
    """200 calls at once, of four runs of one worker process."""
    each = AT_ONCE // 4
    shape = Shape("wide", (tuple(f"n{number}" for number in range(each)),), work=llm(f"wait-{WAIT}"))
    workflow, definition, hashed = await stage.store(shape)
    walls: list[float] = []
    together: list[float] = []
    grown: list[float] = []
    for repetition in range(3):
        runs = [await stage.insert_run(workflow, hashed, each) for _ in range(4)]
        before, began = resident(), time.perf_counter()
        with peak() as highest:
            await asyncio.gather(*(execute(stage, shape, str(run), definition, hashed) for run in runs))
        if repetition:
            walls.append((time.perf_counter() - began) * 1000)
            together.append(overlap(await spans(stage, runs)))
            grown.append((highest[0] - before) / 2**20)
    return [
        row(f"{AT_ONCE} calls of {WAIT:.0f} s at once", walls, target=WAIT * 1000),
        row("of them in flight together", together, unit="calls", target=AT_ONCE),
        row("memory that the worker grew by meanwhile", grown, unit="MiB"),
    ]


async def execute(stage: Stage, shape: Shape, run: str, definition: str, hashed: str) -> None:
    order = RunInput(run, "default", shape.name, definition, hashed, now().isoformat())
    handle = await stage.client.start_workflow(WORKFLOW, order, id=workflow_id(run), task_queue=TASK_QUEUE)
    await handle.result()


def overlap(spans: list[tuple[datetime, datetime]]) -> int:
    """The most that were under way at one moment."""
    moments = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    open_now = most = 0
    for _, change in moments:
        open_now += change
        most = max(most, open_now)
    return most


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def peak() -> Iterator[list[int]]:
    """The most memory that this process held meanwhile, looked at 20 times a second."""
    highest = [resident()]

    async def look() -> None:
        while True:
            highest[0] = max(highest[0], resident())
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        yield highest
    finally:
        looking.cancel()


async def first_words(url: str) -> list[Asked]:
    """From a word that the provider sends to the client of the API, through the real processes."""
    address = httpx2.URL(url)
    given = {
        "PLAIT_OPENAI_BASE_URL": url,
        "PLAIT_SECRET_OPENAI_API_KEY": "bench",
        "PLAIT_EGRESS_ALLOW": f"{address.host}:{address.port}",
    }
    os.environ.update(given)
    node = {"id": "say", "type": "llm", "with": {"model": "openai:wait-0.3", "prompt": PROMPT, "stream": True}}
    first: list[float] = []
    rest: list[float] = []
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as folder:
        Path(folder).chmod(0o755)
        async with (
            running_stack(Options(Path(folder), *free_ports(3)), lambda _: None) as stack,
            httpx2.AsyncClient(base_url=f"{stack.url}/api/v1", timeout=30, trust_env=False) as client,
        ):
            document = {"plait": 1, "slug": "words", "nodes": [node]}
            (await client.put("/workflows/words", json=document, headers={"if-match": "*"})).raise_for_status()
            for repetition in range(STREAMS + 1):
                late = await watch_words(client)
                if repetition:
                    first.append(late[0])
                    rest += late[1:]
    for name in given:
        del os.environ[name]
    return [
        row("first word of a stream to the SSE client", first, target=50),
        row("oldest of the words that come together after it", rest),
    ]


async def watch_words(client: httpx2.AsyncClient) -> list[float]:
    """Of one run, how late the oldest word of each piece of its text was, in milliseconds."""
    answer = await client.post("/workflows/words/run", json={"input": {}})
    answer.raise_for_status()
    address = f"/workflow_runs/{answer.json()['id']}/events"
    async with client.stream("GET", address, headers={"accept": "text/event-stream"}) as stream:
        return [
            (time.time() - float(told["text"].split()[0])) * 1000
            async for line in stream.aiter_lines()
            if line.startswith("data:") and (told := json.loads(line[5:])).get("type") == "output_delta"
        ]


async def asking_models() -> list[Asked]:
    """All cases."""
    async with provider() as url:
        known = Registry({**EVERYWHERE.providers, "bench": Provider("bench", "openai", url)}, {})
        async with stage(known) as prepared:
            found = await one_call(prepared, url)
            found += await many_calls(prepared)
            found += [row(*each) for each in await agents(prepared, url)]
        return found + await first_words(url)
