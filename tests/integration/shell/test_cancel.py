"""A cancel arrives at any moment, and nothing starts after it."""

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError

from tests.support.engine import Engine
from tests.support.histories import replayed
from tests.support.tools import CALLS

SLOW = {"with": {"tool": "sleep", "args": {"seconds": 30}}}


async def test_a_cancel_reaches_a_running_node_within_two_seconds(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": SLOW})
    await run.until("a", "running")
    await run.cancel()
    assert await run.ended(timeout=2) == "cancelled"
    assert await run.statuses() == {"a": "cancelled", "b": "cancelled"}
    assert (await run.nodes())["a"]["why"] == {"reason": "region_stopped"}
    assert f"{run.id}/b" not in CALLS
    await replayed(run.handle, "cancel")


async def test_a_cancelled_run_is_cancelled_in_temporal_too(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": SLOW})
    await run.until("a", "running")
    await run.cancel()
    with pytest.raises(WorkflowFailureError) as raised:
        await run.handle.result()
    assert isinstance(raised.value.cause, CancelledError)


async def test_a_cancel_during_the_back_off_ends_at_once(engine: Engine) -> None:
    retry = {"max_attempts": 5, "initial_interval": "30s"}
    run = await engine.start("a", nodes={"a": {"with": {"tool": "flaky", "args": {"failures": 9}}, "retry": retry}})
    await run.until("a", "retrying")
    await run.cancel()
    assert await run.ended(timeout=2) == "cancelled"
    assert CALLS[f"{run.id}/a"] == 1
    await replayed(run.handle, "cancel_back_off")


async def test_a_cancel_before_the_first_task_starts_nothing(engine: Engine) -> None:
    run = await engine.start("a -> b")
    await run.cancel()
    # A workflow that is cancelled before it took a step ends without one; its row is the reconciler's to end.
    status = await run.ended()
    assert status in {"pending", "cancelled", "completed"}
    if status == "pending":
        assert (await run.handle.describe()).status == WorkflowExecutionStatus.CANCELED
        assert await run.nodes() == {}
    await replayed(run.handle, "cancel_at_once")


async def test_a_node_refuses_to_start_once_the_cancel_is_on_record(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": {"with": {"tool": "sleep", "args": {"seconds": 0.5}}}})
    await run.until("a", "running")
    await engine.pool.execute("update workflow_runs set requested = 'cancel' where id = $1", run.id)
    await run.until("a", "completed")
    await asyncio.sleep(0.3)
    assert f"{run.id}/b" not in CALLS
    await run.handle.cancel()
    assert await run.ended() == "cancelled"
    assert await run.statuses() == {"a": "completed", "b": "cancelled"}
    await replayed(run.handle, "cancel_refused")


async def test_an_always_node_runs_in_a_cancelled_run(engine: Engine) -> None:
    run = await engine.start("a -> b -> clean", nodes={"a": SLOW, "clean": {"join": {"mode": "always"}}})
    await run.until("a", "running")
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert (await run.statuses())["clean"] in {"completed", "skipped"}
    await replayed(run.handle, "cancel_always")


async def test_a_cancel_closes_open_gates_and_timers(engine: Engine) -> None:
    nodes = {"sign_off": {"type": "human_gate"}, "pause": {"type": "wait", "with": {"for": "1h"}}}
    run = await engine.start("a -> (sign_off, pause)", nodes=nodes)
    await run.until("sign_off", "waiting")
    await run.until("pause", "waiting")
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert await run.statuses() == {"a": "completed", "sign_off": "cancelled", "pause": "cancelled"}
    gate = await engine.pool.fetchrow("select * from gates where run_id = $1", run.id)
    assert gate is not None
    assert gate["status"] == "cancelled"
    await replayed(run.handle, "cancel_waiting")


async def test_a_cancel_that_comes_with_the_last_completion_has_one_outcome(engine: Engine) -> None:
    for pause in (0.0, 0.01, 0.02, 0.03, 0.05):
        run = await engine.start("a -> b", nodes={"b": {"with": {"tool": "sleep", "args": {"seconds": 0.02}}}})
        await run.begun()
        await asyncio.sleep(pause)
        await run.cancel()
        status = await run.ended()
        assert status in {"cancelled", "completed"}
        assert (await run.events())[-1] == f"run.{status}"
        await replayed(run.handle, f"cancel_race_{round(pause * 100)}")


async def test_a_node_that_fails_stops_its_siblings(engine: Engine) -> None:
    failing = {"with": {"tool": "flaky", "args": {"failures": 9, "retryable": False}}}
    run = await engine.start("a -> (b, c) -> d", nodes={"b": failing, "c": SLOW})
    assert await run.ended() == "failed"
    assert await run.statuses() == {"a": "completed", "b": "failed", "c": "cancelled", "d": "cancelled"}
    await replayed(run.handle, "region_fails")


async def test_a_tool_in_a_thread_hears_of_the_cancel(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"with": {"tool": "block", "args": {"seconds": 30}}}})
    await run.until("a", "running")
    await run.cancel()
    assert await run.ended(timeout=3) == "cancelled"
    await replayed(run.handle, "cancel_thread")
