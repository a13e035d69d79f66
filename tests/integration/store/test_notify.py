"""What a hint promises: it comes soon, it may be late, and losing it costs a poll."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from plait.clock import new_id
from plait.store.notify import CHANNEL, Publisher, RunFeed
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.postgres import Database
from tests.support.runs import a_run, completed


@pytest.fixture
async def feed(database: str) -> AsyncIterator[RunFeed]:
    async with RunFeed(database) as feed:
        with feed.subscribe(new_id()) as listening:
            await asyncio.wait_for(listening.wait(), 5)  # who subscribed before it listened is woken then
        yield feed


async def test_who_waits_for_a_run_is_woken_after_its_commit(pool: Pool, recorder: Recorder, feed: RunFeed) -> None:
    run_id = await a_run(pool)
    with feed.subscribe(run_id) as woken:
        await recorder.put(completed(run_id, "fetch"))
        await asyncio.wait_for(woken.wait(), 2)


async def test_news_of_another_run_wakes_nobody(pool: Pool, recorder: Recorder, feed: RunFeed) -> None:
    mine, other = await a_run(pool), await a_run(pool)
    with feed.subscribe(mine) as woken, feed.subscribe(other) as others:
        await recorder.put(completed(other, "fetch"))
        await asyncio.wait_for(others.wait(), 2)
        assert not woken.is_set()


async def test_listening_goes_on_after_the_connection_was_killed(
    own_database: Database, pool: Pool, recorder: Recorder, feed: RunFeed
) -> None:
    run_id = await a_run(pool)
    owner = await asyncpg.connect(own_database.owner_dsn)
    with feed.subscribe(run_id) as woken:
        await owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'")
        await asyncio.wait_for(woken.wait(), 10)  # it listens again, and there may have been news
        woken.clear()
        await recorder.put(completed(run_id, "fetch"))
        await asyncio.wait_for(woken.wait(), 2)
    await owner.close()


async def test_a_thousand_runs_are_told_in_a_few_notifications(database: str, pool: Pool) -> None:
    told: list[list[str]] = []
    listener = await asyncpg.connect(database)
    await listener.add_listener(CHANNEL, lambda *arguments: told.append(arguments[3].split(",")))
    runs = [new_id() for _ in range(1000)]
    began = time.monotonic()
    async with Publisher(pool) as publisher:
        for _ in range(3):
            publisher.mark(runs)
        while sum(map(len, told)) < len(runs):
            await asyncio.sleep(0.01)
    await listener.close()
    assert len(told) == 7
    assert {run for batch in told for run in batch} == {str(run) for run in runs}
    assert time.monotonic() - began >= 6 * 0.02
