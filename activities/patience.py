"""Waiting for Postgres: what it answers costs no attempt while it is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from plait.store.pool import is_outage

PATIENCE = 0.25
"""Seconds between two tries while Postgres is away."""

Answer = TypeVar("Answer")


class NotYetRecorded(Exception):
    """What the node reads was decided by the workflow, and the flush that records it is still on its way:
    after an outage of Postgres it may be behind the node.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)

    def __str__(self) -> str:
        return f"{self.path} is not on record yet"


async def patiently(work: Callable[[], Awaitable[Answer]]) -> Answer:
    """The result, as soon as Postgres is there to give it; an outage, and what lags behind after it, costs
    no attempt.
    """
    while True:
        try:
            return await work()
        except Exception as error:
            if not is_outage(error) and not isinstance(error, NotYetRecorded):
                raise
            await asyncio.sleep(PATIENCE)
