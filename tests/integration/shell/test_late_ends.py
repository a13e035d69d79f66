"""A node ends once: whoever comes second writes nothing and is told what the first wrote."""

import asyncio
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from activities.runs.settle import settling
from activities.services import Services
from activities.tools.registry import ToolRegistry
from interpreter.messages import Failure
from interpreter.shell.wire import Settle, Settled
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.engine import Engine
from tests.support.runs import NOON, PROJECT, a_run, completed


def services(pool: Pool, recorder: Recorder) -> Services:
    return Services(pool, recorder, Payloads(pool), cast("Any", None), ToolRegistry(), Path())


def verdict(run_id: UUID) -> Settle:
    late = Failure("Timeout", "An attempt took longer than 1 s.")
    return Settle(str(run_id), PROJECT, "hash", "a", "a", "tool_call", "a", 1, "failed", NOON.isoformat(), failure=late)


async def test_a_verdict_after_a_recorded_success_gives_the_success(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(completed(run_id, "a", "done"))
    settled = await settling(services(pool, recorder))(verdict(run_id))
    assert settled.status == "completed"
    assert settled.result is not None
    assert settled.result.size == len('"done"')


async def test_a_verdict_told_twice_is_written_once(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    settle = settling(services(pool, recorder))
    assert await settle(verdict(run_id)) == await settle(verdict(run_id)) == Settled("failed")
    count = await pool.fetchval(
        "select count(*) from run_events where run_id = $1 and type = 'workflow.node.failed'", run_id
    )
    assert count == 1


async def test_a_success_that_comes_after_the_timeout_changes_nothing(engine: Engine) -> None:
    """The attempt lives on after Temporal gave it up, and ends before it hears of that."""
    sleeper = {"with": {"tool": "sleep", "args": {"seconds": 0.6}}, "timeout": "100ms", "retry": {"max_attempts": 1}}
    run = await engine.start("a", nodes={"a": sleeper})
    assert await run.ended() == "failed"
    before = await run.events()
    await asyncio.sleep(0.8)
    assert await run.statuses() == {"a": "failed"}
    assert await run.events() == before
