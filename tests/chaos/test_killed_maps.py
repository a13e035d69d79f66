"""Processes that die in the middle of a map and a loop: every item and lap has its result, each once."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.chaos.story import patiently, save
from tests.support import poison
from tests.support.dev import Dev

LAPS = 40
IN_FLIGHT = 64


def noting(name: str, value: str) -> dict[str, Any]:
    """A node that leaves a trace outside of Plait."""
    args = {"name": "{{ input.name }}", "value": f"{{{{ {value} }}}}"}
    return {"id": name, "type": "tool_call", "with": {"tool": "note", "args": args}}


REPEATING = poison.document(
    "repeating",
    [
        {
            "id": "each",
            "type": "map",
            "with": {"items": "input.rows", "nodes": [noting("one", "item")], "output": "{{ nodes.one.output }}"},
        },
        {
            "id": "again",
            "type": "loop",
            "with": {
                "until": f"lap == {LAPS}",
                "max_iterations": LAPS,
                "nodes": [noting("lap_of", "lap")],
                "output": "{{ nodes.lap_of.output }}",
            },
        },
        poison.transform("both"),
    ],
    [poison.edge("each", "both"), poison.edge("again", "both")],
    output={"items": "{{ nodes.each.output }}", "laps": "{{ nodes.again.output }}"},
)
"""Items and laps at once, each of which calls a tool."""


async def kill_for(dev: Dev, name: str, seconds: float) -> None:
    """Kill a child, and again whenever it has come back, until the time is over; return once it is there again."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        killed = dev.groups[name]
        os.kill(killed, signal.SIGKILL)
        await dev.wait_for_other(name, killed)
        if asyncio.get_running_loop().time() > until:
            return


def noted(folder: Path, name: str) -> list[str]:
    """The idempotency key of each call."""
    file = folder / f"{name}.noted"
    return file.read_text().split() if file.exists() else []


@pytest.mark.parametrize(
    ("killed", "seconds", "rows"),
    [
        ("postgres", 0, 150),
        pytest.param("postgres", 5, 1_000, marks=[pytest.mark.full, pytest.mark.timeout(300)]),
        pytest.param("worker", 0, 1_000, marks=[pytest.mark.full, pytest.mark.timeout(300)]),
        pytest.param("temporal", 0, 1_000, marks=[pytest.mark.full, pytest.mark.timeout(300)]),
    ],
)
async def test_a_map_and_a_loop_lose_nothing_and_repeat_nothing_that_was_recorded(
    dev: Dev, client: httpx2.AsyncClient, ledger: str, killed: str, seconds: float, rows: int
) -> None:
    await save(client, REPEATING)
    name, folder = f"{killed}-{rows}", dev.directory / "files"
    given = {"input": {"name": name, "rows": list(range(rows))}}
    run = await patiently(client, "POST", "/workflows/repeating/run", json=given, headers={"Idempotency-Key": name})
    async with asyncio.timeout(60):
        while len(noted(folder, name)) < rows // 4:
            await asyncio.sleep(0.01)
    assert len(noted(folder, name)) < rows, "work was done before the kill, and after it"
    await kill_for(dev, killed, seconds)
    async with asyncio.timeout(150):
        while run["status"] not in {"completed", "failed"}:
            await asyncio.sleep(0.1)
            run = await patiently(client, "GET", f"/workflow_runs/{run['id']}")
    assert run["status"] == "completed", run["error"]
    assert run["output"] == {"items": list(range(rows)), "laps": LAPS}
    items, laps = [f"each.{at}" for at in range(rows)], [f"again~{lap + 1}" for lap in range(LAPS)]
    inner = [*(f"{path}.one" for path in items), *(f"{path}.lap_of" for path in laps)]
    calls = Counter(noted(folder, name))
    assert set(calls) == {f"{run['id']}/{path}/1" for path in inner}
    assert calls.total() - len(calls) <= IN_FLIGHT + 1, "only what was under way may be tried again"
    await assert_each_once(ledger, run["id"], {*inner, *items, *laps, "each", "again", "both"})


async def assert_each_once(dsn: str, run_id: str, paths: set[str]) -> None:
    """One row a path, one end in the log a path, no gap in the log."""
    connection = await asyncpg.connect(dsn)
    try:
        ledger = await connection.fetch("select path, generation, status from node_runs where run_id = $1", run_id)
        events = await connection.fetch("select seq, type, path from run_events where run_id = $1 order by seq", run_id)
    finally:
        await connection.close()
    assert sorted(map(tuple, ledger)) == sorted((path, 1, "completed") for path in paths)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    ends = Counter(event["path"] for event in events if event["type"] == "workflow.node.completed")
    assert set(ends.values()) == {1}
    assert set(ends) <= paths
    assert sum(event["type"] == "workflow.run.completed" for event in events) == 1
