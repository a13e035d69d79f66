"""A `plait dev` that the tests of one file share: each kills something, and it has to come back."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from plait.dev.postgres import EmbeddedPostgres
from tests.chaos.story import SLOW_TOOLS, api_at, save
from tests.support.dev import Dev, free_ports, plait_dev
from tests.support.directories import server_folder


@pytest.fixture(scope="module")
async def dev() -> AsyncIterator[Dev]:
    """The running stack, with the workflow `holding` stored."""
    with server_folder() as folder:
        async with plait_dev(folder / "data", free_ports(), SLOW_TOOLS) as dev:
            async with api_at(dev.url) as client:
                await save(client)
            yield dev


@pytest.fixture
async def client(dev: Dev) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the stack's API."""
    async with api_at(dev.url) as client:
        yield client


@pytest.fixture
def ledger(dev: Dev) -> str:
    """Where the stack keeps its runs."""
    return EmbeddedPostgres(dev.directory / "postgres").app_dsn
