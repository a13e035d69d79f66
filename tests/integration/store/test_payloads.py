"""What payloads promise: what went in comes out, nothing crosses projects, orphans go."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from plait.clock import new_id, now
from plait.errors import NotFound
from plait.store.payloads import FILE_BYTES, Payloads, ResultTooLarge
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from plait.store.values import value_in
from tests.support.runs import PROJECT, a_run, completed

MIB = 1024 * 1024


@pytest.fixture
def payloads(pool: Pool) -> Payloads:
    return Payloads(pool)


async def parts(size: int, part: int = 300_000) -> AsyncIterator[bytes]:
    for at in range(0, size, part):
        yield b"x" * min(part, size - at)


@pytest.mark.parametrize("value", [None, 0, "", [], {"a": [1.5, None, "é"]}, "x" * (8 * 1024 - 2)])
async def test_a_small_value_stays_in_its_row(payloads: Payloads, value: object) -> None:
    stored = await payloads.store(PROJECT, value)
    assert stored.ref is None
    assert await payloads.value(PROJECT, stored) == value


@pytest.mark.parametrize("size", [8 * 1024 - 1, MIB - 2, MIB - 1, 3 * MIB, 5 * MIB])
async def test_a_large_value_comes_back_as_it_was(pool: Pool, payloads: Payloads, size: int) -> None:
    value = "x" * size
    stored = await payloads.store(PROJECT, value)
    assert stored.ref is not None
    assert stored.size == size + 2
    assert await payloads.value(PROJECT, stored) == value
    chunks = await pool.fetchval("select count(*) from payload_chunks where payload_id = $1", stored.ref)
    assert chunks == -(-stored.size // MIB)


async def test_equal_values_have_equal_hashes_whatever_the_order_of_their_keys(payloads: Payloads) -> None:
    one, other = await payloads.store(PROJECT, {"a": 1, "b": 2}), await payloads.store(PROJECT, {"b": 2, "a": 1})
    assert one.sha256 == other.sha256


async def test_a_value_over_16_mib_is_refused_and_leaves_nothing(pool: Pool, payloads: Payloads) -> None:
    with pytest.raises(ResultTooLarge):
        await payloads.store(PROJECT, "x" * (16 * MIB))
    assert await pool.fetchval("select count(*) from payloads") == 0


@pytest.mark.parametrize("size", [0, 1, MIB, 3 * MIB + 5])
async def test_a_file_streams_in_and_out(payloads: Payloads, size: int) -> None:
    stored = await payloads.store_file(PROJECT, parts(size), name="a.bin", media_type="application/octet-stream")
    content = b"".join([chunk async for chunk in payloads.stream(PROJECT, stored.id)])
    assert content == b"x" * size
    assert stored == await payloads.find(PROJECT, stored.id)
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(content).hexdigest())


async def test_a_file_over_100_mib_is_refused_and_leaves_nothing(pool: Pool, payloads: Payloads) -> None:
    with pytest.raises(ResultTooLarge):
        await payloads.store_file(PROJECT, parts(FILE_BYTES + 1, MIB), media_type="text/plain")
    assert await pool.fetchval("select count(*) from payloads") == 0


async def test_a_file_that_breaks_off_cannot_be_found(pool: Pool, payloads: Payloads) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2 * MIB
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await payloads.store_file(PROJECT, broken(), media_type="text/plain")
    with pytest.raises(NotFound):
        await payloads.find(PROJECT, await pool.fetchval("select id from payloads"))


async def test_a_payload_of_another_project_is_not_there(payloads: Payloads) -> None:
    stored = await payloads.store(PROJECT, "x" * 10_000)
    assert stored.ref
    with pytest.raises(NotFound):
        await payloads.load("other", stored.ref)


async def test_only_old_payloads_without_a_run_are_swept(pool: Pool, payloads: Payloads, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    kept, orphan = [await payloads.store(PROJECT, "x" * 10_000) for _ in range(2)]
    change = completed(run_id, "fetch")
    assert change.node
    change.node.output = kept
    await recorder.put(change)
    assert await payloads.sweep(now() - timedelta(hours=1)) == 0
    assert await payloads.sweep(now() + timedelta(seconds=1)) == 1
    assert kept.ref
    assert orphan.ref
    assert await payloads.load(PROJECT, kept.ref) == "x" * 10_000
    with pytest.raises(NotFound):
        await payloads.find(PROJECT, orphan.ref)


async def test_a_row_tells_where_its_value_is(pool: Pool, payloads: Payloads, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    change = completed(run_id, "fetch")
    assert change.node
    change.node.output = await payloads.store(PROJECT, ["x" * 10_000])
    await recorder.put(change)
    row = await pool.fetchrow("select * from node_runs")
    assert row
    stored = value_in(dict(row), "output")
    assert stored
    assert await payloads.value(PROJECT, stored) == ["x" * 10_000]
    assert value_in(dict(row), "input") is None


async def test_deleting_a_run_deletes_its_nodes_and_events_and_lets_its_payloads_go(
    pool: Pool, payloads: Payloads, recorder: Recorder
) -> None:
    kept, gone = await a_run(pool), await a_run(pool)
    for run_id in (kept, gone):
        change = completed(run_id, "fetch")
        assert change.node
        change.node.output = await payloads.store(PROJECT, "x" * 10_000)
        await recorder.put(change)
    await pool.execute("delete from workflows where id = (select workflow_id from workflow_runs where id = $1)", gone)
    for table in ("node_runs", "run_events", "payload_refs"):
        assert {row["run_id"] for row in await pool.fetch(f"select run_id from {table}")} == {kept}
    assert await payloads.sweep(now() + timedelta(seconds=1)) == 1


async def test_an_unknown_payload_is_not_there(payloads: Payloads) -> None:
    with pytest.raises(NotFound):
        await payloads.load(PROJECT, new_id())
