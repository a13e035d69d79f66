"""A real Temporal dev server for the session, and one of a test's own where it is to be killed."""

import os
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from plait.dev.binary import find_temporal
from plait.dev.temporal import running_server, server_command, wait_until_up
from plait.settings import Settings
from plait.temporal import connect, register_search_attributes
from tests.support.directories import server_folder


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def temporal_binary() -> Path:
    """The server's binary, downloaded or built the first time."""
    return find_temporal(os.environ, print)


@pytest.fixture(scope="session")
async def temporal_address(temporal_binary: Path) -> AsyncIterator[str]:
    """The address of the session's server."""
    with server_folder() as home:
        async with running_server(temporal_binary, port=free_port(), database=home / "server.db") as address:
            yield address


@pytest.fixture(scope="session")
async def temporal(temporal_address: str) -> Client:
    """A client of the session's server, with Plait's data converter and search attributes."""
    client = await connect(Settings(temporal_address=temporal_address))
    await register_search_attributes(client)
    return client


SUGGESTED = 20
"""Events of a history after which the restless server suggests to leave it."""


@pytest.fixture
async def restless(temporal_binary: Path) -> AsyncIterator[Client]:
    """A client of a server of the test's own, where runs move to a fresh history at nearly every quiet moment."""
    port = free_port()
    suggest = ["--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={SUGGESTED}"]
    process = subprocess.Popen(
        [*server_command(temporal_binary, port=port), *suggest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        address = f"127.0.0.1:{port}"
        await wait_until_up(address)
        client = await connect(Settings(temporal_address=address))
        await register_search_attributes(client)
        yield client
    finally:
        process.kill()
        process.wait()
