"""The API is killed between a run's row and what Temporal was told of it: another process begins the run, once."""

import asyncio
from pathlib import Path

import pytest

from api.upkeep.housekeeping import keeping_house
from interpreter.shell.wire import workflow_id
from tests.chaos.story import api_at, patiently
from tests.chaos.test_killed_api import api_process
from tests.chaos.test_temporal_slow import known
from tests.support.audit import audited
from tests.support.dev import free_ports
from tests.support.live import Live
from tests.support.tcp import tcp_proxied
from tests.support.tools import CALLS

PLAIN = [{"id": "pay", "type": "tool_call", "with": {"tool": "work", "args": {"value": "paid"}}}]
CLOSED_WITHIN = 30.0
"""Seconds from when another process keeps house to the run's end."""


@pytest.mark.parametrize("held", ["replies", pytest.param("requests", marks=pytest.mark.full)])
async def test_a_run_whose_api_was_killed_before_or_after_temporal_heard_of_it_runs_once(
    live: Live, temporal_address: str, tmp_path: Path, held: str
) -> None:
    await live.save("plain", PLAIN)
    dsn, (port, *_) = live.resources.settings.database_url, free_ports()
    start = {"json": {}, "headers": {"Idempotency-Key": "once"}}
    async with (
        tcp_proxied(temporal_address) as (address, proxy),
        api_process(dsn, port, tmp_path, address) as process,
        api_at(f"http://127.0.0.1:{port}") as client,
    ):
        warm = await patiently(client, "POST", "/workflows/plain/run", json={})
        await live.until(warm["id"], "completed")
        getattr(proxy, held).clear()
        run = await patiently(client, "POST", "/workflows/plain/run", **start)
        handle = live.temporal.get_workflow_handle(workflow_id(run["id"]))
        if held == "replies":
            async with asyncio.timeout(10):
                while not await known(handle):
                    await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
    assert await known(handle) == (held == "replies")
    async with keeping_house(live.resources), asyncio.timeout(CLOSED_WITHIN):
        again = await live.client.post("/api/v1/workflows/plain/run", **start)
        assert again.json()["id"] == run["id"]
        await live.until(run["id"], "completed", seconds=CLOSED_WITHIN)
    assert CALLS[f"{run['id']}/pay"] == 1
    await audited(live)
