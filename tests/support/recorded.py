"""Runs as far as their rows, for tests of activities: no workflow, and no Temporal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from asyncpg import Record
from temporalio.testing import ActivityEnvironment

from activities.catalogue import NODE_TYPES
from activities.runs.regions import opening_regions
from activities.services import Services
from interpreter.catalogue import Catalogue
from interpreter.plan.definition import definition_of, load_plan
from interpreter.plan.model import Plan
from interpreter.shell.wire import Instance, NodeTask, OpenedRegion, OpenRegionTask, Source
from plait.clock import new_id
from plait.store.changes import Change, NodeRow, StoredValue
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from plait.store.values import encode, inline
from tests.support.documents import a_document
from tests.support.runs import NOON, PROJECT
from tests.support.tools import registry


@dataclass
class RecordedRun:
    """A run that has rows: what its nodes gave is put there, what activities make of it is read."""

    services: Services
    id: UUID
    hash: str
    plan: Plan

    def task(self, path: str, node: str | None = None, **said: Any) -> NodeTask:
        """What an activity is told of a node; it reads the nodes of `reads`, which have completed."""
        reads = [source if isinstance(source, Source) else completed(source) for source in said.pop("reads", ())]
        given = {"generation": 1, "ready_at": NOON.isoformat(), "started_at": NOON.isoformat()} | said
        return NodeTask(str(self.id), PROJECT, self.hash, path, node or path, reads=reads, **given)

    async def ended(self, path: str, output: Any = None, *, status: str = "completed", **columns: Any) -> None:
        """Put it on record that this instance of a node has ended."""
        stored = await self.services.payloads.store(PROJECT, output) if status == "completed" else None
        node = NodeRow(path, 1, path, "transform", None, status, NOON, output=stored, completed_at=NOON, **columns)
        await self.services.recorder.put(Change(self.id, PROJECT, node=node))

    async def opened(self, path: str, first: int = 0, **said: Any) -> OpenedRegion:
        """Open the map or loop at this path."""
        task = OpenRegionTask(self.task(path, path.rpartition(".")[2], **said), first)
        return await ActivityEnvironment().run(opening_regions(self.services), task)

    async def row(self, path: str) -> Record:
        """The row at a path."""
        row = await self.services.pool.fetchrow(
            "select * from node_runs where run_id = $1 and path = $2", self.id, path
        )
        assert row is not None
        return row

    async def value(self, path: str) -> Any:
        """The output at a path, wherever it is kept."""
        row = await self.row(path)
        stored = StoredValue(row["output_size"], row["output_sha256"], row["output"], row["output_ref"])
        return await self.services.payloads.value(PROJECT, stored)

    async def log(self) -> list[str]:
        """The events, each as `node.started a`."""
        rows = await self.services.pool.fetch("select * from run_events where run_id = $1 order by seq", self.id)
        return [f"{row['type'].removeprefix('workflow.')} {row['path'] or ''}".strip() for row in rows]

    async def set(self, **columns: Any) -> None:
        """Change the run's own row."""
        for column, value in columns.items():
            await self.services.pool.execute(f"update workflow_runs set {column} = $2 where id = $1", self.id, value)


def completed(path: str, **said: Any) -> Source:
    """A node that has completed with an output."""
    return Source(path, 1, "completed", "success", has_output=True, **said)


def an_item(node: str, index: int, *names: str, path: str | None = None) -> Instance:
    """An item of a map."""
    return Instance("map", node, path or node, 1, index, list(names) or ["item", "index"])


def a_lap(node: str, lap: int, path: str | None = None) -> Instance:
    """A lap of a loop."""
    return Instance("loop", node, path or node, 1, lap)


@pytest.fixture
async def services(pool: Pool, recorder: Recorder) -> AsyncIterator[Services]:
    """What activities need that reach no network."""
    tools = registry()
    yield Services(pool, recorder, Payloads(pool), cast("Any", None), tools, Path())
    tools.close()


async def save(services: Services, slug: str, graph: str = "", **said: Any) -> tuple[UUID, str, Plan]:
    """A workflow with its first version; its id, its plan and the plan's hash."""
    catalogue = Catalogue(node_types=dict(NODE_TYPES), tools=services.tools.catalogue())
    definition, plan_hash, _ = definition_of(a_document(graph, slug=slug, **said), catalogue)
    plan, workflow = load_plan(definition, plan_hash), new_id()
    async with services.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into workflows (id, project, slug, name, version, created_by, created_at, updated_at)"
            " values ($1, $2, $3, $3, 1, '{}', $4, $4)",
            workflow, PROJECT, slug, NOON,
        )  # fmt: skip
        await connection.execute(
            "insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source,"
            " source_type, total_nodes, created_by, created_at)"
            " values ($1, 1, $2, 'hash', $3, $4, '', 'application/json', $5, '{}', $6)",
            workflow, PROJECT, plan_hash, definition, plan.counted, NOON,
        )  # fmt: skip
    return workflow, plan_hash, plan


async def begin(services: Services, graph: str = "", *, input: Any = None, **said: Any) -> RecordedRun:  # noqa: A002 - as the API calls it
    """A run of a workflow of its own, drawn as arrows; see `tests.support.documents`."""
    run = new_id()
    workflow, plan_hash, plan = await save(services, f"w-{run}", graph, **said)
    stored = inline(input, encode(input))
    await services.pool.execute(
        "insert into workflow_runs (id, project, workflow_id, version, plan_hash, status, input, input_size,"
        " input_sha256, origin, started_by, owner, total_nodes, created_at, last_event_at)"
        " values ($1, $2, $3, 1, $4, 'running', $5, $6, $7, '{}', '{}', 'ann', $8, $9, $9)",
        run, PROJECT, workflow, plan_hash, input, stored.size, stored.sha256, plan.counted, NOON,
    )  # fmt: skip
    return RecordedRun(services, run, plan_hash, plan)
