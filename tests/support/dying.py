"""Something that is killed at one of the moments at which it waits."""

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any


async def killed_at(step: int, doing: Coroutine[Any, Any, Any]) -> bool:
    """Whether it was over before it had waited so many times; else it is cut off there."""

    @types.coroutine
    def counted() -> Generator[Any, Any, Any]:
        error: BaseException | None = None
        for waited in range(1_000_000):
            try:
                future = doing.send(None) if error is None else doing.throw(error)
            except StopIteration:
                return
            if waited == step and (task := asyncio.current_task()) is not None:
                task.cancel()
            error = None
            try:
                yield future
            except BaseException as raised:  # noqa: BLE001 - it is passed on
                error = raised

    async def run() -> None:
        await counted()

    try:
        await asyncio.create_task(run())
    except asyncio.CancelledError:
        return False
    return True
