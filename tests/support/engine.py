"""Workflows run for real: a worker, Temporal and Postgres; only the API is left out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from asyncpg import Record
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.worker import Worker

from activities.catalogue import NODE_TYPES
from activities.custom.registry import CustomTypes
from activities.services import Services
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.plan.definition import definition_of, load_plan
from interpreter.rules import facts_over
from interpreter.shell.wire import SIGNAL_COMMAND, SIGNAL_OVERRIDE, SIGNAL_VOTE, WORKFLOW, Rerun, RunInput, workflow_id
from plait.agents import Uses
from plait.clock import new_id, now
from plait.egress import open_egress
from plait.models import EVERYWHERE, Registry
from plait.store.commands import NewCommand, insert_command, list_paused_before, locked_run, write_request
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from plait.store.values import encode, inline
from tests.support.documents import a_document
from tests.support.node_types import custom_types
from tests.support.tools import registry
from worker.build import build_worker

PROJECT = "default"
ANN = {"type": "user", "id": "ann", "name": "Ann"}


@dataclass
class Engine:
    """Starts runs, acts on them as the API would, and reads what became of them."""

    temporal: Client
    pool: Pool
    recorder: Recorder
    tools: ToolRegistry
    task_queue: str
    uses: Uses = field(default_factory=Uses)
    """What its runs resolve at their start."""

    async def start(
        self,
        graph: str = "",
        *,
        input: Any = None,  # noqa: A002 - as the API calls it
        open_mode: bool = False,
        debug: bool = False,
        breakpoints: Sequence[str] = (),
        **said: Any,
    ) -> "Run":
        """A run of a document drawn as arrows; see `tests.support.documents`."""
        document = a_document(graph, **said)
        return await self.start_document(
            document, input=input, open_mode=open_mode, debug=debug, breakpoints=breakpoints
        )

    async def start_document(
        self,
        document: Document,
        *,
        input: Any = None,  # noqa: A002 - as the API calls it
        open_mode: bool = False,
        env: dict[str, Any] | None = None,
        rerun: Rerun | None = None,
        debug: bool = False,
        breakpoints: Sequence[str] = (),
        nearby: bool = False,
    ) -> "Run":
        """Write the rows that the API writes, then start the workflow as it does."""
        workflow, definition, plan_hash = await self.save(document)
        plan, run, at = load_plan(definition, plan_hash), new_id(), now()
        stored = inline(input, encode(input))
        await self.pool.execute(
            "insert into workflow_runs (id, project, workflow_id, version, plan_hash, status, input, input_size,"
            " input_sha256, origin, started_by, total_nodes, created_at, last_event_at, budget, uses)"
            " values ($1, $2, $3, 1, $4, 'pending', $5, $6, $7, '{}', '{}', $8, $9, $9, $10, $11)",
            run, PROJECT, workflow, plan_hash, input, stored.size, stored.sha256, plan.counted, at,
            document.budget and document.budget.model_dump(mode="json", exclude_none=True), self.uses.json(),
        )  # fmt: skip
        facts = facts_over(plan.given, {"vars": plan.document.vars, "input": input})
        handle = await self.temporal.start_workflow(
            WORKFLOW,
            RunInput(
                run_id=str(run),
                project=PROJECT,
                workflow=document.slug,
                definition=definition,
                hash=plan_hash,
                started_at=at.isoformat(),
                input_size=stored.size,
                input_facts={str(fact): value for fact, value in facts.items()},
                open_mode=open_mode,
                env=env or {},
                rerun=rerun,
                debug=debug,
                breakpoints=list(breakpoints),
                nearby=nearby,
            ),
            id=workflow_id(str(run)),
            task_queue=self.task_queue,
            result_type=dict,
        )
        return Run(self, run, handle)

    async def rerun(self, source: "Run", document: Document, *fresh: str, input: Any = None, **said: Any) -> "Run":  # noqa: A002
        """A run that takes what it can from another, but for these paths and what is behind them."""
        return await self.start_document(document, input=input, rerun=Rerun(str(source.id), list(fresh)), **said)

    async def save(self, document: Document, slug: str | None = None) -> tuple[UUID, str, str]:
        """Store a workflow with one version: its id, the definition, the plan's hash. Without a slug no other names it."""
        catalogue = Catalogue(node_types={**NODE_TYPES, **custom_types().catalogue()}, tools=self.tools.catalogue())
        definition, plan_hash, _ = definition_of(document, catalogue)
        workflow, at, nodes = new_id(), now(), load_plan(definition, plan_hash).counted
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "insert into workflows (id, project, slug, name, version, created_by, created_at, updated_at)"
                " values ($1, $2, $3, 'test', 1, '{}', $4, $4)",
                workflow, PROJECT, slug or f"test-{workflow}", at,
            )  # fmt: skip
            await connection.execute(
                "insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source,"
                " source_type, total_nodes, created_by, created_at)"
                " values ($1, 1, $2, 'hash', $3, $4, '', 'application/json', $5, '{}', $6)",
                workflow, PROJECT, plan_hash, definition, nodes, at,
            )  # fmt: skip
        return workflow, definition, plan_hash


@dataclass
class Run:
    """One run, seen from outside."""

    engine: Engine
    id: UUID
    handle: WorkflowHandle[Any, Any]

    async def ended(self, timeout: float = 30) -> str:
        """Wait for the workflow's end; the status that the run's row then has."""
        with contextlib.suppress(WorkflowFailureError):
            await asyncio.wait_for(self.handle.result(), timeout)
        return (await self.row())["status"]

    async def row(self) -> Record:
        """The run's row."""
        return await self._one("select * from workflow_runs where id = $1", self.id)

    async def nodes(self) -> dict[str, Record]:
        """The node rows by path, the newest generation of each."""
        rows = await self._pool.fetch("select * from node_runs where run_id = $1 order by generation", self.id)
        return {row["path"]: row for row in rows}

    async def statuses(self) -> dict[str, str]:
        """The status of each node that has a row."""
        return {path: row["status"] for path, row in (await self.nodes()).items()}

    async def events(self) -> list[str]:
        """The log, a short text an event: `node.started a`."""
        rows = await self._pool.fetch("select seq, type, path from run_events where run_id = $1 order by seq", self.id)
        first = rows[0]["seq"] if rows else 1
        assert [row["seq"] for row in rows] == list(range(first, first + len(rows)))
        return [" ".join(filter(None, (row["type"].removeprefix("workflow."), row["path"]))) for row in rows]

    async def until(self, path: str, status: str, timeout: float = 20) -> Record:
        """Wait until a node's row has this status."""
        async with asyncio.timeout(timeout):
            while True:
                row = (await self.nodes()).get(path)
                if row is not None and row["status"] == status:
                    return row
                await asyncio.sleep(0.02)

    async def begun(self, timeout: float = 20) -> None:
        """Wait until something of the run is recorded."""
        async with asyncio.timeout(timeout):
            while (await self.row())["status"] == "pending":
                await asyncio.sleep(0.002)

    async def cancel(self) -> None:
        """Ask for a cancel, in the row first. A row that is pending the API would end by itself."""
        await self._pool.execute("update workflow_runs set requested = 'cancel' where id = $1", self.id)
        await self.handle.cancel()

    async def cast(
        self, path: str, decision: str, by: str = "ann", *, groups: tuple[str, ...] = (), form: Any = None
    ) -> UUID:
        """Write a vote's row, without telling the workflow."""
        gate = await self._one("select * from gates where run_id = $1 and path = $2", self.id, path)
        vote = uuid5(gate["id"], f"{by} {decision}")
        await self._pool.execute(
            "insert into gate_votes (id, gate_id, project, run_id, path, generation, decision, form, by, groups, at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
            vote, gate["id"], PROJECT, self.id, path, gate["generation"], decision, form,
            {"type": "user", "id": by, "name": by}, list(groups), now(),
        )  # fmt: skip
        return vote

    async def vote(self, path: str, decision: str, by: str = "ann", **said: Any) -> UUID:
        """Vote as the API does: the row, then the signal."""
        vote = await self.cast(path, decision, by, **said)
        await self.handle.signal(SIGNAL_VOTE, str(vote))
        return vote

    async def override(
        self, path: str, action: str, output: Any = None, generation: int = 1, given: dict[str, Any] | None = None
    ) -> UUID:
        """Move a node by hand as the API does."""
        override = new_id()
        await self._pool.execute(
            "insert into overrides (id, project, run_id, path, generation, action, output, given, by, at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            override, PROJECT, self.id, path, generation, action, output, given, ANN, now(),
        )  # fmt: skip
        await self.handle.signal(SIGNAL_OVERRIDE, str(override))
        return override

    async def command(self, kind: Any, *, told: bool = True, reason: str | None = None, **args: Any) -> UUID:
        """Want something of the run as the API does; unless `told`, without the signal."""
        new = NewCommand(new_id(), PROJECT, self.id, kind, ANN, now(), reason=reason, args=args)
        async with locked_run(self._pool, PROJECT, self.id) as (db, row):
            assert row is not None
            await insert_command(db, new)
            await write_request(db, self.id, {"pause": "pause", "resume": "resume"}.get(kind, row["requested"]))
        if told:
            await self.handle.signal(SIGNAL_COMMAND, str(new.id))
        return new.id

    async def answered(self, command: UUID, timeout: float = 20) -> str:
        """Wait for what becomes of a command."""
        async with asyncio.timeout(timeout):
            while (row := await self._one("select * from run_commands where id = $1", command))["status"] == "recorded":
                await asyncio.sleep(0.02)
        return row["status"]

    async def paused_before(self, *paths: str, timeout: float = 20) -> dict[str, Any]:
        """Wait until the run is paused before exactly these; the input of each."""
        async with asyncio.timeout(timeout):
            while True:
                due = {row["path"]: row["input"] for row in await list_paused_before(self._pool, self.id)}
                if set(due) == set(paths) and (await self.row())["status"] == "paused":
                    return due
                await asyncio.sleep(0.02)

    async def answer(self, override: UUID, timeout: float = 20) -> str:
        """Wait for what becomes of an override."""
        async with asyncio.timeout(timeout):
            while (row := await self._one("select * from overrides where id = $1", override))["status"] == "recorded":
                await asyncio.sleep(0.02)
        return row["status"]

    async def _one(self, query: str, *args: Any) -> Record:
        row = await self._pool.fetchrow(query, *args)
        assert row is not None
        return row

    @property
    def _pool(self) -> Pool:
        return self.engine.pool


@asynccontextmanager
async def running_engine(
    temporal: Client,
    pool: Pool,
    recorder: Recorder,
    *,
    files_dir: Path,
    task_queue: str | None = None,
    secrets: Mapping[str, str] | None = None,
    offer_custom: bool = True,
    known_models: Registry = EVERYWHERE,
    **options: Any,
) -> AsyncIterator[Engine]:
    """A worker for as long as the block runs, on a task queue of its own."""
    tools = registry()
    # The servers that tests talk to are on loopback.
    async with open_egress("127.0.0.0/8") as egress:
        custom = custom_types() if offer_custom else CustomTypes()
        services = Services(
            pool,
            recorder,
            Payloads(pool),
            egress,
            tools,
            files_dir,
            secrets or {},
            custom=custom,
            known_models=known_models,
        )
        task_queue = task_queue or f"plait-{new_id()}"
        worker: Worker = build_worker(temporal, services, task_queue=task_queue, **options)
        async with worker:
            yield Engine(temporal, pool, recorder, tools, task_queue)
    for each in (tools, custom, services.sandbox):
        each.close()


@pytest.fixture
async def engine(temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker as in production but sandboxed, which finds what is not deterministic."""
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, sandboxed=True) as engine:
        yield engine
