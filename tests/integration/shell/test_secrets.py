"""A secret reaches the request, and is found nowhere else."""

import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from plait.settings import Settings, secrets_in
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from plait.telemetry.logs import configure_logging
from plait.temporal import DATA_CONVERTER
from tests.support.engine import running_engine
from tests.support.http_server import HttpServer

VALUE = "s3cr3t-0f-the-t3st"


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """Everything that is logged, as a worker logs it at its most talkative."""
    handlers, level, stream = logging.root.handlers, logging.root.level, StringIO()
    configure_logging(Settings(log_level="DEBUG"), stream=stream)
    yield stream
    logging.root.handlers = handlers
    logging.root.setLevel(level)


def payloads_in(message: Message) -> Iterator[Payload]:
    """All payloads of a history event, however deep."""
    if isinstance(message, Payload):
        yield message
        return
    for _, value in message.ListFields():
        parts: Any = value.values() if hasattr(value, "values") else value if hasattr(value, "append") else [value]
        for part in parts:
            if isinstance(part, Message):
                yield from payloads_in(part)


async def rows_with(pool: Pool, text: str) -> list[str]:
    """The tables that hold this text anywhere."""
    tables = await pool.fetch("select tablename from pg_tables where schemaname = 'public'")
    return [
        name
        for (name,) in tables
        if await pool.fetchval(f"select count(*) from {name} t where row_to_json(t)::text like '%{text}%'")
    ]


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
    history = await run.handle.fetch_history()
    sent = [payload for event in history.events for payload in payloads_in(event)]
    codec = DATA_CONVERTER.payload_codec
    assert codec is not None
    assert len(sent) > 2
    assert not any(VALUE.encode() in payload.data for payload in await codec.decode(sent))


async def test_an_environment_has_secrets_of_its_own(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path, http_server: HttpServer
) -> None:
    request = {"method": "GET", "url": http_server.url, "headers": {"x-key": "{{ secrets.KEY }}"}}
    secrets = {"KEY": "that of all", "DEV_KEY": "its own", "PROD_KEY": "another's"}
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, secrets=secrets) as engine:
        run = await engine.start("a", nodes={"a": {"type": "http_request", "with": request}})
        await run.ended()
    assert http_server.seen[-1].headers["x-key"] == "its own"
