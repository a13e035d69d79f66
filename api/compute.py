"""Work that takes the processor, done in two processes of its own so that requests are answered meanwhile.

Whatever it is, its time is limited. What is handed over and back is plain data.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import ParamSpec, TypeVar

from plait.errors import Invalid
from plait.process import die_with_parent

PROCESSES = 2
NICENESS = 5

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Computer:
    """Runs pure functions aside. The processes are started when they are first needed, or prepared for."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def compute(
        self, seconds: float, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """The function's result; `Invalid` if it takes more than these seconds of processor time."""
        try:
            return await self._submit(seconds, work, *args, **kwargs)
        except BrokenProcessPool:
            # A process was killed from outside; the work is pure, so it is simply done again.
            self._pool = None
            return await self._submit(seconds, work, *args, **kwargs)
        except TimeoutError:
            raise Invalid(f"This takes more than {seconds:g} seconds to compute, which is the limit here.") from None

    def prepare(self, work: Callable[..., object]) -> None:
        """Have a process start meanwhile and import what this work needs, so that its first call need not wait."""
        self._started().submit(callable, work)

    async def _submit(
        self, seconds: float, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        return await asyncio.wrap_future(self._started().submit(limited, seconds, work, *args, **kwargs))

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned, not forked: a fork would copy open connections and Temporal's threads.
            self._pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=begin)
        return self._pool

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def begin() -> None:
    """A process of the pool ends with its parent, gives way to it, and leaves Ctrl-C to it."""
    die_with_parent()
    parent = parent_process()
    if parent is not None and os.getppid() != parent.pid:
        os._exit(1)  # it died before it could be asked for
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def limited(
    seconds: float, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run the work until it is done or has had its time. Python code is interrupted anywhere.

    Processor time, so that a busy machine refuses nothing that an idle one takes.
    """
    signal.signal(signal.SIGPROF, time_is_over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return work(*args, **kwargs)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def time_is_over(*_: object) -> None:
    """The handler of the signal."""
    raise TimeoutError
