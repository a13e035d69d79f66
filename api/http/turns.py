"""Turns: as many requests of a kind at work as the process can serve, the others in a line that is left in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.http.errors import Refusal


class Turns:
    """At most `at_work` at once. Whoever has waited `patience` seconds is told when to come again.

    A line without an end would only move the wait to where nobody sees it: to Postgres' connections, and to the
    caller's own timeout, after which nobody knows whether the request was done.
    """

    def __init__(self, at_work: int, patience: float) -> None:
        self._room = asyncio.Semaphore(at_work)
        self._patience = patience

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a place while the block runs. Raises `rate_limited` when none came free in time; nothing was done then."""
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError:
            message = "More is asked for at once than this process can take; the request was not begun. Try again."
            raise Refusal("rate_limited", message, headers={"Retry-After": "1"}) from None
        try:
            yield
        finally:
            self._room.release()
