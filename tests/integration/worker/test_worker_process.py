"""`plait worker` as a process: it waits for its servers, says what it offers, and goes in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from plait.clock import now
from plait.store import migrate
from plait.store.catalogue import Running, read_catalogue, read_running, read_workers
from plait.store.pool import open_pool
from tests.support.node_types import custom_types
from tests.support.postgres import Database
from tests.support.temporal import free_port

START = "from plait.settings import Settings; from worker.main import run_worker; run_worker(Settings(), {})"


class Process:
    """A worker, and what it answers on its health port."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    async def get(self, path: str) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False, verify=False) as client:
            return await client.get(self.url + path)

    async def until(self, path: str, word: str, seconds: float = 30) -> str:
        """The answer, once it has the word."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if word in (text := (await self.get(path)).text):
                        return text
                except httpx2.ConnectError:
                    assert self.process.returncode is None
                await asyncio.sleep(0.05)

    async def stop(self, number: int = signal.SIGTERM) -> tuple[int | None, str]:
        """The exit code, and what it logged."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        _, errors = await asyncio.wait_for(self.process.communicate(), 30)
        return self.process.returncode, errors.decode()


@asynccontextmanager
async def running(dsn: str, temporal: str, role: str = "", **settings: str) -> AsyncIterator[Process]:
    """A worker of both roles, or with one of them taken away (`activities=False`)."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PLAIT_")},
        "PLAIT_DATABASE_URL": dsn,
        "PLAIT_TEMPORAL_ADDRESS": temporal,
        "PLAIT_HEALTH_PORT": str(port),
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START.format(role), env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield Process(process, port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_a_ready_worker_has_published_what_it_offers(database: str, temporal_address: str) -> None:
    async with running(database, temporal_address) as worker:
        await worker.until("/readyz", "ok")
        pool = await open_pool(database)
        assert "http_request" in (await read_catalogue(pool)).node_types
        assert "read_csv" in (await read_running(pool, now=now())).tools
        assert len(await read_workers(pool, now=now())) == 1
        await pool.close()


async def test_a_worker_of_workflows_alone_offers_nothing(database: str, temporal_address: str) -> None:
    async with running(database, temporal_address, "activities=False") as worker:
        await worker.until("/readyz", "ok")
        pool = await open_pool(database)
        assert await read_running(pool, now=now()) == Running(frozenset(), frozenset())
        (found,) = await read_workers(pool, now=now())
        assert (found.info["workflows"], found.info["activities"]) == (True, False)
        await pool.close()


async def test_metrics_hold_temporals_series_and_plaits(database: str, temporal_address: str) -> None:
    async with running(database, temporal_address) as worker:
        await worker.until("/readyz", "ok")
        text = await worker.until("/metrics", "temporal_num_pollers")
        assert "temporal_worker_task_slots_available" in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_told_to_stop_leaves_in_order(database: str, temporal_address: str, number: int) -> None:
    async with running(database, temporal_address) as worker:
        await worker.until("/readyz", "ok")
        code, log = await worker.stop(number)
    assert (code, "Traceback" in log) == (0, False)
    pool = await open_pool(database)
    assert await read_workers(pool, now=now()) == []
    await pool.close()


async def test_a_worker_waits_for_postgres_and_can_be_stopped_meanwhile(temporal_address: str) -> None:
    async with running(f"postgresql://nobody@127.0.0.1:{free_port()}/x", temporal_address) as worker:
        assert (await worker.until("/readyz", "waiting for Postgres")).strip() == "waiting for Postgres"
        assert (await worker.get("/healthz")).status_code == 200
        code, log = await worker.stop()
    assert code == 0
    assert "Postgres does not answer" in log


async def test_a_worker_waits_for_the_schema(empty_database: Database, temporal_address: str) -> None:
    async with running(empty_database.owner_dsn, temporal_address) as worker:
        await worker.until("/readyz", "plait migrate up")
        await migrate.up(empty_database.owner_dsn)
        await worker.until("/readyz", "ok")


async def test_a_worker_waits_for_temporal(database: str) -> None:
    async with running(database, f"127.0.0.1:{free_port()}") as worker:
        await worker.until("/readyz", "waiting for Temporal")
        code, _ = await worker.stop()
    assert code == 0


async def test_a_tools_module_that_fails_stops_the_start_with_one_sentence(
    database: str, temporal_address: str, tmp_path: Path
) -> None:
    (tmp_path / "broken_tools.py").write_text("import nothing_of_this_name\n")
    settings = {"PLAIT_TOOLS": "broken_tools", "PYTHONPATH": str(tmp_path), "PLAIT_LOG_FORMAT": "text"}
    async with running(database, temporal_address, **settings) as worker:
        await asyncio.wait_for(worker.process.wait(), 30)
        code, log = await worker.stop()
    assert code == 1
    assert log.count("\n") == 1
    assert "the tools module broken_tools cannot be imported: ModuleNotFoundError" in log


async def test_a_worker_publishes_the_node_types_of_its_modules(database: str, temporal_address: str) -> None:
    async with running(database, temporal_address, PLAIT_TOOLS="tests.support.node_types") as worker:
        await worker.until("/readyz", "ok")
        pool = await open_pool(database)
        assert (await read_catalogue(pool)).node_types["shop.order"] == custom_types().catalogue()["shop.order"]
        assert "shop.order" in (await read_running(pool, now=now())).node_types
        await pool.close()


async def test_a_node_type_with_a_name_of_plaits_own_stops_the_start_with_one_sentence(
    database: str, temporal_address: str, tmp_path: Path
) -> None:
    source = "from plait.sdk import node_type\n\n@node_type(name='code')\ndef mine(): ...\n"
    (tmp_path / "clashing_types.py").write_text(source)
    settings = {"PLAIT_TOOLS": "clashing_types", "PYTHONPATH": str(tmp_path), "PLAIT_LOG_FORMAT": "text"}
    async with running(database, temporal_address, **settings) as worker:
        await asyncio.wait_for(worker.process.wait(), 30)
        code, log = await worker.stop()
    assert (code, log.count("\n")) == (1, 1)
    assert "the node type code in clashing_types has the name of one of Plait's own" in log


async def test_a_bad_egress_permission_stops_the_start_with_one_sentence(database: str, temporal_address: str) -> None:
    async with running(database, temporal_address, PLAIT_EGRESS_ALLOW="localhost") as worker:
        await asyncio.wait_for(worker.process.wait(), 30)
        code, log = await worker.stop()
    assert code == 1
    assert "PLAIT_EGRESS_ALLOW has 'localhost'" in log
    assert "Traceback" not in log


async def test_a_worker_without_a_database_says_so_and_goes(temporal_address: str) -> None:
    async with running("", temporal_address) as worker:
        await asyncio.wait_for(worker.process.wait(), 30)
        code, log = await worker.stop()
    assert code == 1
    assert "PLAIT_DATABASE_URL is not set" in log
