"""A run's log, read on from a place: once, or for as long as the run lives.

The rows are the truth and the place is the reader's; the feed only says when to look again, and a
slow reader makes nobody else wait.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.resources import Resources
from plait.errors import NotFound
from plait.store import events as store

BATCH = 500
POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Reading:
    """Which events of which run are read."""

    project: str
    run_id: UUID
    types: Sequence[str] | None = None
    paths: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What lay behind a place. `ended`: the run has ended and nothing lies behind `next_after`."""

    rows: Sequence[Any]
    next_after: int
    ended: bool
    status: str


async def read_batch(held: Resources, reading: Reading, after: int, limit: int = BATCH) -> Batch:
    """At most `limit` events behind `after`.

    How far the log goes is read first: whatever it says is then surely among the rows, so a place
    may move on over events that were not asked for.
    """
    end = await store.read_end(held.pool, reading.project, reading.run_id)
    if end is None:
        raise NotFound("There is no such run.")
    rows = await store.page_after(held.pool, reading.run_id, after, limit, reading.types, reading.paths)
    last = rows[-1]["seq"] if rows else after
    next_after = last if len(rows) == limit else max(last, end["last_seq"])
    return Batch(rows, next_after, end["ended"] and next_after >= end["last_seq"], end["status"])


async def wait_for_batch(held: Resources, reading: Reading, after: int, limit: int, seconds: float) -> Batch:
    """The next events, waited for at most so long."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    with held.feed.subscribe(reading.run_id) as news:
        while True:
            news.clear()
            batch = await read_batch(held, reading, after, limit)
            left = deadline - clock()
            if batch.rows or batch.ended or left <= 0:
                return batch
            after = batch.next_after
            await wait_for_news(news, left)


async def follow(held: Resources, reading: Reading, after: int, idle_seconds: float) -> AsyncIterator[Batch]:
    """All that happens behind `after` until the run has ended; an empty batch after so long without news."""
    clock = asyncio.get_running_loop().time
    told = clock()
    with held.feed.subscribe(reading.run_id) as news:
        while True:
            news.clear()
            batch = await read_batch(held, reading, after)
            after = batch.next_after
            if batch.rows or batch.ended or clock() - told >= idle_seconds:
                told = clock()
                yield batch
            if batch.ended:
                return
            if len(batch.rows) < BATCH:
                await wait_for_news(news, idle_seconds)


async def wait_for_news(news: asyncio.Event, seconds: float) -> None:
    """Until there may be something new; a hint can be lost, so never for long."""
    try:
        await asyncio.wait_for(news.wait(), min(seconds, POLL_SECONDS))
    except TimeoutError:
        return
