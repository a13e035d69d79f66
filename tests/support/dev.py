"""A real `plait dev` in a process of its own, as a person would start it."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

PLAIT = (sys.executable, "-m", "plait.cli")


@dataclass
class Dev:
    """The running stack; `groups` are the process groups of its children, by name."""

    directory: Path
    ports: tuple[int, int, int]
    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def groups(self) -> dict[str, int]:
        return json.loads((self.directory / "processes.json").read_text())

    async def plait(self, *arguments: str, within: float = 60) -> tuple[int, str]:
        """Run a command of the command line against this stack: its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            *PLAIT,
            *arguments,
            env={**os.environ, "PLAIT_URL": self.url, "COLUMNS": "200"},
            cwd=self.directory.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await asyncio.wait_for(process.communicate(), within)
        assert process.returncode is not None
        return process.returncode, told.decode()

    async def wait_ready(self, within: float = 60) -> None:
        """Return once the API says that it is ready."""
        async with asyncio.timeout(within), httpx2.AsyncClient(timeout=2, trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx2.HTTPError):
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.05)

    async def wait_for_other(self, name: str, than: int, within: float = 30) -> None:
        """Return once the child runs in another process group than this one."""
        async with asyncio.timeout(within):
            while self.groups.get(name) in {None, than}:
                await asyncio.sleep(0.05)

    async def end(self, how: signal.Signals, within: float = 60) -> int:
        """Send the supervisor a signal and give its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), within)


def dev_command(directory: Path, ports: tuple[int, int, int]) -> tuple[str, ...]:
    """How `plait dev` is typed."""
    port, temporal_port, ui_port = map(str, ports)
    told = ("--data-dir", str(directory), "--port", port, "--temporal-port", temporal_port, "--ui-port", ui_port)
    return (*PLAIT, "dev", *told)


def free_ports() -> tuple[int, int, int]:
    """Three loopback ports that nothing listened on a moment ago."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(3)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        first, second, third = (probe.getsockname()[1] for probe in probes)
        return first, second, third


@asynccontextmanager
async def plait_dev(
    directory: Path, ports: tuple[int, int, int], environment: dict[str, str] | None = None, *options: str
) -> AsyncIterator[Dev]:
    """Start `plait dev`, wait until it is ready, and stop it with SIGINT if it still runs."""
    log = (directory.parent / "dev.log").open("ab")
    process = await asyncio.create_subprocess_exec(
        *dev_command(directory, ports), *options,
        env={**os.environ, **(environment or {})}, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    dev = Dev(directory, ports, process)
    try:
        ready = asyncio.create_task(dev.wait_ready())
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        assert not ended.done(), (directory.parent / "dev.log").read_text()
        ended.cancel()
        await ready
        yield dev
    finally:
        if process.returncode is None:
            await dev.end(signal.SIGINT)
        log.close()


def processes_of(directory: Path) -> list[str]:
    """The command lines of all processes that still work in this directory."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                if os.fsencode(directory) in told:
                    found.append(told[:200].replace(b"\0", b" ").decode(errors="replace"))
    return found
