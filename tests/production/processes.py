"""A process of the production shape: started, asked, stopped, killed."""

import asyncio
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2

from plait.process import die_with_parent


@dataclass
class Process:
    """A running process, its log, and where it answers if it does."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    async def get(self, path: str) -> httpx2.Response | None:
        """What it answers; None when nothing answers within a second."""
        async with httpx2.AsyncClient(timeout=1, trust_env=False) as client:
            try:
                return await client.get(self.url + path)
            except httpx2.TransportError:
                return None

    async def until(self, path: str, status: int, seconds: float = 60) -> str:
        """The answer, once it has the status."""
        answer = None
        try:
            async with asyncio.timeout(seconds):
                while answer is None or answer.status_code != status:
                    assert self.popen.poll() is None, f"{self.name} ended:\n{self.said}"
                    await asyncio.sleep(0.05)
                    answer = await self.get(path)
        except TimeoutError:
            raise AssertionError(f"{self.name} answers {answer} at {path}, not {status}:\n{self.said}") from None
        return answer.text

    async def until_said(self, words: str, seconds: float = 60) -> None:
        """Return once its log has the words."""
        try:
            async with asyncio.timeout(seconds):
                while words not in self.said:
                    assert self.popen.poll() is None, f"{self.name} ended:\n{self.said}"
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{self.name} does not say {words!r}:\n{self.said}") from None

    async def end(self, how: signal.Signals, seconds: float = 30) -> int:
        """Send it the signal, and give its exit code."""
        self.popen.send_signal(how)
        return await asyncio.to_thread(self.popen.wait, seconds)


def spawn(
    name: str,
    command: list[str],
    environment: Mapping[str, str],
    home: Path,
    *,
    port: int = 0,
    user: str | None = None,
) -> Process:
    """Start a process that ends with this one; its log is `{name}.log` in its home."""
    log = home / f"{name}.log"
    with log.open("ab") as out:
        popen = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent,  # noqa: PLW1509
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    return Process(name, popen, log, port)


def run_to_end(
    command: list[str], environment: Mapping[str, str], home: Path, *, user: str | None = None, code: int = 0
) -> str:
    """Run a command that ends by itself with this code; gives all that it said."""
    done = subprocess.run(
        command,
        env=dict(environment),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=180,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout
