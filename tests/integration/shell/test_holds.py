"""Held nodes wait for a person, and do what the person says."""

from typing import Any

from tests.support.engine import Engine
from tests.support.histories import replayed
from tests.support.tools import CALLS

HELD: dict[str, Any] = {"with": {"tool": "flaky", "args": {"failures": 1, "retryable": False}}, "on_error": "hold"}


async def test_a_held_node_that_is_retried_runs_again_as_the_next_generation(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": HELD})
    held = await run.until("a", "held")
    assert held["error"]["type"] == "Flaky"
    override = await run.override("a", "retry")
    assert await run.ended() == "completed"
    rows = await engine.pool.fetch(
        "select * from node_runs where run_id = $1 and path = 'a' order by generation", run.id
    )
    assert [(row["generation"], row["status"]) for row in rows][-1] == (2, "completed")
    row = await engine.pool.fetchrow("select * from overrides where id = $1", override)
    assert row is not None
    assert row["status"] == "applied"
    assert "node.overridden a" in await run.events()
    assert CALLS[f"{run.id}/a"] == 2
    await replayed(run.handle, "hold_retry")


async def test_a_held_node_that_is_given_an_output_succeeds_with_it(engine: Engine) -> None:
    run = await engine.start(
        "a -> b", nodes={"a": HELD, "b": {"with": {"tool": "work", "args": {"value": "{{ nodes.a.output.x }}"}}}}
    )
    await run.until("a", "held")
    await run.override("a", "succeed", {"x": 5})
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"b": 5}
    await replayed(run.handle, "hold_succeed")


async def test_an_output_that_does_not_fit_is_refused_and_the_node_stays_held(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": {**HELD, "output_schema": {"type": "object"}}})
    await run.until("a", "held")
    override = await run.override("a", "succeed", 7)
    await run.override("a", "skip")
    assert await run.ended() == "completed"
    row = await engine.pool.fetchrow("select * from overrides where id = $1", override)
    assert row is not None
    assert row["status"] == "refused"
    assert (await run.statuses())["a"] == "skipped"
    await replayed(run.handle, "hold_refused")


async def test_a_held_node_is_cancelled_with_its_run(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": HELD})
    await run.until("a", "held")
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert (await run.statuses())["a"] == "cancelled"
    await replayed(run.handle, "hold_cancel")


async def test_siblings_go_on_while_a_node_is_held(engine: Engine) -> None:
    run = await engine.start("a -> b; c -> d", nodes={"a": HELD})
    await run.until("a", "held")
    await run.until("d", "completed")
    await run.override("a", "skip")
    assert await run.ended() == "completed"
    await replayed(run.handle, "hold_siblings")
