"""Work of a process that goes on in the background, for as long as something else does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Do the work while the block runs, and end it with the block. Raises what the work failed with before."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        await end(task)


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it is over. Raises what it failed with before."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
