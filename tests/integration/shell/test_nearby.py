"""Short tools in the worker that has the workflow, and what follows when that does not work out."""

from pathlib import Path
from typing import Any

from temporalio.client import Client

from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.audit import audited_pool
from tests.support.documents import a_document
from tests.support.engine import Engine, Run, running_engine
from tests.support.histories import replayed
from tests.support.tools import CALLS


def quick(**args: Any) -> dict[str, Any]:
    return {"type": "tool_call", "with": {"tool": "quick", "args": args}}


async def started(engine: Engine, graph: str, *, nearby: bool = True, **nodes: Any) -> Run:
    return await engine.start_document(a_document(graph, **nodes), nearby=nearby)


async def scheduled(run: Run) -> list[str]:
    """The ordinary activities of nodes that the history tells of."""
    events = (await run.handle.fetch_history()).events
    asked = [event.activity_task_scheduled_event_attributes.activity_type.name for event in events]
    return [name for name in asked if name == "tool_call"]


def calls(run: Run) -> list[int]:
    """How often each node's tool was called, by path."""
    return [CALLS[f"{run.id}/{path}"] for path in "abc" if f"{run.id}/{path}" in CALLS]


async def test_short_tools_need_no_queue_and_one_event_of_history_each(engine: Engine) -> None:
    nodes = {name: quick(value=name) for name in "abc"}
    run = await started(engine, "a -> b -> c", nodes=nodes, output="{{ nodes.c.output }}")
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == "c"
    assert (await scheduled(run), calls(run)) == ([], [1, 1, 1])
    assert [row["attempt"] for row in (await run.nodes()).values()] == [1, 1, 1]
    await replayed(run.handle, "nearby")
    await audited_pool(engine.pool, engine.temporal)


async def test_where_workers_are_not_combined_they_go_to_the_queue(engine: Engine) -> None:
    run = await started(engine, "a", nodes={"a": quick()}, nearby=False)
    assert await run.ended() == "completed"
    assert await scheduled(run) == ["tool_call"]


async def test_the_second_attempt_is_an_ordinary_one(engine: Engine) -> None:
    retry = {"max_attempts": 3, "initial_interval": "10ms"}
    run = await started(engine, "a", nodes={"a": {**quick(failures=1), "retry": retry}})
    assert await run.ended() == "completed"
    assert (await scheduled(run), calls(run)) == (["tool_call"], [2])
    row = (await run.nodes())["a"]
    assert [each["status"] for each in row["attempts"]] == ["failed", "completed"]
    await replayed(run.handle, "nearby_again")
    await audited_pool(engine.pool, engine.temporal)


async def test_a_failure_that_nothing_mends_is_the_nodes(engine: Engine) -> None:
    run = await started(engine, "a", nodes={"a": {**quick(failures=9), "retry": {"max_attempts": 1}}})
    assert await run.ended() == "failed"
    assert (await scheduled(run), calls(run)) == ([], [1])


async def test_a_tool_that_breaks_its_promise_twice_runs_as_any_other(engine: Engine) -> None:
    run = await started(engine, "a -> b -> c", nodes={name: quick(pauses=1) for name in "abc"})
    assert await run.ended() == "completed"
    assert (await scheduled(run), calls(run)) == (["tool_call"] * 3, [2, 2, 1])
    await replayed(run.handle, "nearby_overrun")
    await audited_pool(engine.pool, engine.temporal)


async def test_one_task_of_the_workflow_takes_promises_of_a_second(engine: Engine) -> None:
    names = [f"n{number}" for number in range(24)]
    run = await started(engine, " -> ".join(names), nodes={name: quick() for name in names})
    assert await run.ended() == "completed"
    assert 1 <= len(await scheduled(run)) <= 3


async def test_a_worker_of_workflows_alone_leaves_them_to_the_others(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    async with (
        running_engine(temporal, pool, recorder, files_dir=tmp_path, activities=False) as engine,
        running_engine(temporal, pool, recorder, files_dir=tmp_path, workflows=False, task_queue=engine.task_queue),
    ):
        run = await started(engine, "a -> b", nodes={"a": quick(), "b": quick()})
        assert await run.ended() == "completed"
        assert (await scheduled(run), calls(run)) == (["tool_call"] * 2, [1, 1])
