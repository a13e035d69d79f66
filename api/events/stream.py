"""A log as server-sent events."""

import asyncio
import logging
from collections.abc import AsyncIterator

import orjson
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Message, Send

from api.events.reading import Log
from api.events.streams import Texts, Words, follow_both
from api.resources import Resources

log = logging.getLogger("plait.events")
RETRY_MS = 2000
COMMENT_SECONDS = 15.0
SLOW_SECONDS = 20.0
"""A client that takes nothing for so long is dropped, alone."""


class EventStream(EventSourceResponse):
    """A stream that gives up on a client which does not read."""

    async def stream_response(self, send: Send) -> None:
        """Send, each piece within its time."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(SLOW_SECONDS):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            log.info("a client read nothing for %d s and was dropped", SLOW_SECONDS)


def stream_events(held: Resources, read: Log, after: int, texts: Texts | None = None) -> EventStream:
    """The events behind `after`, then those to come and the `texts` as they are said, until the log has ended."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(pieces(held, read, after, texts), headers=headers)


async def pieces(held: Resources, read: Log, after: int, texts: Texts | None) -> AsyncIterator[bytes]:
    """The stream's bytes."""
    yield format_sse_event(retry=RETRY_MS)
    async for batch in follow_both(held, read, after, texts, COMMENT_SECONDS):
        for piece in batch.pieces:
            yield piece
        if isinstance(batch, Words):
            continue
        if batch.ended:
            said = orjson.dumps({"status": batch.status, "last_seq": batch.next_after}).decode()
            yield format_sse_event(data_str=said, event="end", id=str(batch.next_after))
        elif not batch.events:
            yield format_sse_event(comment="still here")
