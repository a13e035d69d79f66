"""Runs that are larger than one history: whole and in order at the end. With `-s` they tell what they took."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHistory

from interpreter.shell.wire import SIGNAL_EVENT, SIGNAL_VOTE
from plait.store.offload import Offload
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.activations import activations
from tests.support.bodies import each, laps, work
from tests.support.documents import a_document
from tests.support.engine import PROJECT, Engine, Run, running_engine
from tests.support.inbound import recorded
from worker.payloads import with_large_payloads

LONG = [pytest.mark.full, pytest.mark.timeout(1200)]
ALLOWED = 2.0
"""Seconds that Temporal's SDK gives one activation."""


@pytest.fixture
async def production(temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker as in production."""
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path) as engine:
        yield engine


async def histories(run: Run) -> list[WorkflowHistory]:
    """Those of all its executions, the last one first."""
    found: list[WorkflowHistory] = []
    execution = (await run.handle.describe()).run_id
    while execution:
        handle = run.engine.temporal.get_workflow_handle(run.handle.id, run_id=execution)
        found.append(await handle.fetch_history())
        begun = found[-1].events[0].workflow_execution_started_event_attributes
        execution = begun.continued_execution_run_id
    return found


async def told(run: Run, began: float) -> list[WorkflowHistory]:
    """The histories; prints what the run took. No activation took what Temporal allows it."""
    seconds, found = time.monotonic() - began, await histories(run)
    converter = with_large_payloads(run.engine.temporal, Offload(run.engine.pool)).data_converter
    longest = max([max(await activations(history, converter)) for history in found])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    events = [len(history.events) for history in reversed(found)]
    print(
        f"\n{seconds:.1f} s; {len(found)} executions, events {events}; longest activation {longest:.3f} s; {memory} MiB"
    )
    assert longest < ALLOWED
    return found


async def value(run: Run, path: str) -> Any:
    """A node's output, wherever it lies."""
    row = (await run.nodes())[path]
    return (
        row["output"] if row["output_ref"] is None else await Payloads(run.engine.pool).load(PROJECT, row["output_ref"])
    )


async def assert_each_once(run: Run, paths: set[str]) -> None:
    """One row a path, one end in the log a path, no gap in the log."""
    rows = await run.engine.pool.fetch("select path, generation, status from node_runs where run_id = $1", run.id)
    assert len(rows) == len(paths)
    assert {(row["path"], row["generation"], row["status"]) for row in rows} == {
        (path, 1, "completed") for path in paths
    }
    log = await run.engine.pool.fetch("select seq, type, path from run_events where run_id = $1 order by seq", run.id)
    assert [row["seq"] for row in log] == list(range(1, len(log) + 1))
    ends = Counter(row["path"] for row in log if row["type"] == "workflow.node.completed")
    assert set(ends.values()) == {1}
    assert set(ends) <= paths
    assert log[-1]["type"] == "workflow.run.completed"


@pytest.mark.parametrize(("width", "executions"), [(300, 1), pytest.param(10_000, 2, marks=LONG)])
async def test_nodes_run_once_each_across_histories(production: Engine, width: int, executions: int) -> None:
    names = [f"n{number}" for number in range(width - 1)]
    nodes = {**{name: work(name, 1) for name in names}, "last": {"type": "transform", "with": {"value": 1}}}
    began = time.monotonic()
    run = await production.start_document(a_document(f"({', '.join(names)}) -> last", nodes=nodes))
    assert await run.ended(600) == "completed"
    assert len(await told(run, began)) >= executions
    await assert_each_once(run, {*names, "last"})


@pytest.mark.parametrize("count", [1_000, pytest.param(50_000, marks=LONG)])
async def test_a_map_runs_each_item_once_and_gives_them_in_order(production: Engine, count: int) -> None:
    double = {"id": "double", "type": "transform", "with": {"value": "{{ item * 2 }}"}}
    began = time.monotonic()
    run = await production.start("each", nodes={"each": each("input", double)}, input=list(range(count)))
    assert await run.ended(600) == "completed"
    await told(run, began)
    assert await value(run, "each") == [2 * item for item in range(count)]
    await assert_each_once(run, {"each", *(f"each.{at}{end}" for at in range(count) for end in ("", ".double"))})


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=LONG)])
async def test_a_loop_runs_lap_by_lap(production: Engine, count: int) -> None:
    step = {"id": "step", "type": "transform", "with": {"value": "{{ lap }}"}}
    again = laps(f"lap == {count}", step, max_iterations=count, output="{{ nodes.step.output }}")
    began = time.monotonic()
    run = await production.start("again", nodes={"again": again})
    assert await run.ended(900) == "completed"
    await told(run, began)
    assert (await run.row())["output"] == {"again": count}
    await assert_each_once(run, {"again", *(f"again~{lap + 1}{end}" for lap in range(count) for end in ("", ".step"))})


@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=LONG)])
async def test_each_of_many_votes_counts_once_however_often_it_is_told(production: Engine, count: int) -> None:
    gate: dict[str, Any] = {"title": "Sign off", "approvers": ["group:all"], "quorum": count}
    run = await production.start("gate", nodes={"gate": {"type": "human_gate", "with": gate}})
    await run.until("gate", "waiting")
    began = time.monotonic()
    votes = [str(await run.cast("gate", "approved", f"p{number}", groups=("all",))) for number in range(count)]
    for first in range(0, 2 * count - 2, 100):
        batch = (votes + votes[:-1])[::-1][first : first + 100]
        await asyncio.gather(*(run.handle.signal(SIGNAL_VOTE, vote) for vote in batch))
    assert await run.ended(600) == "completed"
    await told(run, began)
    assert len((await value(run, "gate"))["votes"]) == count


@pytest.mark.parametrize("count", [100, pytest.param(900, marks=LONG)])
async def test_many_events_reach_a_node_each_once(production: Engine, count: int) -> None:
    paid = {"id": "paid", "type": "event", "with": {"name": "payment"}}
    waiting = each("input", paid, max_concurrency=1_000)
    run = await production.start("each", nodes={"each": waiting}, input=list(range(count)))
    await run.until(f"each.{count - 1}.paid", "waiting", 60)
    ids = [str(await recorded(production.pool, run.id, number)) for number in range(count)]
    began = time.monotonic()
    for _ in range(2):
        await run.handle.signal(SIGNAL_EVENT, ids)
    assert await run.ended(600) == "completed"
    await told(run, began)
    assert sorted(await value(run, "each")) == list(range(count))
