"""Temporal's frontend is slow, breaks connections, or stops to answer: calls end in time, nothing runs twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from api.upkeep.housekeeping import keeping_house
from interpreter.shell.wire import workflow_id
from plait.settings import Settings
from plait.temporal import connect
from tests.chaos.test_temporal_away import GATED, approve, the_gate
from tests.support.audit import audited_pool
from tests.support.live import Live, running_api
from tests.support.tcp import TcpProxy, tcp_proxied
from tests.support.tools import CALLS

PATIENCE = 7.0
"""Seconds: what a request may take whatever Temporal does."""


@pytest.fixture
async def way(temporal_address: str) -> AsyncIterator[tuple[str, TcpProxy]]:
    """The way of API and worker to Temporal."""
    async with tcp_proxied(temporal_address) as way:
        yield way


@pytest.fixture
def proxy(way: tuple[str, TcpProxy]) -> TcpProxy:
    """What makes that way a bad one."""
    return way[1]


@pytest.fixture
async def behind(way: tuple[str, TcpProxy], database: str, tmp_path: Path) -> AsyncIterator[Live]:
    """All of it, with API and worker behind the proxy, and the sweeper."""
    address, proxy = way
    temporal = await connect(Settings(temporal_address=address))
    api = running_api(temporal, address, database, tmp_path)
    async with api as live, live.working(), keeping_house(live.resources):
        yield live
        proxy.heal()


async def started(live: Live, key: str) -> dict[str, Any]:
    """A start, which is answered in time."""
    async with asyncio.timeout(PATIENCE):
        answer = await live.client.post("/api/v1/workflows/gated/run", json={}, headers={"Idempotency-Key": key})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def gate_opened(live: Live, run: dict[str, Any], within: float = 60) -> None:
    async with asyncio.timeout(within):
        while not (await live.get("/gates", run_id=run["id"]))["items"]:
            await asyncio.sleep(0.05)


async def approved(live: Live, run: dict[str, Any]) -> None:
    await gate_opened(live, run)
    assert await approve(live, run) in {200, 202}


async def ended_well(live: Live, runs: list[dict[str, Any]], temporal: Client) -> None:
    """Each did everything once, in one workflow, and the two sides agree."""
    for run in runs:
        await live.until(run["id"], "completed", seconds=60)
    assert [CALLS[f"{run['id']}/pay"] for run in runs] == [1] * len(runs)
    for run in runs:
        assert [vote["status"] for vote in (await the_gate(live, run))["votes"]] == ["applied"]
    await audited_pool(live.resources.pool, temporal)


async def test_runs_get_through_a_slow_way_and_nothing_happens_twice(
    behind: Live, proxy: TcpProxy, temporal: Client
) -> None:
    await behind.save("gated", **GATED)
    rng = random.Random(9)
    proxy.delay = lambda: rng.uniform(0.1, 1.0)
    runs = [await started(behind, f"slow-{n}") for n in range(4)]
    await asyncio.gather(*(approved(behind, run) for run in runs))
    proxy.heal()
    await ended_well(behind, runs, temporal)


async def test_runs_get_through_connections_that_are_reset_and_nothing_happens_twice(
    behind: Live, proxy: TcpProxy, temporal: Client
) -> None:
    await behind.save("gated", **GATED)
    broken = 0

    async def reset() -> None:
        nonlocal broken
        while True:
            await asyncio.sleep(0.3)
            broken += proxy.reset()

    resetting = asyncio.create_task(reset())
    runs = [await started(behind, f"reset-{n}") for n in range(8)]
    async with asyncio.timeout(PATIENCE):
        # However quick the machine is, the decisions go over a line that has broken often enough.
        while broken <= 8:
            await asyncio.sleep(0.05)
    await asyncio.gather(*(approved(behind, run) for run in runs))
    resetting.cancel()
    assert broken > 8
    await ended_well(behind, runs, temporal)


@pytest.mark.parametrize("held", ["replies", pytest.param("requests", marks=pytest.mark.full)])
async def test_what_is_asked_for_over_a_half_open_line_is_accepted_in_time_and_done_once(
    behind: Live, proxy: TcpProxy, temporal: Client, held: str
) -> None:
    await behind.save("gated", **GATED)
    first = await started(behind, f"{held}-first")
    await gate_opened(behind, first)
    getattr(proxy, held).clear()
    second = await started(behind, f"{held}-second")
    async with asyncio.timeout(PATIENCE):
        assert await approve(behind, first) == 202
    assert (await started(behind, f"{held}-second"))["id"] == second["id"]
    handle = temporal.get_workflow_handle(workflow_id(second["id"]))
    if held == "replies":
        async with asyncio.timeout(PATIENCE):
            while not await known(handle):
                await asyncio.sleep(0.05)
    else:
        assert not await known(handle)
    await asyncio.sleep(PATIENCE - 1)  # the deadline of the first call is over, and the sweeper has asked again
    proxy.heal()
    await approved(behind, second)
    await ended_well(behind, [first, second], temporal)


async def known(handle: Any) -> bool:
    """Whether Temporal has this workflow."""
    try:
        await handle.describe()
    except RPCError:
        return False
    return True
