"""What Temporal starts at each time of a schedule: it lasts as long as its run, and its cancel is the run's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Record
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from interpreter.shell.wire import TASK_QUEUE
from interpreter.shell.wire.schedules import SCHEDULE, SIGNAL_ENDED, ScheduledRun, ScheduleInput, schedule_id
from plait.clock import new_id, now
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from plait.store.schedules import Settings, insert_schedule
from tests.support.documents import a_document
from tests.support.engine import ANN, PROJECT, Engine, running_engine
from tests.support.histories import replayed

Waiter = WorkflowHandle[Any, ScheduledRun]


@pytest.fixture
async def engine(temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker on the queue on which scheduled runs start."""
    async with running_engine(
        temporal, pool, recorder, files_dir=tmp_path, sandboxed=True, task_queue=TASK_QUEUE
    ) as engine:
        yield engine


async def a_schedule(engine: Engine, graph: str = "a", **said: Any) -> UUID:
    """The row of a schedule."""
    workflow, _, _ = await engine.save(a_document(graph, **said))
    schedule = new_id()
    settings = Settings(
        "nightly", {"every": 60, "offset": 0}, "UTC", None, None, 0, "skip", 60, {}, "dev", None, [], False, None
    )
    await insert_schedule(engine.pool, schedule, PROJECT, workflow, settings, ANN, now())
    return schedule


async def due(engine: Engine, schedule: UUID) -> Waiter:
    """As when Temporal starts it."""
    return await engine.temporal.start_workflow(
        SCHEDULE,
        ScheduleInput(str(schedule), PROJECT),
        id=f"{schedule_id(str(schedule))}-now",
        task_queue=TASK_QUEUE,
        result_type=ScheduledRun,
    )


async def run_of(engine: Engine, schedule: UUID) -> Record:
    """The schedule's run, once it goes on."""
    query = "select * from workflow_runs where origin ->> 'id' = $1 and status not in ('pending')"
    async with asyncio.timeout(20):
        while (row := await engine.pool.fetchrow(query, str(schedule))) is None:
            await asyncio.sleep(0.02)
    return row


async def test_it_ends_with_its_run(engine: Engine) -> None:
    schedule = await a_schedule(engine)
    waiter = await due(engine, schedule)
    ended = await asyncio.wait_for(waiter.result(), 20)
    assert (ended.run_id, ended.status) == (str((await run_of(engine, schedule))["id"]), "completed")
    assert await engine.pool.fetchval("select count(*) from run_waiters") == 0
    await replayed(waiter, "scheduled")


async def test_its_cancel_is_the_run_s(engine: Engine) -> None:
    wait = {"type": "wait", "with": {"for": "1h"}}
    schedule = await a_schedule(engine, nodes={"a": wait})
    waiter = await due(engine, schedule)
    run = await run_of(engine, schedule)
    await waiter.signal(SIGNAL_ENDED)
    await waiter.cancel()
    with pytest.raises(WorkflowFailureError):
        await asyncio.wait_for(waiter.result(), 20)
    row = await engine.pool.fetchrow("select status, requested_reason from workflow_runs where id = $1", run["id"])
    assert tuple(row or ()) == ("cancelled", "its schedule stopped it")
    await replayed(waiter, "scheduled_cancel")


async def test_a_schedule_that_is_gone_starts_nothing(engine: Engine) -> None:
    schedule = await a_schedule(engine)
    await engine.pool.execute("update schedules set deleted_at = now()")
    waiter = await due(engine, schedule)
    assert (await asyncio.wait_for(waiter.result(), 20)).refusal == "not_found"


async def test_an_input_that_cannot_be_made_is_a_refusal_with_its_reason(engine: Engine) -> None:
    schedule = await a_schedule(engine, input={"type": "object", "required": ["n"]})
    waiter = await due(engine, schedule)
    assert (await asyncio.wait_for(waiter.result(), 20)).refusal == "input_invalid"
    refusal = await engine.pool.fetchval("select refusal from schedules")
    assert (refusal["code"], "n" in refusal["message"]) == ("input_invalid", True)
