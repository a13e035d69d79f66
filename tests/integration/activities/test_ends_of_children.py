"""What the end of a child does to the run above, and what becomes of it when that one ends."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.services import Services
from interpreter.shell.wire import workflow_id
from plait.clock import now
from plait.store.children import Waiting, claim_ended, list_orphans
from plait.store.runs import cancel_pending
from tests.support.children import INPUT, child_row, end, start, sub
from tests.support.recorded import RecordedRun, begin, save
from tests.support.runs import PROJECT


@workflow.defn(name="listener", sandboxed=False)
class Listener:
    """A parent that hears one signal."""

    def __init__(self) -> None:
        self._told: list[Any] = []

    @workflow.run
    async def run(self) -> Any:
        await workflow.wait_condition(lambda: bool(self._told))
        return self._told[0]

    @workflow.signal(name="child")
    def hear(self, told: dict[str, Any]) -> None:
        self._told.append(told)


@pytest.fixture
async def listening(parent: RecordedRun, client: Client) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """The parent's workflow, as far as it listens."""
    queue = f"listener-{parent.id}"
    async with Worker(client, task_queue=queue, workflows=[Listener], workflow_runner=UnsandboxedWorkflowRunner()):
        yield await client.start_workflow(Listener.run, id=workflow_id(str(parent.id)), task_queue=queue)


async def test_a_child_tells_the_run_above_that_it_has_ended(
    parent: RecordedRun, client: Client, listening: WorkflowHandle[Any, Any]
) -> None:
    child = await start(parent, client)
    await end(parent, child, client, "failed")
    assert await listening.result() == {"path": "sub", "generation": 1}


async def test_a_child_whose_parent_is_gone_ends_all_the_same(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    await end(parent, child, client, "failed")
    assert (await child_row(parent, child))["status"] == "failed"


async def test_an_end_that_was_not_heard_is_told_again_by_the_sweeper(parent: RecordedRun, client: Client) -> None:
    pool, child = parent.services.pool, await start(parent, client)
    assert await claim_ended(pool, now()) == []
    assert await cancel_pending(pool, PROJECT, UUID(child.run_id), now(), None, {})
    assert await claim_ended(pool, now()) == [Waiting(parent.id, "sub", 1)]
    assert await claim_ended(pool, now()) == []
    await pool.execute("update workflow_runs set parent_told_at = parent_told_at - interval '5 seconds'")
    assert await claim_ended(pool, now()) == [Waiting(parent.id, "sub", 1)]
    await pool.execute("update node_runs set status = 'failed' where run_id = $1", parent.id)
    await pool.execute("update workflow_runs set parent_told_at = null")
    assert await claim_ended(pool, now()) == []


async def test_a_child_is_stopped_when_the_run_above_was_terminated(parent: RecordedRun, client: Client) -> None:
    pool, child = parent.services.pool, await start(parent, client)
    assert await list_orphans(pool) == []
    await parent.set(status="terminated")
    assert await list_orphans(pool) == [(UUID(child.run_id), PROJECT)]
    await pool.execute("update workflow_runs set requested = 'cancel' where id = $1", UUID(child.run_id))
    assert await list_orphans(pool) == []


async def test_a_detached_child_outlives_the_run_above(services: Services, slug: str, client: Client) -> None:
    await save(services, slug, "a", input=INPUT)
    run = await begin(services, nodes=sub(slug, mode="detach"), input=7)
    await start(run, client)
    await run.set(status="failed")
    assert await list_orphans(services.pool) == []
