"""One child of the supervisor: started in a process group of its own, restarted, ended as a whole."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plait.background import end
from plait.errors import PlaitError
from plait.process import die_with_parent

BACK_OFF = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each restart of a child that keeps ending; the last one repeats."""
STEADY = 30.0
"""A child that ran this many seconds starts its back-off anew."""


@dataclass(frozen=True, slots=True)
class Program:
    """How to start a child. `user` is whom it runs as when the supervisor is root.

    `stop` asks it to end, and is followed by SIGKILL after `grace` seconds; `on_orphaned` is what
    the kernel sends it when the supervisor dies.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    user: str | None = None
    stop: signal.Signals = signal.SIGTERM
    on_orphaned: signal.Signals = signal.SIGKILL
    grace: float = 10.0
    before: Callable[[], None] = field(default=lambda: None)


class Child:
    """Keeps a program running until it is told to stop."""

    def __init__(self, program: Program, report: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.program = program
        self._report = report
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._wished = False
        self._keeping: asyncio.Task[None] | None = None
        self._watched: int | None = None

    @property
    def group(self) -> int | None:
        """The process group, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it, and keep it running from now on."""
        await self._spawn()
        self._keeping = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")

    async def restart(self) -> None:
        """End it; it is started again at once."""
        if self._process and self._process.returncode is None:
            self._wished = True
            await self._end(self._process)

    async def stop(self) -> None:
        """Ask it to end, and see to it that nothing of its group is left."""
        if self._keeping:
            await end(self._keeping)
        if self._process:
            await self._end(self._process)
        if self._watched is not None:
            os.close(self._watched)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while self._process:
            began = loop.time()
            code = await self._process.wait()
            kill_group(self._process.pid)
            if self._wished:
                failures, self._wished = 0, False
            else:
                failures = 1 if loop.time() - began > STEADY else failures + 1
                self._report(f"{self.program.name} ended ({ending(code)}); starting it again (log: {self.program.log})")
                await asyncio.sleep(BACK_OFF[min(failures, len(BACK_OFF)) - 1])
            await self._spawn_again()

    async def _spawn_again(self) -> None:
        """Start it, however long that takes: its files may be missing for a while, or for good."""
        while True:
            try:
                return await self._spawn()
            except (OSError, PlaitError) as error:
                self._report(f"{self.program.name} cannot be started again: {error}")
                await asyncio.sleep(BACK_OFF[-1])

    async def _spawn(self) -> None:
        self.program.before()
        with self.program.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._kept_command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.program.environment),
                start_new_session=True,
                user=self.program.user,
                group=self.program.user,
                extra_groups=[] if self.program.user else None,
                preexec_fn=lambda: die_with_parent(self.program.on_orphaned),
                pass_fds=() if self._watched is None else (self._watched,),
            )
        self._changed()

    def _kept_command(self) -> tuple[str, ...]:
        """The command; behind a keeper where the kernel has no death signal."""
        if sys.platform == "linux":
            return self.program.command
        if self._watched is None:
            self._watched, _ = os.pipe()  # the write end stays open as long as this process lives
        return (sys.executable, "-m", "plait.dev.keeper", str(self._watched), *self.program.command)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.send_signal(self.program.stop)
            try:
                await asyncio.wait_for(process.wait(), self.program.grace)
            except TimeoutError:
                self._report(f"{self.program.name} did not stop within {self.program.grace:g} s; killing it")
        kill_group(process.pid)
        await process.wait()


def kill_group(group: int) -> None:
    """End whatever is left of a process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
