"""Long runs move to a fresh history, and worker processes come and go."""

import asyncio
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus

from interpreter.shell import carry_on
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.engine import Engine, running_engine
from tests.support.histories import replay, replayed

GATE: dict[str, Any] = {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}


async def test_a_run_over_the_limit_moves_on_with_its_gate_open(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    width = 1_250
    names = ", ".join(f"n{number}" for number in range(width))
    graph = f"({names}) -> gathered; sign_off -[approved]-> z; gathered -> z"
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path) as engine:
        run = await engine.start(graph, nodes={"sign_off": {**GATE, "timeout": "1h"}})
        first = (await run.handle.describe()).run_id
        await run.until("gathered", "completed", timeout=60)
        handle = temporal.get_workflow_handle(run.handle.id, run_id=first)
        async with asyncio.timeout(10):
            while (await handle.describe()).status != WorkflowExecutionStatus.CONTINUED_AS_NEW:
                await asyncio.sleep(0.05)
        history = await handle.fetch_history()
        assert carry_on.EVENTS <= len(history.events) < 2 * carry_on.EVENTS
        assert (await run.statuses())["sign_off"] == "waiting"
        await run.vote("sign_off", "approved")
        assert await run.ended() == "completed"
        events = await run.events()
        assert events.count("gate.opened sign_off") == 1
        assert events[-1] == "run.completed"
        assert len([event for event in events if event.startswith("node.completed")]) == width + 3
        await replay(history)
        await replayed(temporal.get_workflow_handle(run.handle.id), "carried_on")


async def test_a_run_goes_on_with_another_worker(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path) as first:
        run = await first.start("a -> sign_off -[approved]-> b", nodes={"sign_off": GATE})
        await run.until("sign_off", "waiting")
    await run.vote("sign_off", "approved")
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, task_queue=first.task_queue):
        assert await run.ended() == "completed"
    await replayed(run.handle, "other_worker")


async def test_a_run_is_rebuilt_from_its_history_at_every_task(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    nodes = {
        "sign_off": GATE,
        "slow": {"with": {"tool": "sleep", "args": {"seconds": 30}}},
        "b": {"join": {"mode": "any", "cancel_rest": True}},
    }
    async with running_engine(
        temporal, pool, recorder, files_dir=tmp_path, max_cached_workflows=0, sandboxed=True
    ) as engine:
        run = await engine.start("a -> (sign_off, slow); sign_off -[approved]-> b; slow -> b", nodes=nodes)
        await run.until("sign_off", "waiting")
        await run.vote("sign_off", "approved")
        assert await run.ended() == "completed"
        statuses = await run.statuses()
        assert (statuses["slow"], statuses["b"]) == ("cancelled", "completed")
        await replayed(run.handle, "no_cache")


async def test_workflows_and_activities_may_run_in_different_workers(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    async with (
        running_engine(temporal, pool, recorder, files_dir=tmp_path, activities=False) as engine,
        running_engine(temporal, pool, recorder, files_dir=tmp_path, workflows=False, task_queue=engine.task_queue),
    ):
        run = await engine.start("a -> b")
        assert await run.ended() == "completed"


async def test_two_runs_of_one_document_do_not_meet(engine: Engine) -> None:
    first = await engine.start(
        "a -> b", nodes={"a": {"with": {"tool": "work", "args": {"value": "{{ input }}"}}}}, input=1
    )
    second = await engine.start(
        "a -> b", nodes={"a": {"with": {"tool": "work", "args": {"value": "{{ input }}"}}}}, input=2
    )
    assert (await first.ended(), await second.ended()) == ("completed", "completed")
    assert ((await first.nodes())["a"]["output"], (await second.nodes())["a"]["output"]) == (1, 2)
