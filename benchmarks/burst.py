"""Bursts of starts through the real processes: each is accepted and then runs, or is told when to come again."""

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx2

from plait.cli.serving.demo import free_ports
from plait.dev.stack import Options, running_stack

STARTS = 1_000
WITHIN = 5.0
WORKFLOW = {
    "plait": 1,
    "slug": "burst",
    "nodes": [
        {"id": "one", "type": "tool_call", "with": {"tool": "render_text", "args": {"template": "x", "values": {}}}}
    ],
}


@dataclass(frozen=True, slots=True)
class Burst:
    """How one burst was taken. `lost` counts accepted runs that never completed; times in milliseconds."""

    case: str
    accepted: int
    told_to_wait: int
    failed: int
    lost: int
    p50: float
    p99: float
    drained_seconds: float


async def bursts() -> list[Burst]:
    """A thousand starts over five seconds, then a thousand at once."""
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as folder:
        Path(folder).chmod(0o755)
        limits = httpx2.Limits(max_connections=STARTS)
        async with (
            running_stack(Options(Path(folder), *free_ports(3)), lambda _: None) as stack,
            httpx2.AsyncClient(base_url=f"{stack.url}/api/v1", timeout=120, trust_env=False, limits=limits) as client,
        ):
            (await client.put("/workflows/burst", json=WORKFLOW, headers={"if-match": "*"})).raise_for_status()
            (await client.post("/workflows/burst/run?wait=30", json={})).raise_for_status()
            return [
                await burst(client, f"{STARTS:,} starts over {WITHIN:.0f} s", WITHIN),
                await burst(client, f"{STARTS:,} starts at once", 0),
            ]


async def burst(client: httpx2.AsyncClient, case: str, within: float) -> Burst:
    """Send them, evenly spread, and wait until all that was accepted has completed."""
    began = time.perf_counter()
    answers = await asyncio.gather(*(start(client, number * within / STARTS) for number in range(STARTS)))
    runs = [run for _, _, run in answers if run is not None]
    lost = await outlasting(client, len(runs))
    taken = sorted(milliseconds for _, milliseconds, _ in answers)
    statuses = Counter(status for status, _, _ in answers)
    return Burst(
        case=case,
        accepted=statuses[202],
        told_to_wait=statuses[429],
        failed=STARTS - statuses[202] - statuses[429],
        lost=lost,
        p50=round(statistics.median(taken), 1),
        p99=round(taken[int(len(taken) * 0.99)], 1),
        drained_seconds=round(time.perf_counter() - began, 1),
    )


async def start(client: httpx2.AsyncClient, after: float) -> tuple[int, float, str | None]:
    """One start: its status, how long the answer took, and the run."""
    await asyncio.sleep(after)
    began = time.perf_counter()
    answer = await client.post("/workflows/burst/run", json={})
    milliseconds = (time.perf_counter() - began) * 1000
    return answer.status_code, milliseconds, answer.json().get("id") if answer.status_code == 202 else None


async def outlasting(client: httpx2.AsyncClient, accepted: int) -> int:
    """How many of the accepted runs have not completed two minutes after the burst."""
    until = time.monotonic() + 120
    left = accepted
    while left and time.monotonic() < until:
        left = 0
        for status in ("pending", "running"):
            page = await client.get("/workflow_runs", params={"status": status, "total": "true", "limit": 1})
            left += page.json()["total"]
        await asyncio.sleep(0.2)
    return left
