"""Node types of users in real runs."""

import asyncio
from pathlib import Path

from temporalio.client import Client

from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.engine import Engine, running_engine
from tests.support.node_types import CALLS, STOPPED


def the_order(**said: object) -> dict[str, object]:
    return {"type": "shop.order", "with": {"lines": [{"sku": "a", "count": 2}, {"sku": "b"}], **said}}


async def test_a_node_of_a_type_of_somebodys_own_runs_and_says_how_far_it_is(engine: Engine) -> None:
    run = await engine.start("a -> b", input={"note": "soon"}, nodes={"a": the_order(note="{{ input.note }}")})
    assert await run.ended() == "completed"
    assert (await run.nodes())["a"]["output"] == {"count": 3, "note": "soon", "attempt": 1}
    assert "node.progress a" in await run.events()
    assert CALLS[f"{run.id}/a/1"] == 1


async def test_values_that_do_not_fit_the_model_fail_the_node_once(engine: Engine) -> None:
    lines = [{"sku": "a", "count": "{{ input.count }}"}]
    run = await engine.start("a", input={"count": -1}, nodes={"a": the_order(lines=lines)})
    assert await run.ended() == "failed"
    error = (await run.nodes())["a"]["error"]
    assert (error["type"], error["attempt"]) == ("ParametersInvalid", 1)
    assert "lines[0].count" in error["message"]


async def test_a_type_is_tried_again_as_it_says_of_itself(engine: Engine) -> None:
    failing = {"with": {"failures": 1}}
    nodes = {"again": {"type": "flaky", **failing}, "once": {"type": "flaky_once", **failing}}
    # One after the other: the failure of the second must not cut the first one's retry short.
    run = await engine.start("again -> once", nodes=nodes, defaults={"retry": {"initial_interval": 0.01}})
    assert await run.ended() == "failed"
    assert (CALLS[f"{run.id}/again/1"], CALLS[f"{run.id}/once/1"]) == (2, 1)


async def test_a_cancel_reaches_functions_of_both_sorts(engine: Engine) -> None:
    waiting = {"with": {"seconds": 60}}
    nodes = {"a": {"type": "wait_async", **waiting}, "b": {"type": "wait_in_thread", **waiting}}
    run = await engine.start("a\nb", nodes=nodes)
    await run.until("a", "running")
    await run.until("b", "running")
    await run.cancel()
    assert await run.ended(timeout=5) == "cancelled"
    async with asyncio.timeout(5):
        while not {f"{run.id}/a", f"{run.id}/b"} <= set(STOPPED):
            await asyncio.sleep(0.02)


async def test_a_type_that_a_worker_does_not_offer_is_tried_again(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, offer_custom=False) as engine:
        retry = {"max_attempts": 2, "initial_interval": 0.01}
        run = await engine.start("a", nodes={"a": {**the_order(), "retry": retry}})
        assert await run.ended() == "failed"
        error = (await run.nodes())["a"]["error"]
        assert (error["type"], error["category"], error["attempt"]) == ("NodeTypeNotRunning", "platform", 2)
        assert error["message"] == "this worker does not offer the node type shop.order"
