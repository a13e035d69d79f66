"""What a client does with the two APIs of the shape."""

import asyncio
import json
from typing import Any

import httpx2

from tests.production.servers import ROOT
from tests.production.shape import Shape


async def store_example(shape: Shape, name: str) -> None:
    """Store one of the examples by the first API."""
    source = (ROOT / "examples" / name / "workflow.yaml").read_bytes()
    told = {"content-type": "application/yaml", "if-match": "*"}
    async with shape.client(1) as api:
        (await api.put(f"/workflows/{name}", content=source, headers=told)).raise_for_status()


async def run_diamond(shape: Shape, number: int, value: int) -> dict[str, Any]:
    """Run it by the API of this number; gives the run at its end."""
    async with shape.client(number) as api:
        answer = await api.post("/workflows/diamond/run?wait=30", json={"input": {"number": value}})
        run = answer.raise_for_status().json()
    assert run["output"] == {"doubled": 2 * value, "squared": value * value}, run
    return run


async def store_reading(shape: Shape) -> None:
    """Store a workflow of one tool call, which is one activity."""
    reading = {"tool": "read_csv", "args": {"path": "vendors.csv"}}
    document = {"plait": 1, "slug": "reading", "nodes": [{"id": "read", "type": "tool_call", "with": reading}]}
    async with shape.client(2) as api:
        (await api.put("/workflows/reading", json=document, headers={"if-match": "*"})).raise_for_status()


async def run_reading(shape: Shape, number: int) -> None:
    """Run it by the API of this number, to its end."""
    async with shape.client(number) as api:
        run = (await api.post("/workflows/reading/run?wait=30", json={})).raise_for_status().json()
    assert run["status"] == "completed", run


async def until_ended(api: httpx2.AsyncClient, run_id: str, seconds: float = 60) -> dict[str, Any]:
    """The run, once it has ended."""
    async with asyncio.timeout(seconds):
        while (run := (await api.get(f"/workflow_runs/{run_id}")).raise_for_status().json())["status"] not in {
            "completed",
            "failed",
            "cancelled",
        }:
            await asyncio.sleep(0.1)
    return run


async def stream(api: httpx2.AsyncClient, run_id: str) -> list[tuple[int, str]]:
    """The events of a run, from its first one to its end: number and type of each."""
    found: list[tuple[int, str]] = []
    headers = {"accept": "text/event-stream"}
    async with api.stream("GET", f"/workflow_runs/{run_id}/events", headers=headers) as answer:
        piece: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                piece[name] = value
            else:
                if "id" in piece and "data" in piece:
                    found.append((int(piece["id"]), json.loads(piece["data"]).get("type", piece["event"])))
                if piece.get("event") == "end":
                    break
                piece = {}
    return found
