"""What is too large for a history, and what is too slow for a workflow's thread."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from activities.catalogue import NODE_TYPES
from interpreter.catalogue import Catalogue
from interpreter.plan.definition import definition_of, load_plan
from interpreter.shell.wire import RunInput
from plait.errors import NotFound
from plait.store.offload import Offload
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from plait.temporal import DATA_CONVERTER, ZlibCodec
from tests.support.activations import activations
from tests.support.documents import a_document
from tests.support.engine import PROJECT, running_engine
from tests.support.histories import executions
from tests.support.runs import a_run
from worker.payloads import CompilingCodec, with_large_payloads

PAUSE: dict[str, Any] = {"type": "wait", "with": {"for": "200ms"}}


def noise(size: int) -> str:
    """A text that compression does not make smaller than half."""
    return random.Random(7).randbytes(size // 2).hex()


async def test_what_is_large_lies_outside_of_the_history_and_is_read_again(
    restless: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    async with running_engine(restless, pool, recorder, files_dir=tmp_path) as engine:
        document = a_document("a -> b -> p1 -> c -> d -> p2 -> e", nodes={"p1": PAUSE, "p2": PAUSE})
        run = await engine.start_document(document, env={"BIG": noise(600_000)})
        assert await run.ended() == "completed"
        kept = await pool.fetch(
            "select p.size, p.id from payloads p join payload_refs r on r.payload_id = p.id"
            " where r.run_id = $1 and p.kind = 'execution'",
            run.id,
        )
        assert kept
        assert all(row["size"] > 256 * 1024 for row in kept)
        first, *others = await executions(run.handle, engine.temporal)
        assert others
        converter = with_large_payloads(restless, Offload(pool)).data_converter
        for handle in (first, *others):
            assert await activations(await handle.fetch_history(), converter)
        with pytest.raises(NotFound):
            await Payloads(pool).find(PROJECT, kept[0]["id"])


async def test_what_a_run_keeps_comes_back_as_it_was(pool: Pool) -> None:
    offload, data = Offload(pool), random.Random(1).randbytes(2_500_000)
    assert await offload.load(await offload.store(await a_run(pool), data)) == data


async def test_what_a_run_keeps_twice_lies_there_once(pool: Pool) -> None:
    offload, run, other, data = Offload(pool), await a_run(pool), await a_run(pool), b"x" * 2_000_000
    first, second = await asyncio.gather(*(offload.store(run, data) for _ in range(2)))
    assert first == second != await offload.store(other, data)
    assert await offload.load(first) == data
    assert await pool.fetchval("select count(*) from payloads where kind = 'execution'") == 2


async def test_nothing_is_kept_for_a_run_that_is_not_there(pool: Pool) -> None:
    with pytest.raises(NotFound):
        await Offload(pool).store(uuid4(), b"x")
    with pytest.raises(NotFound):
        await Offload(pool).load(uuid4())


async def test_a_large_definition_is_compiled_before_the_workflow_wants_its_plan() -> None:
    names = [f"n{number}" for number in range(3_000)]
    document = a_document(" -> ".join(names), nodes={name: {"type": "transform"} for name in names})
    definition, plan_hash, _ = definition_of(document, Catalogue(node_types=dict(NODE_TYPES)))
    run = RunInput("run", PROJECT, "example", definition, plan_hash, "2026-01-01T00:00:00Z")
    codec = CompilingCodec(ZlibCodec())
    await codec.decode(await codec.encode(DATA_CONVERTER.payload_converter.to_payloads([run])))
    begun = time.thread_time()
    load_plan(definition, plan_hash)
    assert time.thread_time() - begun < 0.01
