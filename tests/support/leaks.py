"""Everywhere that a secret could be left: what is logged, the rows of all tables, the histories of Temporal."""

import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHandle

from plait.settings import Settings
from plait.store.pool import Pool
from plait.telemetry.logs import configure_logging
from plait.temporal import DATA_CONVERTER


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


async def payloads_with(handle: WorkflowHandle[Any, Any], text: str) -> list[bytes]:
    """The payloads of a workflow's history that hold this text, decoded."""
    history = await handle.fetch_history()
    sent = [payload for event in history.events for payload in payloads_in(event)]
    assert sent, "a history has payloads"
    codec = DATA_CONVERTER.payload_codec
    assert codec is not None
    return [payload.data for payload in await codec.decode(sent) if text.encode() in payload.data]
