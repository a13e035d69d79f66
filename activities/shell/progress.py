"""How far a node is, as its function says it."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from temporalio import activity

EVERY = 1.0
"""Seconds between two records of one node; of what is said in between, the last counts."""

Said = tuple[float | None, str | None]


class Progress:
    """Records what is said in the block, at once the first time and at most once a second after that."""

    def __init__(self, record: Callable[[float | None, str | None], None]) -> None:
        self._record = record
        self._said: Said | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The node's end follows, which says more than what is left here.
        if self._timer is not None:
            self._timer.cancel()

    def say(self, progress: float | None = None, message: str | None = None) -> None:
        """Tell Temporal that the attempt lives, and everybody how far it is."""
        activity.heartbeat()
        if progress is None and message is None:
            return
        older = self._said or (None, None)
        self._said = (older[0] if progress is None else progress, older[1] if message is None else message)
        if self._timer is None:
            self._tell()

    def _tell(self) -> None:
        self._timer = None
        if self._said is not None:
            self._record(*self._said)
            self._said = None
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)
