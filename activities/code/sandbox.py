"""Runs programs in processes of their own: an interpreter of a Python subset that has no way to
files, the network or the environment, and that Python objects of this process never enter.

The interpreter is `pydantic-monty`. Its blocking interface is used, in threads: the asynchronous
one can abort the process that it runs in.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_monty import Monty, MontyError, MontySession

from activities.code.failures import failure_of
from activities.code.result import as_json
from activities.kind import NodeError
from interpreter.values import Json


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use: seconds of computing, bytes of memory, calls inside of each other."""

    seconds: float = 30.0
    memory: int = 256 * 1024 * 1024
    calls: int = 1000


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be run. `inputs` are its variables; its clock stands at `at`, and all that is
    random in it follows from `seed`, so that every attempt computes the same.
    """

    source: str
    inputs: Mapping[str, Json]
    at: datetime
    seed: str


class Sandbox:
    """The processes of one worker. They start when the first program does; one that dies is replaced."""

    def __init__(self, limits: Limits | None = None, processes: int | None = None) -> None:
        self.limits = limits or Limits()
        self.processes = processes or min(max(os.cpu_count() or 1, 2), 4)
        self._threads = ThreadPoolExecutor(self.processes, thread_name_prefix="code")
        self._opening = threading.Lock()
        self._pool: Monty | None = None

    async def run(self, program: Program) -> Json:
        """The program's result. Raises NodeError; a cancel ends the program's process."""
        call = _Call()
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._run, program, call)
        try:
            return await running
        except asyncio.CancelledError:
            call.stop()
            raise

    def close(self) -> None:
        """Take no more programs, and let the processes go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._opening:
            if self._pool is not None:
                self._pool.__exit__(None, None, None)
                self._pool = None

    def _run(self, program: Program, call: "_Call") -> Json:
        try:
            with self._session(program) as session:
                return as_json(call.made(session, lambda: _feed(session, program)))
        except MontyError as error:
            # Without the cause: its text may hold values of the program.
            raise failure_of(error, program.source, self.limits.seconds) from None

    def _session(self, program: Program) -> MontySession:
        return self._opened().checkout(
            limits={
                "max_feed_duration_secs": self.limits.seconds,
                "max_memory": self.limits.memory,
                "max_recursion_depth": self.limits.calls,
            },
            os_policy={"datetime": program.at, "sleep": "zero", "random_start": {"seed": program.seed}},
            assert_message_annotations=False,
        )

    def _opened(self) -> Monty:
        with self._opening:
            if self._pool is None:
                self._pool = Monty(min_processes=1, max_processes=self.processes).__enter__()
            return self._pool


class _Call:
    """One program at work, and how to end it from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: int | None = None
        self._stopped = False

    def made(self, session: MontySession, work: Callable[[], Any]) -> Any:
        """What the work comes to. The process is only ever killed while it works on this."""
        with self._lock:
            if self._stopped:
                raise NodeError("Cancelled", "The attempt was cancelled.", category="platform")
            self._process = session.worker_pid
        try:
            return work()
        finally:
            with self._lock:
                self._process = None

    def stop(self) -> None:
        """Kill the process, and keep the program from starting if it has not."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                with suppress(ProcessLookupError):
                    os.kill(self._process, signal.SIGKILL)


def _feed(session: MontySession, program: Program) -> Any:
    return session.feed_run(program.source, inputs=dict(program.inputs), print_callback=_drop)


def _drop(stream: str, text: str) -> None:
    """What a program prints goes nowhere: a log is no place for values."""
    del stream, text
