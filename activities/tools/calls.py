"""Runs users' functions: `def` in threads, `async def` in the event loop, which they must not block."""

import asyncio
import contextvars
import functools
import inspect
import logging
import time
import types
from collections.abc import Callable, Coroutine, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from opentelemetry import metrics

THREADS = 64
BLOCKED_AFTER = 0.5
"""Seconds that a function may hold the event loop before it is told of: every other activity of the
process waits meanwhile, heartbeats too."""

logger = logging.getLogger("plait.tools")


class Calls:
    """The threads for users' functions, and the watch on those without."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tool")
        self._blocked = metrics.get_meter("plait").create_counter(
            "plait_tool_blocked_loop", description="Times that a tool held the event loop for too long."
        )

    async def run(self, name: str, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """The function's result, or its exception. `name` is what the log calls it: `tool vat`."""
        if inspect.iscoroutinefunction(function):
            return await watched(function(**arguments), functools.partial(self._tell, name))
        context = contextvars.copy_context()
        call = functools.partial(context.run, function, **arguments)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """Take no more calls. A thread cannot be stopped: what runs in one runs to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _tell(self, name: str, seconds: float) -> None:
        self._blocked.add(1, {"tool": name.removeprefix("tool ")})
        logger.warning("%s blocked the event loop for %.1f s: write it with def, not async def", name, seconds)


@types.coroutine
def watched(coroutine: Coroutine[Any, Any, Any], tell: Callable[[float], None]) -> Generator[Any, Any, Any]:
    """Drive the coroutine step by step, and tell of each step that held the event loop too long."""
    answer: Any = None
    error: BaseException | None = None
    while True:
        began = time.perf_counter()
        try:
            awaited = coroutine.send(answer) if error is None else coroutine.throw(error)
        except StopIteration as end:
            return end.value
        finally:
            if (seconds := time.perf_counter() - began) > BLOCKED_AFTER:
                tell(seconds)
        answer, error = None, None
        try:
            answer = yield awaited
        except BaseException as thrown:  # noqa: BLE001  # handed on into the coroutine
            error = thrown
