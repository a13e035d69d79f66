"""Postgres is killed, or loses its replies, while runs go on: a result that was made is kept until it is recorded."""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
import pytest

from api.upkeep.housekeeping import keeping_house
from interpreter.shell.wire import workflow_id
from plait.clock import now
from plait.dev.postgres import EmbeddedPostgres
from plait.store import migrate
from tests.chaos.story import Story, api_at, assert_nothing_lost, begin, patiently, save
from tests.chaos.workers import worker_process
from tests.support.audit import audited
from tests.support.directories import server_folder
from tests.support.live import Live
from tests.support.postgres import FAST

HEARTBEAT = 30.0
BACK_WITHIN = 5.0
"""Seconds after Postgres answers again within which the API does."""


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedPostgres]:
    """The cluster that this test may kill."""
    with server_folder() as home:
        async with EmbeddedPostgres(home / "postgres", settings=FAST) as server:
            await migrate.up(server.owner_dsn)
            yield server


@pytest.fixture
def database(server: EmbeddedPostgres) -> str:
    """Takes the place of the session's cluster."""
    return server.app_dsn


@pytest.fixture
async def client(idle: Live) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the API, with a worker in a process of its own."""
    async with worker_process(idle), api_at(f"http://127.0.0.1:{idle.port}") as client:
        async with asyncio.timeout(30):
            while not (await patiently(client, "GET", "/tools"))["items"]:
                await asyncio.sleep(0.05)
        await save(client)
        yield client


async def heartbeat_after(live: Live, story: Story, moment: datetime, within: float) -> int:
    """The number of the attempt in flight, once it was heard of after this moment."""
    handle = live.temporal.get_workflow_handle(workflow_id(story.id))
    async with asyncio.timeout(within):
        while True:
            (pending,) = (await handle.describe()).raw_description.pending_activities
            if pending.last_heartbeat_time.ToDatetime(moment.tzinfo) > moment:
                return pending.attempt
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("away", [1.0, pytest.param(HEARTBEAT + 5, marks=pytest.mark.full)])
async def test_a_result_that_was_made_while_postgres_is_away_is_recorded_when_it_is_back(
    idle: Live, client: httpx2.AsyncClient, server: EmbeddedPostgres, away: float
) -> None:
    story = await begin(client, idle.files_dir, "away")
    await story.in_the_middle()
    await server.stop(signal.SIGQUIT)
    story.let_go()
    async with asyncio.timeout(10):
        while not story.ends:
            await asyncio.sleep(0.02)
    await asyncio.sleep(away)
    assert await heartbeat_after(idle, story, now(), within=10) == 1
    await server.start()
    await story.end_well()
    assert (len(story.calls), len(story.ends)) == (1, 1)
    await assert_nothing_lost(server.app_dsn, story.id)
    await audited(idle)


@pytest.mark.full
async def test_runs_that_see_postgres_killed_again_and_again_lose_nothing(
    idle: Live, client: httpx2.AsyncClient, server: EmbeddedPostgres
) -> None:
    stories = [await begin(client, idle.files_dir, f"many-{n}") for n in range(12)]
    for turn in range(6):
        for story in stories[turn::6]:
            story.let_go()
        await server.stop(signal.SIGQUIT)
        await server.start()
    for story in stories:
        await story.in_the_middle()
        await story.end_well()
        assert len(story.ends) == 1
        await assert_nothing_lost(server.app_dsn, story.id)
    await audited(idle)


@dataclass
class Load:
    """Starts one after another, each repeated under its key until it is accepted. `refused` tells when a server
    error was answered.
    """

    client: httpx2.AsyncClient
    accepted: dict[str, str] = field(default_factory=dict)
    refused: list[float] = field(default_factory=list)

    async def go_on(self) -> None:
        """Until cancelled."""
        for number in itertools.count():
            await self.start(f"key-{number}")
            await asyncio.sleep(0.1)

    async def start(self, key: str) -> None:
        """One run."""
        while True:
            answer = await self.client.post("/api/v1/workflows/plain/run", json={}, headers={"Idempotency-Key": key})
            if answer.status_code < 300:
                self.accepted[key] = answer.json()["id"]
                return
            assert answer.status_code == 503, answer.text
            self.refused.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("restarts", [3, pytest.param(12, marks=[pytest.mark.full, pytest.mark.timeout(300)])])
async def test_starts_go_on_within_seconds_of_each_restart_and_every_accepted_run_ends_well(
    live: Live, server: EmbeddedPostgres, restarts: int
) -> None:
    await live.save("plain", [{"id": "a", "type": "tool_call", "with": {"tool": "work", "args": {"value": 1}}}])
    load, clock, outages = Load(live.client), asyncio.get_running_loop().time, list[tuple[float, float]]()
    async with keeping_house(live.resources):
        starting = asyncio.create_task(load.go_on())
        for turn in range(restarts):
            await asyncio.sleep(2)
            down = clock()
            await server.stop(signal.SIGQUIT if turn % 2 else signal.SIGINT)
            await server.start()
            outages.append((down, clock()))
        await asyncio.sleep(2)
        assert not starting.done()
        starting.cancel()
        for run_id in load.accepted.values():
            await live.until(run_id, "completed", seconds=60)
    assert len(load.accepted) > restarts
    assert all(any(down <= at <= up + BACK_WITHIN for down, up in outages) for at in load.refused)
    keys = await live.resources.pool.fetch("select idempotency_key, id from workflow_runs")
    assert load.accepted.items() <= {(row["idempotency_key"], str(row["id"])) for row in keys}
    await audited(live)
