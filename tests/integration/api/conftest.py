"""The app over a real database of its own, asked over HTTP without a socket. Temporal is away unless a test brings it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.resources import Resources, open_resources
from interpreter.catalogue import Tool
from plait.clock import now
from plait.settings import Settings
from plait.store import catalogue
from tests.integration.api.support import NOWHERE, client_of


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """An open API on loopback."""
    return Settings(database_url=database, temporal_address=NOWHERE, files_dir=tmp_path)


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """What the process holds open."""
    async with open_resources(settings) as resources:
        yield resources


@pytest.fixture
def app(resources: Resources) -> FastAPI:
    """The whole API."""
    return create_app(resources)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Asks as the local admin."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def worker(resources: Resources) -> catalogue.Worker:
    """A worker that lives and offers the tool `shout`."""
    worker = catalogue.Worker("test-worker", now(), {"hostname": "here"})
    tool = Tool(
        name="shout", parameters={"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    )
    await catalogue.publish(resources.pool, worker, {}, {"shout": tool}, now=now())
    return worker
