"""Waiting for a run to get somewhere: woken by the feed, and looking now and then all the same."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

from api.resources import Resources
from api.runs.blocked import PEOPLE, is_blocked
from interpreter.state import FINAL_RUN
from plait.store import nodes
from plait.store import runs as store

POLL_SECONDS = 0.5
Until = Literal["end", "blocked"]


async def wait_for_end(held: Resources, project: str, run_id: UUID, seconds: float) -> bool:
    """Whether the run ended within so many seconds."""
    return await wait_until(held, project, run_id, "end", seconds)


async def wait_until(held: Resources, project: str, run_id: UUID, until: Until, seconds: float) -> bool:
    """Whether the run got there within so many seconds."""

    async def is_there() -> bool:
        row = await store.read_status(held.pool, project, run_id)
        if row is None or row["status"] in FINAL_RUN:
            return True
        if until == "end" or row["status"] == "pending":
            return until == "blocked" and row["start_after"] is None
        if row["requested"] == "cancel":
            return False  # what it waits for is about to be closed
        if row["status"] == "paused":
            return not row["executing"]
        if row["executing"] or not await nodes.waits_for_somebody(held.pool, run_id, PEOPLE):
            # Looked at after each piece of news: where it is plain already, a large run's rows stay unread.
            return False
        plan = await held.plans.of(held.pool, project, row["plan_hash"])
        return is_blocked(plan, await nodes.list_states(held.pool, run_id))

    return await wait_for(held, run_id, is_there, seconds)


async def wait_for(held: Resources, run_id: UUID, is_there: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Whether the condition held within so many seconds; it is looked at after each piece of news."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    with held.feed.subscribe(run_id) as news:
        while True:
            news.clear()
            if await is_there():
                return True
            left = deadline - clock()
            if left <= 0:
                return False
            waiter = asyncio.ensure_future(news.wait())
            try:
                await asyncio.wait([waiter], timeout=min(left, POLL_SECONDS))
            finally:
                waiter.cancel()
