"""What the Recorder promises while connections break and Postgres goes away."""

import asyncio
import signal

import asyncpg
import pytest

from plait.dev.postgres import EmbeddedPostgres
from plait.errors import Unavailable
from plait.store import migrate
from plait.store import recorder as recorder_module
from plait.store.pool import Pool, open_pool
from plait.store.recorder import Recorder
from tests.support.directories import server_folder
from tests.support.postgres import FAST, Database
from tests.support.proxy import proxied
from tests.support.runs import a_run, completed, started


async def assert_each_once(pool: Pool, nodes: int) -> None:
    """Every node is recorded once and the events have no gap: the run's start, and two a node."""
    numbers = [row["seq"] for row in await pool.fetch("select seq from run_events order by seq")]
    assert numbers == list(range(1, 2 * nodes + 2))
    rows = await pool.fetch("select last_seq, completed_nodes from workflow_runs")
    assert [tuple(row) for row in rows] == [(2 * nodes + 1, nodes)]


@pytest.mark.parametrize("lost", [1, 3])
async def test_a_commit_whose_reply_is_lost_is_recorded_once(database: str, pool: Pool, lost: int) -> None:
    run_id = await a_run(pool)
    async with proxied(database) as (address, proxy):
        through = await open_pool(address)
        async with Recorder(through) as recorder:
            proxy.lose_commits = lost
            recorder.put(started(run_id, "fetch"))
            answer = await recorder.put(completed(run_id, "fetch", output="mine"))
        await through.close()
    assert proxy.lost == lost
    assert (answer.accepted, answer.status) == (True, "completed")
    await assert_each_once(pool, 1)


async def test_killed_connections_lose_and_repeat_nothing(own_database: Database, pool: Pool) -> None:
    run_id = await a_run(pool)
    killer = await asyncpg.connect(own_database.owner_dsn)
    working = True

    async def kill() -> int:
        killed = 0
        while working:
            killed += await killer.fetchval(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where usename = 'plait_app' and datname = current_database()"
            )
            await asyncio.sleep(0.2)
        return killed

    async def work(recorder: Recorder, caller: int) -> None:
        for step in range(10):
            recorder.put(started(run_id, f"n{caller}-{step}"))
            assert (await recorder.put(completed(run_id, f"n{caller}-{step}"))).accepted
            await asyncio.sleep(0.1)

    async with Recorder(pool) as recorder:
        killing = asyncio.create_task(kill())
        await asyncio.gather(*(work(recorder, caller) for caller in range(10)))
        working = False
        assert await killing > 2
    await killer.close()
    await assert_each_once(pool, 100)


async def test_a_restart_of_postgres_costs_nothing_but_time() -> None:
    with server_folder() as home:
        server = EmbeddedPostgres(home / "postgres", settings=FAST)
        async with server:
            await migrate.up(server.owner_dsn)
            pool = await open_pool(server.app_dsn)
            run_id = await a_run(pool)
            async with Recorder(pool) as recorder:
                first = [recorder.put(completed(run_id, f"a{n}")) for n in range(50)]
                await server.stop(signal.SIGQUIT)
                second = [recorder.put(completed(run_id, f"b{n}")) for n in range(50)]
                await asyncio.sleep(0.3)
                await server.start()
                answers = await asyncio.gather(*first, *second)
            assert all(answer.accepted for answer in answers)
            assert await pool.fetchval("select completed_nodes from workflow_runs") == 100
            assert await pool.fetchval("select count(*) = max(seq) from run_events")
            await pool.close()


async def test_who_waits_is_told_when_the_process_ends_before_postgres_is_back(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "CLOSE_SECONDS", 0.2)
    run_id = await a_run(pool)
    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("select from workflow_runs where id = $1 for update", run_id)
        async with Recorder(pool) as recorder:
            answer = recorder.put(completed(run_id, "fetch"))
        with pytest.raises(Unavailable):
            await answer


async def test_the_wait_for_a_connection_is_bounded(database: str) -> None:
    pool = await open_pool(database, size=1)
    async with pool.acquire():
        with pytest.raises(Unavailable, match="no connection free"):
            await pool.acquire(timeout=0.05)
    await pool.close()


async def test_an_address_where_nobody_listens_is_told_at_once() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await open_pool("postgresql://plait_app:secret@127.0.0.1:1/plait")


async def test_no_notification_is_sent_inside_a_writing_transaction(database: str, pool: Pool) -> None:
    run_id = await a_run(pool)
    async with proxied(database) as (address, proxy):
        through = await open_pool(address)
        async with Recorder(through) as recorder:
            for n in range(5):
                await recorder.put(completed(run_id, f"n{n}"))
                await asyncio.sleep(0.03)
        await through.close()
    told = 0
    for sent in proxy.sent:
        outside = b"".join(part.partition(b"COMMIT;")[2] if n else part for n, part in enumerate(sent.split(b"BEGIN;")))
        assert sent.count(b"pg_notify") == outside.count(b"pg_notify")
        told += outside.count(b"pg_notify")
    assert told > 0
