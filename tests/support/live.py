"""Everything at once for a test: the API behind a real socket, a worker, Temporal and Postgres."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.service import RPCError

from activities.agents.code import code_agents
from activities.services import Services
from api.app import create_app
from api.resources import Resources, open_resources
from interpreter.shell.wire import workflow_id
from plait.clock import now
from plait.egress import open_egress
from plait.settings import Settings
from plait.store import catalogue
from tests.support.node_types import custom_types
from tests.support.serving import QuietServer
from tests.support.temporal import free_port
from tests.support.tools import registry
from worker.build import build_worker


@dataclass(frozen=True)
class Live:
    """The running parts, and a client of the API."""

    resources: Resources
    temporal: Client
    client: httpx2.AsyncClient
    port: int
    files_dir: Path

    async def save(self, slug: str, nodes: list[dict[str, Any]], edges: list[dict[str, Any]] = [], **said: Any) -> None:  # noqa: B006
        """A workflow, saved."""
        document = {"plait": 1, "slug": slug, "nodes": nodes, "edges": edges, **said}
        answer = await self.client.post("/api/v1/workflows", json=document)
        assert answer.status_code == 201, answer.text

    async def start(self, slug: str, body: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """A run, as its start answers it."""
        answer = await self.client.post(f"/api/v1/workflows/{slug}/run", json=body or {}, params=query)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()

    async def get(self, address: str, /, **query: Any) -> Any:
        """What a read answers."""
        answer = await self.client.get(f"/api/v1{address}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until(self, run_id: str, *statuses: str, seconds: float = 20) -> dict[str, Any]:
        """The run once it has one of these statuses."""
        async with asyncio.timeout(seconds):
            while (run := await self.get(f"/workflow_runs/{run_id}"))["status"] not in statuses:
                await asyncio.sleep(0.03)
        return run

    @asynccontextmanager
    async def working(self, *, secrets: Mapping[str, str] = {}, reaches: str = "") -> AsyncIterator[None]:
        """A worker, for as long as the block runs, with these secrets; it reaches these addresses beside public ones."""
        tools, custom = registry(), custom_types()
        resources = self.resources
        worker = catalogue.Worker("live-test", now(), {"hostname": "here"})
        await catalogue.publish(resources.pool, worker, custom.catalogue(), tools.catalogue(), code_agents(), now=now())
        async with open_egress(reaches) as egress:
            services = Services(
                resources.pool,
                resources.recorder,
                resources.payloads,
                egress,
                tools,
                self.files_dir,
                secrets,
                custom=custom,
            )
            async with build_worker(self.temporal, services):
                yield
        for each in (tools, custom, services.sandbox):
            each.close()

    async def forget_runs(self) -> None:
        """Terminate what the test leaves open, so that no other test's worker picks it up."""
        query = "select id from workflow_runs where status in ('pending', 'running', 'paused', 'stopping')"
        for row in await self.resources.pool.fetch(query):
            with contextlib.suppress(RPCError):
                await self.temporal.get_workflow_handle(workflow_id(str(row["id"]))).terminate()


@pytest.fixture
def api_key() -> str | None:
    """The key of the API; a test file that wants one has a fixture of this name."""
    return None


@pytest.fixture
async def idle(
    temporal: Client, temporal_address: str, database: str, tmp_path: Path, api_key: str | None
) -> AsyncIterator[Live]:
    """All but a worker."""
    async with running_api(temporal, temporal_address, database, tmp_path, api_key) as live:
        yield live


@asynccontextmanager
async def running_api(
    temporal: Client, temporal_address: str, database: str, files_dir: Path, api_key: str | None = None
) -> AsyncIterator[Live]:
    """The API alone, and these servers."""
    port = free_port()
    key = SecretStr(api_key) if api_key else None
    settings = Settings(
        database_url=database, temporal_address=temporal_address, files_dir=files_dir, port=port, api_key=key
    )
    async with open_resources(settings) as resources:
        config = uvicorn.Config(
            create_app(resources), host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1
        )
        server = QuietServer(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        url = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=url, timeout=60, headers=headers, verify=False) as client:
            live = Live(resources, temporal, client, port, files_dir)
            yield live
            await live.forget_runs()
        server.should_exit = True
        await task


@pytest.fixture
async def live(idle: Live) -> AsyncIterator[Live]:
    """All of it."""
    async with idle.working():
        yield idle
