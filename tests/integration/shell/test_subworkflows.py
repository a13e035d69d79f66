"""Sub-workflows: runs of their own that a node starts, waits for and cancels."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asyncpg import Record
from temporalio.client import Client

from interpreter.shell.wire import SIGNAL_CHILD, TASK_QUEUE, workflow_id
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.bodies import each, failing, laps, slow, work
from tests.support.documents import a_document
from tests.support.engine import Engine, Run, running_engine
from tests.support.histories import replayed


@pytest.fixture
async def engine(temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker on the queue on which sub-workflows start."""
    async with running_engine(
        temporal, pool, recorder, files_dir=tmp_path, sandboxed=True, task_queue=TASK_QUEUE
    ) as engine:
        yield engine


def child(**said: Any) -> dict[str, Any]:
    """A node that runs the workflow `inner`; `said` are further fields."""
    given = {"workflow": "inner", "input": "{{ input }}", **said.pop("with", {})}
    return {"type": "subworkflow", "with": given, **said}


async def child_of(run: Run, timeout: float = 10) -> Record:
    """The row of the run that a node of this run started."""
    async with asyncio.timeout(timeout):
        while True:
            row = await run.engine.pool.fetchrow("select * from workflow_runs where parent_run_id = $1", run.id)
            if row is not None:
                return row
            await asyncio.sleep(0.02)


async def test_a_subworkflow_gives_its_output(engine: Engine) -> None:
    inner = a_document("a -> b", nodes={"b": work("b", "{{ input.x + 1 }}")}, output={"y": "{{ nodes.b.output }}"})
    await engine.save(inner, "inner")
    run = await engine.start(
        "sub -> last", nodes={"sub": child(), "last": work("last", "{{ nodes.sub.output.y }}")}, input={"x": 1}
    )
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"last": 2}
    assert (await child_of(run))["status"] == "completed"
    await replayed(run.handle, "subworkflow")


async def test_a_subworkflow_that_fails_fails_its_node(engine: Engine) -> None:
    await engine.save(a_document("a", nodes={"a": failing("a")}), "inner")
    run = await engine.start("sub -[error]-> mend", nodes={"sub": child()}, input={})
    assert await run.ended() == "completed"
    row = (await run.nodes())["sub"]
    assert (row["status"], row["error"]["type"]) == ("failed", "ChildFailed")
    await replayed(run.handle, "subworkflow_fails")


async def test_a_failed_subworkflow_may_be_held_and_tried_again(engine: Engine) -> None:
    await engine.save(a_document("a", nodes={"a": failing("a")}), "inner")
    run = await engine.start("sub", nodes={"sub": child(on_error="hold")}, input={})
    await run.until("sub", "held")
    await run.override("sub", "skip")
    assert await run.ended() == "completed"
    await replayed(run.handle, "subworkflow_hold")


async def test_a_subworkflow_that_is_waited_for_is_cancelled_when_its_node_is_given_an_output(engine: Engine) -> None:
    await engine.save(a_document("a", nodes={"a": slow("a")}), "inner")
    nodes = {"sub": child(deadline="1h"), "last": work("last", "{{ nodes.sub.output.y }}")}
    run = await engine.start("sub -> last", nodes=nodes, input={})
    await run.until("sub", "running")
    inner = await child_of(run)
    await run.override("sub", "succeed", {"y": 3})
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"last": 3}
    assert (await engine.pool.fetchval("select status from workflow_runs where id = $1", inner["id"])) == "cancelled"
    await replayed(run.handle, "override_subworkflow")


async def test_a_detached_subworkflow_is_not_waited_for(engine: Engine) -> None:
    await engine.save(a_document("a"), "inner")
    run = await engine.start("sub", nodes={"sub": child(**{"with": {"mode": "detach"}})}, input={})
    assert await run.ended() == "completed"
    row = await child_of(run)
    assert (await run.row())["output"] == {"sub": {"run_id": str(row["id"])}}
    await run.engine.temporal.get_workflow_handle(workflow_id(str(row["id"]))).result()
    await replayed(run.handle, "subworkflow_detached")


async def test_a_cancel_of_the_run_cancels_its_subworkflow(engine: Engine) -> None:
    await engine.save(a_document("a", nodes={"a": slow("a")}), "inner")
    run = await engine.start("sub", nodes={"sub": child()}, input={})
    row = await child_of(run)
    async with asyncio.timeout(10):
        while (await engine.pool.fetchval("select status from workflow_runs where id = $1", row["id"])) == "pending":
            await asyncio.sleep(0.02)
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert (await child_of(run))["status"] == "cancelled"
    assert (await run.statuses())["sub"] == "cancelled"
    await replayed(run.handle, "subworkflow_cancel")


async def test_a_subworkflow_that_loses_a_race_is_cancelled(engine: Engine) -> None:
    await engine.save(a_document("a", nodes={"a": slow("a")}), "inner")
    run = await engine.start(
        "(sub, pause) -> won",
        nodes={
            "sub": child(),
            "pause": {"type": "wait", "with": {"for": "1s"}},
            "won": {"join": {"mode": "any", "cancel_rest": True}},
        },
        input={},
    )
    assert await run.ended() == "completed"
    assert (await run.nodes())["sub"]["why"]["reason"] == "lost_race"
    assert (await child_of(run))["status"] == "cancelled"
    await replayed(run.handle, "subworkflow_race")


async def test_the_deadline_of_a_subworkflow_is_its_nodes_timeout(engine: Engine) -> None:
    await engine.save(a_document("a", nodes={"a": slow("a")}), "inner")
    run = await engine.start("sub -[timeout]-> last", nodes={"sub": child(deadline="1s")}, input={})
    assert await run.ended() == "completed"
    row = (await run.nodes())["sub"]
    assert (row["status"], row["error"]["type"], row["error"]["details"]["limit"]) == ("failed", "Timeout", "deadline")
    assert (await child_of(run))["status"] == "cancelled"
    await replayed(run.handle, "subworkflow_deadline")


async def test_items_and_laps_have_subworkflows_of_their_own(engine: Engine) -> None:
    inner = a_document("a", nodes={"a": work("a", "{{ input.n }}")}, output="{{ nodes.a.output }}")
    await engine.save(inner, "inner")
    sub = {"id": "sub", "type": "subworkflow", "with": {"workflow": "inner", "input": {"n": "{{ item + lap }}"}}}
    lap = {"id": "refine", **laps("lap == 2", sub, output="{{ nodes.sub.output }}")}
    run = await engine.start("each", nodes={"each": each("input", lap)}, input=[10, 20])
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": [12, 22]}
    assert (await run.statuses())["each.1.refine~2.sub"] == "completed"
    await replayed(run.handle, "subworkflow_laps")


async def test_signals_of_children_that_make_no_sense_change_nothing(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"type": "wait", "with": {"for": "1s"}}})
    for said in ({"path": "a", "generation": 1}, {"path": "nobody", "generation": 1}, {"path": 7}, "a", None):
        await run.handle.signal(SIGNAL_CHILD, said)
    assert await run.ended() == "completed"
    await replayed(run.handle, "subworkflow_noise")


async def test_a_subworkflow_does_not_start_while_a_cancel_is_on_its_way(engine: Engine, pool: Pool) -> None:
    await engine.save(a_document("a"), "inner")
    run = await engine.start(
        "pause -> sub", nodes={"pause": {"type": "wait", "with": {"for": "1s"}}, "sub": child()}, input={}
    )
    await run.until("pause", "waiting")
    await pool.execute("update workflow_runs set requested = 'cancel' where id = $1", run.id)
    await run.until("pause", "completed")
    await asyncio.sleep(0.5)
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert (await run.statuses())["sub"] == "cancelled"
    assert await pool.fetchval("select count(*) from workflow_runs where parent_run_id = $1", run.id) == 0
    await replayed(run.handle, "subworkflow_refused")
