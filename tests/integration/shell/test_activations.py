"""However much there is to decide, no activation takes long: Temporal gives it two seconds of the clock."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from interpreter.document.model import Document
from interpreter.shell.wire import SIGNAL_EVENT
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.activations import activations
from tests.support.bodies import each, slow
from tests.support.documents import a_document, a_node
from tests.support.engine import Engine, running_engine
from tests.support.inbound import recorded

MANY = 2_000
LIMIT = 1.0
"""Processor seconds: half of what Temporal gives, for machines that are slow or do other things too."""


def wide(node: dict[str, Any]) -> Document:
    """Many nodes like this one side by side, and one behind them all."""
    names = [f"n{number}" for number in range(MANY)]
    return a_document(f"({', '.join(names)}) -> last", nodes={name: {**node, "id": name} for name in names})


@pytest.fixture
async def engine(temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker as in production: the sandbox would be measured too."""
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path) as engine:
        yield engine


async def test_a_map_over_many_items(engine: Engine) -> None:
    double = a_node("double", type="transform", **{"with": {"value": "{{ index * 2 }}"}})
    run = await engine.start("each", nodes={"each": each("input", double)}, input=list(range(MANY)))
    assert await run.ended(60) == "completed"
    assert (await run.row())["completed_nodes"] == 1
    assert max(await activations(await run.handle.fetch_history())) < LIMIT


async def test_many_nodes_side_by_side(engine: Engine) -> None:
    run = await engine.start_document(
        wide(a_node("n", type="transform", **{"with": {"value": "{{ input + 1 }}"}})), input=1
    )
    assert await run.ended(60) == "completed"
    assert max(await activations(await run.handle.fetch_history())) < LIMIT


async def test_the_cancel_of_many_nodes_that_have_not_begun(engine: Engine) -> None:
    run = await engine.start_document(wide(slow("n")))
    await run.until("n3", "running")
    await run.cancel()
    assert await run.ended(60) == "cancelled"
    assert len(await run.nodes()) == MANY + 1
    history = await run.handle.fetch_history()
    assert max(await activations(history)) < LIMIT
    # Those that had not begun are written together.
    assert len(history.events) < MANY


async def test_many_events_told_of_at_once(engine: Engine) -> None:
    count = 300
    paid = {"id": "paid", "type": "event", "with": {"name": "payment"}}
    run = await engine.start(
        "each", nodes={"each": each("input", paid, max_concurrency=count)}, input=list(range(count))
    )
    await run.until(f"each.{count - 1}.paid", "waiting")
    events = [str(await recorded(engine.pool, run.id, number)) for number in range(count)]
    await run.handle.signal(SIGNAL_EVENT, events)
    assert await run.ended(60) == "completed"
    assert (await run.row())["output"] == {"each": list(range(count))}
    assert max(await activations(await run.handle.fetch_history())) < LIMIT


async def test_many_gates_and_timers_that_open_and_are_cancelled_together(engine: Engine, pool: Pool) -> None:
    count = 100
    gate = {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:ann"]}, "timeout": "1h"}
    gates = {f"g{number}": gate for number in range(count)}
    waits = {f"w{number}": {"type": "wait", "with": {"for": "1h"}} for number in range(count)}
    run = await engine.start("", nodes={**gates, **waits})
    async with asyncio.timeout(60):
        while await pool.fetchval("select count(*) from gates where run_id = $1", run.id) < count:
            await asyncio.sleep(0.1)
    await run.cancel()
    assert await run.ended(60) == "cancelled"
    assert set((await run.statuses()).values()) == {"cancelled"}
    assert max(await activations(await run.handle.fetch_history())) < LIMIT
