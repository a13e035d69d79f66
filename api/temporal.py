"""The API's way to Temporal: made when it is first needed, made again when it is lost.

Reads never come here, so they work while Temporal is down.
"""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio.client import Client

from plait.errors import Unavailable

CONNECT_SECONDS = 3.0
PAUSE_SECONDS = 1.0
"""For so long after a failure nobody tries again: a queue of requests must not wait in turn."""


class TemporalLink:
    """Hands out the client. A made client reconnects by itself."""

    def __init__(self, connect: Callable[[], Awaitable[Client]]) -> None:
        self._connect = connect
        self._client: Client | None = None
        self._lock = asyncio.Lock()
        self._not_before = 0.0

    async def client(self) -> Client:
        """The client, or `Unavailable`."""
        if self._client is None:
            async with self._lock:
                self._client = self._client or await self._connected()
        return self._client

    async def _connected(self) -> Client:
        clock = asyncio.get_running_loop().time
        if clock() < self._not_before:
            raise temporal_away()
        try:
            return await asyncio.wait_for(self._connect(), CONNECT_SECONDS)
        except (TimeoutError, Unavailable) as error:
            self._not_before = clock() + PAUSE_SECONDS
            raise temporal_away() from error


def temporal_away() -> Unavailable:
    """What is said wherever Temporal does not answer."""
    message = "Temporal does not answer at the moment. The same request may succeed later."
    return Unavailable(message, code="temporal_unavailable")
