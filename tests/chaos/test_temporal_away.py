"""Temporal is killed while gates are open: what is asked for meanwhile is recorded, and told once it is back."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client

from api.upkeep.housekeeping import keeping_house
from interpreter.shell.wire import workflow_id
from plait.clock import now
from plait.delivery import start_run_workflow
from plait.dev.temporal import server_command, wait_until_up
from plait.settings import Settings
from plait.store.delivery import list_orders
from plait.temporal import connect, register_search_attributes
from tests.support.live import Live
from tests.support.temporal import free_port
from tests.support.tools import CALLS

GATED: dict[str, Any] = {
    "nodes": [
        {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:local"]}},
        {"id": "pay", "type": "tool_call", "with": {"tool": "work", "args": {"value": "paid"}}},
    ],
    "edges": [{"from": "sign_off", "to": "pay", "on": "approved"}],
}


class TemporalServer:
    """A server of the test's own, on one port and one database for all its lives."""

    def __init__(self, binary: Path, database: Path) -> None:
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self._command = server_command(binary, port=port, database=database)
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Run it, and return once it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await wait_until_up(self.address)

    def kill(self) -> None:
        """As `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
async def server(temporal_binary: Path, tmp_path: Path) -> AsyncIterator[TemporalServer]:
    """The server that this test may kill."""
    server = TemporalServer(temporal_binary, tmp_path / "temporal.db")
    await server.start()
    yield server
    server.kill()


@pytest.fixture
def temporal_address(server: TemporalServer) -> str:
    """Takes the place of the session's server."""
    return server.address


@pytest.fixture
async def temporal(server: TemporalServer) -> Client:
    """A client of that server."""
    client = await connect(Settings(temporal_address=server.address))
    await register_search_attributes(client)
    return client


@pytest.fixture
async def house(live: Live) -> AsyncIterator[None]:
    """What the API does by itself: the sweeper above all."""
    async with keeping_house(live.resources):
        yield


async def the_gate(live: Live, run: dict[str, Any]) -> dict[str, Any]:
    (listed,) = (await live.get("/gates", run_id=run["id"]))["items"]
    return await live.get(f"/gates/{listed['id']}")


async def approve(live: Live, run: dict[str, Any]) -> int:
    address = f"/api/v1/gates/{(await the_gate(live, run))['id']}/decisions"
    return (await live.client.post(address, json={"decision": "approved"})).status_code


@pytest.mark.usefixtures("house")
async def test_what_is_asked_for_while_temporal_is_away_is_accepted_and_done_once_it_is_back(
    live: Live, server: TemporalServer
) -> None:
    await live.save("gated", **GATED)
    approved, cancelled = [await live.start("gated", wait=20, until="blocked") for _ in range(2)]
    server.kill()

    assert (await live.get(f"/workflow_runs/{approved['id']}", include="nodes"))["status"] == "running"
    assert len((await live.get("/gates", status="open"))["items"]) == 2
    begun = await live.client.post("/api/v1/workflows/gated/run", json={})
    assert (begun.status_code, begun.json()["status"]) == (202, "pending")
    assert await approve(live, approved) == 202
    assert (await live.client.post(f"/api/v1/workflow_runs/{cancelled['id']}/cancel", json={})).status_code == 202

    await server.start()
    await live.until(approved["id"], "completed", seconds=40)
    await live.until(cancelled["id"], "cancelled", seconds=40)
    async with asyncio.timeout(40):
        while not (await live.get("/gates", run_id=begun.json()["id"]))["items"]:
            await asyncio.sleep(0.05)
    assert await approve(live, begun.json()) == 200
    await live.until(begun.json()["id"], "completed")
    assert [vote["status"] for vote in (await the_gate(live, approved))["votes"]] == ["applied"]
    assert [CALLS[f"{run['id']}/pay"] for run in (approved, begun.json(), cancelled)] == [1, 1, 0]


async def test_a_start_that_is_told_again_makes_one_workflow(idle: Live) -> None:
    await idle.save("plain", [{"id": "a", "type": "transform", "with": {"value": 1}}])
    run = (await idle.start("plain"))["id"]
    (order,) = await list_orders(idle.resources.pool, [UUID(run)])
    handle = idle.temporal.get_workflow_handle(workflow_id(run))
    await start_run_workflow(idle.temporal, order, open_mode=True, at=now())
    first = (await handle.describe()).run_id
    await start_run_workflow(idle.temporal, order, open_mode=True, at=now())
    async with idle.working():
        await idle.until(run, "completed")
    await start_run_workflow(idle.temporal, order, open_mode=True, at=now())
    assert (await handle.describe()).run_id == first
    ends = await idle.get(f"/workflow_runs/{run}/events", types="workflow.node.completed,workflow.run.completed")
    assert [event["path"] for event in ends["items"]] == ["a", None]
