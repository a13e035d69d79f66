"""The stage: one Temporal, one Postgres, one worker process with all systems, for one measurement."""

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from temporalio.client import Client
from temporalio.plugin import SimplePlugin
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from activities.catalogue import kinds
from activities.services import Services
from activities.shell.surround import surround
from benchmarks.handwritten import Bare, Same, bare_noop
from benchmarks.shapes import TOOLS, Shape
from plait.clock import new_id, now
from plait.dev.binary import find_temporal
from plait.dev.postgres import EmbeddedPostgres
from plait.dev.temporal import running_server
from plait.egress import open_egress
from plait.models import EVERYWHERE, Registry
from plait.settings import Settings
from plait.store import migrate
from plait.store.payloads import Payloads
from plait.store.pool import Pool, open_pool
from plait.store.recorder import Recorder
from plait.temporal import connect, register_search_attributes
from worker.build import build_worker

HAND_QUEUE = "bench"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a measurement uses."""

    client: Client
    pool: Pool
    services: Services

    async def store(self, shape: Shape) -> tuple[UUID, str, str]:
        """The shape as version 1 of a workflow: its id, its definition and hash."""
        definition, hashed = shape.definition()
        workflow_id, at = new_id(), now()
        await self.pool.execute(
            "insert into workflows (id, project, slug, name, version, created_by, created_at, updated_at)"
            " values ($1, 'default', $2, $2, 1, '{}', $3, $3)",
            workflow_id, f"{shape.name}-{workflow_id}", at,
        )  # fmt: skip
        await self.pool.execute(
            "insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source,"
            " source_type, total_nodes, created_by, created_at)"
            " values ($1, 1, 'default', $2, $2, $3, '', 'application/json', $4, '{}', $5)",
            workflow_id, hashed, definition, shape.nodes, at,
        )  # fmt: skip
        return workflow_id, definition, hashed

    async def insert_run(self, workflow_id: UUID, hashed: str, total: int) -> UUID:
        """A pending run of it, as the API writes one."""
        run_id, at = new_id(), now()
        await self.pool.execute(
            "insert into workflow_runs (id, project, workflow_id, version, plan_hash, status, origin, started_by,"
            " total_nodes, created_at, last_event_at, input) values ($1, 'default', $2, 1, $3, 'pending', '{}', '{}', $4, $5, $5, '{}')",
            run_id, workflow_id, hashed, total, at,
        )  # fmt: skip
        return run_id


@dataclass(frozen=True, slots=True)
class Untold:
    """A client that nothing traces."""

    runtime: Runtime
    temporal_plugins: list[SimplePlugin] = field(default_factory=list)


@asynccontextmanager
async def stage(known_models: Registry = EVERYWHERE) -> AsyncIterator[Stage]:
    """Start everything, and end it again."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plait-bench-")))
        folder.chmod(0o755)
        postgres = await stack.enter_async_context(EmbeddedPostgres(folder / "postgres"))
        await migrate.up(postgres.owner_dsn)
        binary = find_temporal(os.environ, lambda _: None)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        address = await stack.enter_async_context(running_server(binary, port=port, database=folder / "temporal.db"))
        # The SDK warns of each workflow task that came too late, which a wide fan-out has many of.
        filtered = TelemetryFilter(core_level="ERROR", other_level="ERROR")
        runtime = Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=filtered)))
        client = await connect(Settings(temporal_address=address), telemetry=Untold(runtime))
        await register_search_attributes(client)
        pool = await open_pool(postgres.app_dsn)
        stack.push_async_callback(pool.close)
        services = Services(
            pool=pool,
            recorder=await stack.enter_async_context(Recorder(pool)),
            payloads=Payloads(pool),
            egress=await stack.enter_async_context(open_egress("127.0.0.0/8")),
            functions=TOOLS,
            files_dir=folder,
            known_models=known_models,
        )
        ours = build_worker(client, services)
        # The hand-written workflows get the same runner, pollers and cache, and `same` the same activities.
        theirs = Worker(
            client,
            task_queue=HAND_QUEUE,
            workflows=[Bare, Same],
            activities=[bare_noop, *(surround(kind, services) for kind in kinds().values())],
            workflow_runner=UnsandboxedWorkflowRunner(),
            build_id="bench",
            max_cached_workflows=500,
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        )
        for worker in (ours, theirs):
            await stack.enter_async_context(worker)
        await asyncio.sleep(0.5)
        yield Stage(client, pool, services)
