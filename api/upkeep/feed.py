"""Moves events into the feed, and hands them to what follows it. One process leads in this."""

import asyncio
import contextlib

from api.resources import Resources
from plait.store import feed as store
from plait.store.endpoint_deliveries import record_deliveries
from plait.store.notify import OUTBOX, feed_of, tell
from plait.store.rollups import roll_up

CONSUMERS: tuple[store.Consumer, ...] = (record_deliveries, roll_up)
"""What follows the feed, each in the transaction that places the events: all of it happens, or none."""
POLL_SECONDS = 0.5
"""News may come without a hint: a run's first event does."""
PAUSE_SECONDS = 0.02
"""Events that come quickly are moved together."""


async def feed_once(held: Resources) -> None:
    """Wait for news, not for long, and move all there is."""
    with held.feed.subscribe(OUTBOX) as news:
        moved = await move_all(held)
        if not moved:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), POLL_SECONDS)
    await asyncio.sleep(PAUSE_SECONDS)


async def move_all(held: Resources) -> int:
    """Move everything that waits, and wake those who read the feed."""
    total = 0
    while True:
        moved, projects = await store.move(held.pool, CONSUMERS)
        total += moved
        if projects:
            await tell(held.pool, map(feed_of, projects))
        if moved < store.BATCH:
            return total
