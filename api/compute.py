"""Work that takes the processor: in this process while it is small, else in two of its own.

Whatever it is, it has two seconds. What is handed over and back is plain data.
"""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from plait.errors import Invalid
from plait.process import die_with_parent

PROCESSES = 2
SECONDS = 2.0

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Computer:
    """Runs pure functions aside. The processes are started when they are first needed."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def compute(
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """The function's result; `Invalid` if it takes too long."""
        try:
            return await asyncio.wrap_future(self._started().submit(limited, work, *args, **kwargs))
        except BrokenProcessPool:
            # A worker was killed from outside; the work itself is pure, so it is simply done again.
            self._pool = None
            return await asyncio.wrap_future(self._started().submit(limited, work, *args, **kwargs))
        except TimeoutError:
            message = f"This took longer than {SECONDS:g} seconds, which is the limit here."
            raise Invalid(message) from None

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
    """A process of the pool ends with its parent, and leaves Ctrl-C to it."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def limited(work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """Run the work until it is done or its time is over. Python code is interrupted anywhere."""
    signal.signal(signal.SIGALRM, time_is_over)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return work(*args, **kwargs)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def time_is_over(*_: object) -> None:
    """The handler of the alarm."""
    raise TimeoutError
