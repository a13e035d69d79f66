"""Logs, read on from a place: once, or for as long as something may come.

The rows are the truth and the place is the reader's; news only says when to look again, and a slow
reader makes nobody else wait. Readers of one log who stand at one place read it together: it is
asked for, and written as text, once for all of them.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol
from uuid import UUID

from fastapi.sse import format_sse_event

from api.events.schemas import Event
from api.resources import Resources

BATCH = 500
POLL_SECONDS = 2.0
PIECE_BYTES = 32 * 1024
"""What is written at once is kept for each client until it reads it."""


@dataclass(frozen=True)
class Batch:
    """What lay behind a place. `ended`: nothing lies behind `next_after`, and nothing will."""

    events: tuple[Event, ...]
    next_after: int
    ended: bool = False
    status: str | None = None

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The events as JSON."""
        return tuple(event.model_dump_json() for event in self.events)

    @cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """The events as pieces of a stream, short ones together."""
        pieces = [b""]
        for event, text in zip(self.events, self.texts, strict=True):
            if len(pieces[-1]) >= PIECE_BYTES:
                pieces.append(b"")
            pieces[-1] += format_sse_event(data_str=text, event=event.type, id=str(event.place))
        return tuple(filter(None, pieces))


class Log(Protocol):
    """What is read: equal ones have the same events, so they are hashable."""

    def __hash__(self) -> int: ...

    @property
    def topic(self) -> UUID | str:
        """What its news come under."""
        ...

    async def read(self, held: Resources, after: int, limit: int = BATCH) -> Batch:
        """At most `limit` events behind `after`."""
        ...


async def wait_for_batch(held: Resources, log: Log, after: int, limit: int, seconds: float) -> Batch:
    """The next events, waited for at most so long."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    with held.feed.subscribe(log.topic) as news:
        while True:
            news.clear()
            batch = await log.read(held, after, limit)
            left = deadline - clock()
            if batch.events or batch.ended or left <= 0:
                return batch
            after = batch.next_after
            await wait_for_news(news, left)


async def follow(held: Resources, log: Log, after: int, idle_seconds: float) -> AsyncGenerator[Batch]:
    """All that happens behind `after` until the log has ended; an empty batch after so long without news."""
    clock = asyncio.get_running_loop().time
    told = clock()
    with held.feed.subscribe(log.topic) as news:
        while True:
            news.clear()
            # A read that began under the same count of news is as new as one that would begin now.
            place = (log, after, held.feed.told)
            batch: Batch = await held.together.fetch(place, partial(log.read, held, after, BATCH))
            after = batch.next_after
            if batch.events or batch.ended or clock() - told >= idle_seconds:
                told = clock()
                yield batch
            if batch.ended:
                return
            if len(batch.events) < BATCH:
                await wait_for_news(news, idle_seconds)


async def wait_for_news(news: asyncio.Event, seconds: float) -> None:
    """Until there may be something new; a hint can be lost, so never for long."""
    try:
        await asyncio.wait_for(news.wait(), min(seconds, POLL_SECONDS))
    except TimeoutError:
        return
