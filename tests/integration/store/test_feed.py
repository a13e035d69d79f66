"""What the feed promises: every run- and gate-level event of a project once, in one order without a gap."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import Record

from plait.store import feed
from plait.store.changes import Change, RunRow
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.runs import NOON, PROJECT, a_run, an_event, completed, started


async def a_short_run(pool: Pool, recorder: Recorder) -> UUID:
    """A run that started, did something, and ended."""
    run_id = await a_run(pool)
    await recorder.put(started(run_id, "fetch"))
    await recorder.put(completed(run_id, "fetch"))
    await recorder.put(
        Change(run_id, PROJECT, run=RunRow("completed", NOON), events=(an_event("workflow.run.completed"),))
    )
    return run_id


async def move_all(pool: Pool, *consumers: feed.Consumer, limit: int = feed.BATCH) -> int:
    total = 0
    while moved := (await feed.move(pool, consumers, limit))[0]:
        total += moved
    return total


async def read_all(pool: Pool) -> list[Record]:
    return await feed.page_after(pool, PROJECT, 0, 10_000)


async def test_it_has_what_happened_to_runs_and_gates_and_leaves_nodes_out(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_short_run(pool, recorder)
    await move_all(pool)
    assert [(row["run_id"], row["type"]) for row in await read_all(pool)] == [
        (run_id, "workflow.run.started"),
        (run_id, "workflow.run.completed"),
    ]


async def test_positions_have_no_gap_and_keep_the_order_of_each_run(pool: Pool) -> None:
    runs = [await a_run(pool) for _ in range(20)]
    moving = asyncio.create_task(move_until_cancelled(pool))
    async with Recorder(pool) as one, Recorder(pool) as other:
        for n in range(10):
            events = (an_event("workflow.gate.voted", "gate", n),)
            await asyncio.gather(*((one, other)[n % 2].put(Change(run_id, PROJECT, events=events)) for run_id in runs))
    moving.cancel()
    await asyncio.gather(moving, return_exceptions=True)
    await move_all(pool)
    rows = await read_all(pool)
    assert [row["position"] for row in rows] == list(range(1, 201))
    for run_id in runs:
        assert [row["seq"] for row in rows if row["run_id"] == run_id] == list(range(1, 11))


async def move_until_cancelled(pool: Pool) -> None:
    while True:
        await feed.move(pool, (), limit=7)


async def test_two_leaders_at_once_place_every_event_once(pool: Pool, recorder: Recorder) -> None:
    for _ in range(10):
        await a_short_run(pool, recorder)
    await asyncio.gather(move_all(pool, limit=3), move_all(pool, limit=3))
    assert [row["position"] for row in await read_all(pool)] == list(range(1, 21))


async def test_a_leader_that_is_away_keeps_no_writer_waiting_and_catches_up(pool: Pool, recorder: Recorder) -> None:
    held, transaction = await hold_the_feed(pool)
    async with asyncio.timeout(5):
        runs = [await a_short_run(pool, recorder) for _ in range(30)]
    await transaction.rollback()
    await pool.release(held)
    assert await read_all(pool) == []
    assert await move_all(pool) == 60
    assert {row["run_id"] for row in await read_all(pool)} == set(runs)


async def hold_the_feed(pool: Pool) -> tuple[Any, Any]:
    """The leader's transaction, half done."""
    held = await pool.acquire()
    transaction = held.transaction()
    await transaction.start()
    await held.execute(feed.queries.lock)
    return held, transaction


async def test_what_a_follower_cannot_take_stays_for_the_next_time(pool: Pool, recorder: Recorder) -> None:
    await a_short_run(pool, recorder)
    seen: list[str] = []

    async def follow(connection: Any, rows: Sequence[Record]) -> None:
        seen.extend(row["type"] for row in rows)
        if len(seen) == 2:
            raise OSError("away")

    with pytest.raises(OSError, match="away"):
        await feed.move(pool, (follow,))
    assert await read_all(pool) == []
    await feed.move(pool, (follow,))
    assert seen == ["workflow.run.started", "workflow.run.completed"] * 2
    assert [row["position"] for row in await read_all(pool)] == [1, 2]


async def test_rebuilt_from_the_events_it_has_all_of_them_and_goes_on_behind_the_last(
    pool: Pool, recorder: Recorder, database: str
) -> None:
    runs = {await a_short_run(pool, recorder) for _ in range(5)}
    await move_all(pool)
    runs.add(await a_short_run(pool, recorder))  # waits to be moved
    told: list[bool] = []

    async def follow(connection: Any, rows: Sequence[Record]) -> None:
        told.extend(row["replayed"] for row in rows)

    connection = await asyncpg.connect(database)
    await feed.rebuild(connection)
    await connection.close()
    assert await move_all(pool, follow) == 12
    rows = await read_all(pool)
    assert {row["run_id"] for row in rows} == runs
    assert [row["position"] for row in rows] == list(range(11, 23))
    assert sorted(told) == [False] * 2 + [True] * 10


async def test_rebuilding_keeps_no_writer_waiting(pool: Pool, recorder: Recorder) -> None:
    await a_short_run(pool, recorder)
    async with pool.acquire() as connection, connection.transaction():
        await feed.rebuild(connection)
        async with asyncio.timeout(5):
            await a_short_run(pool, recorder)
    assert await move_all(pool) == 4


async def test_a_deleted_run_leaves_the_feed(pool: Pool, recorder: Recorder) -> None:
    gone, kept = await a_short_run(pool, recorder), await a_short_run(pool, recorder)
    await feed.move(pool, (), limit=3)
    await pool.execute("delete from workflow_runs where id = $1", gone)
    await move_all(pool)
    assert {row["run_id"] for row in await read_all(pool)} == {kept}


async def test_a_page_is_narrowed_by_type_workflow_and_environment(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_short_run(pool, recorder)
    await a_short_run(pool, recorder)
    await move_all(pool)
    ended = await feed.page_after(pool, PROJECT, 0, 10, types=["workflow.run.completed"])
    assert [row["position"] for row in ended] == [2, 4]
    workflow = await pool.fetchval("select workflow_id from workflow_runs where id = $1", run_id)
    assert [row["position"] for row in await feed.page_after(pool, PROJECT, 0, 10, workflow=str(workflow))] == [1, 2]
    by_slug = await feed.page_after(pool, PROJECT, 0, 10, workflow=f"test-{workflow}")
    assert [row["position"] for row in by_slug] == [1, 2]
    assert await feed.page_after(pool, PROJECT, 0, 10, environment="prod") == []
    assert await feed.read_range(pool, PROJECT) == (4, 0)
    assert await feed.read_range(pool, "other") == (0, 0)


async def test_what_is_swept_for_its_age_is_known_to_be_gone(pool: Pool, recorder: Recorder) -> None:
    await a_short_run(pool, recorder)
    await move_all(pool)
    await feed.sweep(pool, NOON)
    assert await feed.read_range(pool, PROJECT) == (2, 0)
    await feed.sweep(pool, NOON + timedelta(seconds=1))
    assert await feed.read_range(pool, PROJECT) == (2, 2)
    assert await read_all(pool) == []
