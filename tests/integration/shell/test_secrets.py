"""A secret reaches the request, and is found nowhere else."""

from io import StringIO
from pathlib import Path

from temporalio.client import Client

from plait.settings import secrets_in
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.engine import running_engine
from tests.support.http_server import HttpServer
from tests.support.leaks import payloads_with, rows_with

VALUE = "s3cr3t-0f-the-t3st"


def test_secrets_are_the_variables_with_their_prefix_that_are_not_empty() -> None:
    environment = {"PLAIT_SECRET_KEY": VALUE, "PLAIT_SECRET_NONE": "", "PLAIT_SECRETS_DIR": "/run/secrets", "KEY": "x"}
    assert secrets_in(environment) == {"KEY": VALUE}


async def test_a_secret_is_sent_and_neither_stored_nor_logged(
    temporal: Client,
    pool: Pool,
    recorder: Recorder,
    tmp_path: Path,
    http_server: HttpServer,
    logged: StringIO,
) -> None:
    request = {
        "method": "POST",
        "url": f"{http_server.url}/fails/1",
        "headers": {"x-key": "{{ secrets.KEY }}"},
        "query": {"key": "{{ secrets.KEY }}"},
        "json": {"note": "with {{ secrets.KEY }} in it"},
    }
    retry = {"max_attempts": 2, "initial_interval": "10ms"}
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, secrets={"KEY": VALUE}) as engine:
        run = await engine.start("a", nodes={"a": {"type": "http_request", "with": request, "retry": retry}})
        assert await run.ended() == "completed"
    last = http_server.seen[-1]
    assert (last.headers["x-key"], last.query) == (VALUE, [("key", VALUE)])
    assert VALUE in last.body.decode()
    assert (await run.nodes())["a"]["input"]["headers"] == {"x-key": "{{ secrets.KEY }}"}
    assert await rows_with(pool, VALUE) == []
    assert str(run.id) in logged.getvalue()
    assert VALUE not in logged.getvalue()
    assert await payloads_with(run.handle, VALUE) == []


async def test_an_environment_has_secrets_of_its_own(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path, http_server: HttpServer
) -> None:
    request = {"method": "GET", "url": http_server.url, "headers": {"x-key": "{{ secrets.KEY }}"}}
    secrets = {"KEY": "that of all", "DEV_KEY": "its own", "PROD_KEY": "another's"}
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, secrets=secrets) as engine:
        run = await engine.start("a", nodes={"a": {"type": "http_request", "with": request}})
        await run.ended()
    assert http_server.seen[-1].headers["x-key"] == "its own"
