"""Temporal's dev server with the settings that make it fast, and how to tell that it is up."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from plait.errors import NotReady

DYNAMIC_CONFIG: dict[str, str] = {
    # 20 a second a shard by default, which is one dispatch every 50 ms: a chain of 40 nodes takes
    # 3.5 s with the default and 0.3 s with all of these.
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    "history.visibilityProcessorMaxPollRPS": "200",
    # A timer never fires earlier than this grain allows; the default is 1 s.
    "history.timerProcessorMaxTimeShift": '"50ms"',
    # Four partitions and few pollers leave tasks lying for seconds at low load.
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
    # Priorities, and no workflow that keeps the others waiting: without these tasks go by age alone.
    "matching.useNewMatcher": "true",
    "matching.enableFairness": "true",
    # The first activity of a workflow task goes back with the answer instead of through the queue.
    "system.enableActivityEagerExecution": "true",
}
"""Values as the server's dynamic configuration takes them (JSON). `deploy/` carries the same."""


def server_command(
    binary: Path, *, port: int, ui_port: int | None = None, database: Path | None = None, namespace: str = "default"
) -> list[str]:
    """The dev server's command line: loopback only, SQLite in WAL mode when `database` names a file."""
    command = [str(binary), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "warn"]
    command += ["--headless"] if ui_port is None else ["--ui-ip", "127.0.0.1", "--ui-port", str(ui_port)]
    if namespace != "default":
        command += ["--namespace", namespace]
    if database is not None:
        command += ["--db-filename", str(database)]
        command += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
    for name, value in DYNAMIC_CONFIG.items():
        command += ["--dynamic-config-value", f"{name}={value}"]
    return command


async def wait_until_up(address: str, *, timeout: float = 30.0) -> None:  # noqa: ASYNC109 - also says how long it waited
    """Return once the frontend answers for the default namespace. Raises NotReady after `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout):
            while True:
                try:
                    client = await Client.connect(address)
                    await client.count_workflows()
                except (RPCError, RuntimeError):
                    await asyncio.sleep(0.05)
                else:
                    return
    except TimeoutError:
        raise NotReady(f"Temporal did not answer at {address} within {timeout:g} s; its log says why.") from None


@asynccontextmanager
async def running_server(binary: Path, *, port: int, database: Path | None = None) -> AsyncIterator[str]:
    """A dev server for as long as the block runs; gives its address. The supervisor has its own."""
    process = subprocess.Popen(  # noqa: ASYNC220 - starting it takes a millisecond
        server_command(binary, port=port, database=database), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"127.0.0.1:{port}"
    try:
        await wait_until_up(address)
        yield address
    finally:
        process.kill()
        process.wait()
