"""What a caller waits for, through the real processes: start, gate decision, live events."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from plait.cli.serving.demo import free_ports
from plait.dev.stack import Options, running_stack

STARTS = 60
WORKFLOW = {
    "plait": 1,
    "slug": "latency",
    "nodes": [
        {"id": "first", "type": "tool_call", "with": {"tool": "render_text", "args": {"template": "x", "values": {}}}},
        {"id": "gate", "type": "human_gate", "with": {"title": "Go on?", "approvers": ["group:all"]}},
        {"id": "after", "type": "tool_call", "with": {"tool": "render_text", "args": {"template": "x", "values": {}}}},
    ],
    "edges": [{"from": "first", "to": "gate"}, {"from": "gate", "to": "after", "on": "approved"}],
}


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one thing that a caller waits for."""

    case: str
    samples: int
    p50: float
    p99: float
    target_p50: float


async def latencies() -> list[Latency]:
    """Start the embedded stack and measure with an HTTP client of its own, on an idle system."""
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as folder:
        Path(folder).chmod(0o755)
        async with (
            running_stack(Options(Path(folder), *free_ports(3)), lambda _: None) as stack,
            httpx2.AsyncClient(base_url=f"{stack.url}/api/v1", timeout=30, trust_env=False) as client,
        ):
            answer = await client.put("/workflows/latency", json=WORKFLOW, headers={"if-match": "*"})
            answer.raise_for_status()
            await run_once(client, Samples())  # warms up
            samples = Samples()
            for _ in range(STARTS):
                await run_once(client, samples)
            return samples.summary()


class Samples:
    """Milliseconds by case."""

    def __init__(self) -> None:
        self.start: list[float] = []
        self.first_node: list[float] = []
        self.decision: list[float] = []
        self.stream: list[float] = []

    def summary(self) -> list[Latency]:
        """One row a case, with what it should be at the median."""
        return [
            latency("POST run, answered", self.start, 25),
            latency("then to the first node's start", self.first_node, 50),
            latency("gate decision to the next node's start", self.decision, 50),
            latency("node event to the SSE client", self.stream, 50),
        ]


async def run_once(client: httpx2.AsyncClient, samples: Samples) -> None:
    """One run: start, watch the stream, approve, wait for the end."""
    began = time.perf_counter()
    answer = await client.post("/workflows/latency/run", json={"input": {}})
    answer.raise_for_status()
    samples.start.append((time.perf_counter() - began) * 1000)
    answered = time.time()
    run = answer.json()["id"]
    seen: dict[str, tuple[float, dict[str, Any]]] = {}
    opened = asyncio.Event()
    stream = asyncio.create_task(watch(client, run, seen, opened.set))
    await asyncio.wait_for(opened.wait(), 20)
    gates = (await client.get("/gates", params={"run_id": run})).json()["items"]
    decided = time.time()
    decision = await client.post(f"/gates/{gates[0]['id']}/decisions", json={"decision": "approved"})
    decision.raise_for_status()
    await asyncio.wait_for(stream, 20)
    first, after = at(seen["first:workflow.node.started"]), at(seen["after:workflow.node.started"])
    samples.first_node.append((first - answered) * 1000)
    samples.decision.append((after - decided) * 1000)
    arrived, event = seen["after:workflow.node.completed"]
    samples.stream.append((arrived - datetime.fromisoformat(event["time"]).timestamp()) * 1000)


async def watch(
    client: httpx2.AsyncClient, run: str, seen: dict[str, tuple[float, dict[str, Any]]], opened: Callable[[], None]
) -> None:
    """Note when each event arrives, to the end of the stream."""
    url = f"/workflow_runs/{run}/events"
    async with client.stream("GET", url, headers={"accept": "text/event-stream"}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and "seq" in (event := json.loads(line[5:])):
                seen[f"{event['path']}:{event['type']}"] = (time.time(), event)
                if event["type"] == "workflow.gate.opened":
                    opened()


def at(noted: tuple[float, dict[str, Any]]) -> float:
    """When it happened, in seconds since the epoch."""
    return datetime.fromisoformat(noted[1]["time"]).timestamp()


def latency(case: str, samples: list[float], target: float) -> Latency:
    """The samples in one row."""
    ordered = sorted(samples)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Latency(case, len(ordered), round(statistics.median(ordered), 1), round(worst, 1), target)
