"""The production shape, once a session: PostgreSQL, Temporal, two APIs and three workers."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.production.processes import run_to_end
from tests.production.servers import DEPLOY, ROOT, free_range, start_postgres, temporal_programs
from tests.production.shape import COMPOSE, Shape
from tests.support.http_server import HttpServer, running_http_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is of the production shape, and may wait for builds."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.production)
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
async def collector() -> AsyncIterator[HttpServer]:
    """Takes the spans of all processes."""
    async with running_http_server() as server:
        yield server


@pytest.fixture(scope="session")
async def shape(collector: HttpServer) -> AsyncIterator[Shape]:
    """All of it, running; the session's one."""
    home = Path(tempfile.mkdtemp(prefix="plait-production-"))
    home.chmod(0o755)
    ports = free_range(60)
    given = {"PLAIT_OTLP_ENDPOINT": collector.url, "PLAIT_TOOLS": "invoice_tools", "PLAIT_EGRESS_ALLOW": "127.0.0.0/8"}
    shape = Shape(home, ports, ports + 1, ports + 20, given)
    try:
        shutil.copytree(ROOT / "examples" / "invoice-approval" / "data", shape.files)
        await asyncio.to_thread(start_servers, shape)
        await start_plait(shape)
        yield shape
    finally:
        # What they leave in order is a test's affair; here they only have to be gone.
        await asyncio.gather(*(each.end(signal.SIGKILL) for each in shape.processes.values()))
        shutil.rmtree(home, ignore_errors=True)


def start_servers(shape: Shape) -> None:
    """What docker-compose.yml starts before Plait, by the same scripts."""
    temporal_programs(shape.home / "bin")
    run_to_end(["sh", str(DEPLOY / "make-secrets.sh")], shape.environment(), shape.home)
    shape.use_local_addresses()
    command = COMPOSE["services"]["postgres"]["command"]
    shape.processes["postgres"] = start_postgres(shape.home / "postgres", shape.postgres_port, command)
    run_to_end(
        ["sh", "-c", "for _ in $(seq 100); do pg_isready -q && exit; sleep 0.1; done; exit 1"],
        shape.environment(**shape.reached),
        shape.home,
    )
    shape.script("postgres-init.sh", **shape.reached)
    for _ in ("as the first start", "as every start after it"):
        shape.script("temporal-schema.sh", SQL_HOST="127.0.0.1", SQL_PORT=str(shape.postgres_port))
    shape.start_temporal()
    shape.script("temporal-namespace.sh", TEMPORAL_ADDRESS=f"127.0.0.1:{shape.temporal_port}")


async def start_plait(shape: Shape) -> None:
    """Plait's processes: one API and one worker wait for the schema, the others find it."""
    await asyncio.to_thread(shape.install)
    early = [shape.start("api", 1), shape.start("workflow-worker", 1)]
    for process in early:
        await process.until_said("run `plait migrate up`")
    await asyncio.to_thread(shape.migrate, "up")
    late = [shape.start("api", 2), shape.start("activity-worker", 1), shape.start("activity-worker", 2)]
    for process in (*early, *late):
        await process.until("/readyz", 200)
