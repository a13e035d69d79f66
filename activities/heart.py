"""Heartbeats in the background: they tell Temporal that the worker lives, and bring a cancel."""

import asyncio
from types import TracebackType
from typing import Self

from temporalio import activity

INTERVAL = 0.7
"""Seconds. A cancel comes with the answer to a heartbeat, so this is how late it may be."""


class Heart:
    """Beats while the block runs; a block that is over sooner than one interval never beats."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._beat)

    def _beat(self) -> None:
        activity.heartbeat()
        self._wait()
