"""Carries out operations, item by item. One process leads; after a crash another goes on with the next item."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.service import RPCError

from api.operations.kinds import KINDS
from api.operations.work import NotYet, Perform, Work
from api.resources import Resources
from api.upkeep.telling import AWAY
from plait.clock import now
from plait.errors import PlaitError, Unavailable
from plait.store import operations as store
from plait.store.operations import Item, Kind
from plait.store.pool import Pool, is_outage

log = logging.getLogger("plait.operations")
EVERY_SECONDS = 1.0
LONGEST_NAP = 1.0
"""A throttled operation looks up so often whether it was cancelled."""
PROPOSED = timedelta(hours=1)
KEPT = timedelta(days=90)


class Operator:
    """The operations that this process carries out, each in a task of its own."""

    def __init__(self, held: Resources, kinds: Mapping[Kind, Perform] = KINDS) -> None:
        self._held = held
        self._kinds = kinds
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Take up what runs and has no task yet; one whose task broke off is taken up again."""
        self._tasks = {key: task for key, task in self._tasks.items() if not task.done()}
        for row in await store.list_running(self._held.pool):
            if row["id"] not in self._tasks:
                work = Work.of(row, open_mode=self._held.settings.open_mode)
                self._tasks[row["id"]] = asyncio.create_task(
                    patiently(carry_out(self._held, work, self._kinds[row["kind"]])), name=f"operation {row['id']}"
                )

    async def close(self) -> None:
        """Break off. Whoever leads next goes on with the item that this one had begun."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def patiently(doing: Coroutine[Any, Any, None]) -> None:
    """Leave an operation as it is when a server is away: it is taken up again."""
    try:
        await doing
    except Exception as error:
        if not is_away(error):
            log.exception("an operation broke off")


async def carry_out(held: Resources, work: Work, perform: Perform) -> None:
    """Do an operation's items in their order, `at_once` side by side, to the last or until it is cancelled."""
    queue = Queue(held.pool, work.id)
    others = [asyncio.create_task(do_items(held, work, perform, queue)) for _ in range(work.at_once - 1)]
    try:
        await do_items(held, work, perform, queue)
        await asyncio.gather(*others)
    finally:
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    await store.complete_operation(held.pool, work.id, now())


class Queue:
    """An operation's items, each handed to one at a time."""

    def __init__(self, pool: Pool, operation_id: UUID) -> None:
        self._pool = pool
        self._operation_id = operation_id
        self._under_way: set[int] = set()
        self._turn = asyncio.Lock()

    async def take(self) -> Item | None:
        """The next item that nobody is at; None when there is none, or the operation was cancelled."""
        async with self._turn:
            item = await store.next_item(self._pool, self._operation_id, self._under_way)
            if item is not None:
                self._under_way.add(item.n)
            return item

    def leave(self, item: Item) -> None:
        """It is settled, or to be taken up again."""
        self._under_way.discard(item.n)


async def do_items(held: Resources, work: Work, perform: Perform, queue: Queue) -> None:
    """Do one item after the other, until there is none that nobody is at."""
    while item := await queue.take():
        try:
            await do_item(held, work, perform, item)
        finally:
            queue.leave(item)


async def do_item(held: Resources, work: Work, perform: Perform, item: Item) -> None:
    """Settle an item; one whose time has not come is left as it is, a little later."""
    wait = (item.due_at - now()).total_seconds()
    if wait > 0:
        await asyncio.sleep(min(wait, LONGEST_NAP))
        return
    try:
        result, failure = await attempt(held, work, perform, item)
    except NotYet:
        await asyncio.sleep(LONGEST_NAP)
        return
    await store.settle_item(held.pool, item, now(), result, failure)


async def attempt(held: Resources, work: Work, perform: Perform, item: Item) -> tuple[Any, dict[str, str] | None]:
    """The item's result, or why it failed. What a server that is away left undone is no failure: it is raised."""
    try:
        return await perform(held, work, item), None
    except NotYet:
        raise
    except Exception as error:
        if is_away(error):
            raise
        if isinstance(error, PlaitError):
            return None, {"code": error.code, "message": str(error)}
        log.exception("item %d of operation %s failed", item.n, work.id)
        return None, {"code": "internal", "message": "Plait failed at this item; the log of the API says how."}


def is_away(error: Exception) -> bool:
    """Whether a server does not answer, so that the same may succeed later."""
    if isinstance(error, RPCError):
        return error.status in AWAY
    return isinstance(error, Unavailable) or is_outage(error)


async def sweep_operations(held: Resources) -> None:
    """Forget previews that nobody confirmed within the hour, and what ended three months ago."""
    at = now()
    await store.sweep_operations(held.pool, at - PROPOSED, at - KEPT)
