"""What is stopped in the very turn in which it is asked for is answered first, then stopped."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from interpreter.shell.wire import TASK_QUEUE
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.bodies import each, slow, work
from tests.support.documents import a_document
from tests.support.engine import Engine, Run, running_engine
from tests.support.histories import replayed

WON: dict[str, Any] = {"type": "transform", "join": {"mode": "any", "cancel_rest": True}}


@pytest.fixture
async def engine(temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker on the queue on which sub-workflows start."""
    async with running_engine(
        temporal, pool, recorder, files_dir=tmp_path, sandboxed=True, task_queue=TASK_QUEUE
    ) as engine:
        yield engine


async def a_race(engine: Engine, loser: dict[str, Any], edge: str = "->", **said: Any) -> Run:
    """A run in which `won` is decided in the turn in which the loser begins."""
    nodes = {"loser": loser, "fast": {"type": "transform"}, "won": WON}
    return await engine.start(f"loser {edge} won; fast -> won; won -> last", nodes=nodes, **said)


async def lost(run: Run) -> bool:
    """Whether the run completed and its loser is on record as one."""
    assert await run.ended() == "completed"
    row = (await run.nodes())["loser"]
    return (row["status"], row["why"]["reason"]) == ("cancelled", "lost_race")


async def test_a_gate(engine: Engine, pool: Pool) -> None:
    gate = {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:ann"]}, "timeout": "1h"}
    run = await a_race(engine, gate, "-[approved]->")
    assert await lost(run)
    assert await pool.fetchval("select status from gates where run_id = $1", run.id) not in {"open", "pending"}
    await replayed(run.handle, "early_gate")


async def test_a_subworkflow(engine: Engine, pool: Pool) -> None:
    await engine.save(a_document("a", nodes={"a": slow("a")}), "inner")
    run = await a_race(engine, {"type": "subworkflow", "with": {"workflow": "inner", "input": {}}})
    assert await lost(run)
    assert await pool.fetchval("select status from workflow_runs where parent_run_id = $1", run.id) == "cancelled"
    await replayed(run.handle, "early_subworkflow")


async def test_a_map(engine: Engine) -> None:
    run = await a_race(engine, each("input", work("a", 1)), input=[1, 2])
    assert await lost(run)
    await replayed(run.handle, "early_map")


async def test_an_activity(engine: Engine) -> None:
    run = await a_race(engine, {})
    assert await lost(run)
    await replayed(run.handle, "early_activity")


async def test_a_node_that_waits(engine: Engine) -> None:
    run = await a_race(engine, {"type": "wait", "with": {"for": "1h"}})
    assert await lost(run)
    await replayed(run.handle, "early_wait")


async def test_an_event_node(engine: Engine) -> None:
    run = await a_race(engine, {"type": "event", "with": {"name": "payment"}, "timeout": "1h"})
    assert await lost(run)
    await replayed(run.handle, "early_event")
