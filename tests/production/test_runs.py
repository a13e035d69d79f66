"""Runs through two APIs and three workers, some of which are killed."""

import asyncio
import csv
import signal
from typing import Any

from tests.production.runs import run_diamond, run_reading, store_example, store_reading, stream, until_ended
from tests.production.shape import Shape

EXECUTED = "temporal_activity_execution_latency"


async def test_a_run_started_on_one_api_is_streamed_and_read_on_the_other(shape: Shape) -> None:
    await store_example(shape, "diamond")
    async with shape.client(1) as first, shape.client(2) as second:
        created = await first.post("/workflows/diamond/run", json={"input": {"number": 7}, "start": "later"})
        run = created.raise_for_status().json()
        reading = asyncio.create_task(stream(second, run["id"]))
        (await first.post(f"/workflow_runs/{run['id']}/start")).raise_for_status()
        events = await asyncio.wait_for(reading, 30)
        ended = (await second.get(f"/workflow_runs/{run['id']}")).json()
    numbered = [number for number, kind in events if kind != "end"]
    assert numbered == list(range(1, len(numbered) + 1))
    assert ended["output"] == {"doubled": 14, "squared": 49}


async def test_both_activity_workers_take_part(shape: Shape) -> None:
    await store_reading(shape)
    await asyncio.gather(*(run_reading(shape, 1 + number % 2) for number in range(12)))
    for number in (1, 2):
        async with asyncio.timeout(20):
            while EXECUTED not in await shape.processes[f"activity-worker-{number}"].until("/metrics", 200):
                await asyncio.sleep(0.2)


async def test_invoices_are_approved_on_one_api_though_the_other_and_a_worker_were_killed(shape: Shape) -> None:
    await store_example(shape, "invoice-approval")
    async with shape.client(1) as first:
        answer = await first.post("/workflows/invoice-approval/run?wait=30&until=blocked", json={"input": {}})
        run = answer.raise_for_status().json()
    gone = ["api-1", "activity-worker-1"]
    for name in gone:
        await shape.processes[name].end(signal.SIGKILL)
    async with shape.client(2) as second:
        await decide(second, run, "approved")
        ended = await until_ended(second, run["id"])
    for process in (shape.start("api", 1), shape.start("activity-worker", 1)):
        await process.until("/readyz", 200)
    assert ended["status"] == "completed", ended["error"]
    with (shape.files / "approved.csv").open(newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) > 285
    async with shape.client(1) as again:
        assert (await again.get(f"/workflow_runs/{run['id']}")).json()["output"] == ended["output"]


async def decide(api: Any, run: dict[str, Any], decision: str) -> None:
    gate = run["waiting_for"][0]["gate_id"]
    answer = await api.post(f"/gates/{gate}/decisions", json={"decision": decision})
    assert answer.raise_for_status().json()["status"] == decision


async def test_a_rolling_restart_loses_nothing(shape: Shape) -> None:
    await store_example(shape, "diamond")
    running = asyncio.gather(*(run_diamond(shape, 2, number) for number in range(8)))
    for name, service, number in (
        ("activity-worker-1", "activity-worker", 1),
        ("workflow-worker-1", "workflow-worker", 1),
        ("api-1", "api", 1),
    ):
        assert await shape.processes[name].end(signal.SIGTERM) == 0, shape.processes[name].said
        await shape.start(service, number).until("/readyz", 200)
    assert len(await running) == 8
