"""Sub-workflows as far as their rows, for tests of activities: a parent, its child, and the child's end."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment

from activities.runs.children import loading_children, starting_children
from activities.runs.finish import finishing
from activities.services import Services
from interpreter.shell.wire import ChildState, ChildTask, Finish, workflow_id
from tests.support.recorded import RecordedRun, begin, save
from tests.support.runs import NOON, PROJECT

INPUT = {"type": "object", "properties": {"n": {"type": "integer"}, "unit": {"default": "m"}}, "required": ["n"]}


def sub(slug: str, **said: Any) -> dict[str, dict[str, Any]]:
    return {"sub": {"type": "subworkflow", "with": {"workflow": slug, "input": {"n": "{{ input }}"}, **said}}}


@pytest.fixture
def slug() -> str:
    return f"child-{uuid4()}"


@pytest.fixture
async def client(temporal: Client, services: Services) -> AsyncIterator[Client]:
    """Temporal; what a test starts there nobody else comes to work on."""
    yield temporal
    for row in await services.pool.fetch("select id from workflow_runs where parent_path is not null"):
        with contextlib.suppress(RPCError):
            await handle_of(temporal, row["id"]).terminate()


@pytest.fixture
async def parent(services: Services, slug: str) -> RecordedRun:
    """A run with a node whose sub-workflow takes a number."""
    await save(services, slug, "a", input=INPUT)
    return await begin(services, nodes=sub(slug), input=7)


async def start(run: RecordedRun, client: Client) -> ChildState:
    return await ActivityEnvironment().run(starting_children(run.services, client), ChildTask(run.task("sub")))


async def load(run: RecordedRun) -> ChildState:
    return await ActivityEnvironment().run(loading_children(run.services), ChildTask(run.task("sub")))


async def child_row(run: RecordedRun, child: ChildState) -> Any:
    return await run.services.pool.fetchrow("select * from workflow_runs where id = $1", UUID(child.run_id))


async def end(run: RecordedRun, child: ChildState, client: Client, status: str = "completed", **said: Any) -> None:
    """The child's last activity; its output is that of its node `a`."""
    row = await child_row(run, child)
    task = Finish(child.run_id, PROJECT, row["plan_hash"], status, NOON.isoformat(), NOON.isoformat(), **said)
    await ActivityEnvironment().run(finishing(run.services, client), task)


def handle_of(client: Client, run_id: str | UUID) -> WorkflowHandle[Any, Any]:
    return client.get_workflow_handle(workflow_id(str(run_id)))
