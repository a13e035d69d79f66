"""Hints that a run has news. The truth is in the tables: losing a hint costs one poll."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self
from uuid import UUID

import asyncpg

from plait.background import end
from plait.store.pool import Pool
from plait.store.sql import load

CHANNEL = "plait_runs"
RUNS_AT_ONCE = 150
"""A notification carries at most 8,000 bytes: this many ids, or short names, and a comma each."""
INTERVAL_SECONDS = 0.02
RECONNECT_SECONDS = 0.5
CHECK_SECONDS = 15.0
OUTBOX = "outbox"
"""The topic of events that wait to be moved into the feed."""

logger = logging.getLogger(__name__)

queries = load("notify")


def feed_of(project: str) -> str:
    """The topic of a project's feed."""
    return f"feed:{project}"


async def tell(pool: Pool, topics: Iterable[UUID | str]) -> None:
    """Say at once that a few runs or topics changed; after the commit, on another connection than that."""
    await pool.execute(queries.tell, CHANNEL, ",".join(map(str, topics)))


class Publisher:
    """Tells which runs have news, at most every 20 ms, and never inside a writing transaction:
    a transaction that notifies holds a lock of the whole cluster until it is on disk.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._marked: dict[UUID | str, None] = {}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work(), name="publisher")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end(self._task)

    def mark(self, topics: Iterable[UUID | str]) -> None:
        """Say that these runs, or topics of other names, changed; call it after the commit."""
        self._marked.update(dict.fromkeys(topics))
        self._news.set()

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            told = list(self._marked)[:RUNS_AT_ONCE]
            for run_id in told:
                del self._marked[run_id]
            if not self._marked:
                self._news.clear()
            try:
                await tell(self._pool, told)
            except Exception as error:  # noqa: BLE001 - a hint may be lost, whatever the reason
                logger.debug("a notification was lost: %s", error)
            await asyncio.sleep(INTERVAL_SECONDS)


class RunFeed:
    """Listens on one connection a process and wakes whoever waits for a run, or for a topic of another name.

    `told` counts the news that came: what was read under one count is as new as any other read under it.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.told = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen(), name="run-feed")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end(self._task)

    @contextmanager
    def subscribe(self, about: UUID | str) -> Iterator[asyncio.Event]:
        """An event that is set when the run or topic may have news. Clear it, read, wait; and poll now and then."""
        event, topic = asyncio.Event(), str(about)
        self._waiting[topic].add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except Exception as error:  # noqa: BLE001 - whatever it was, those who wait poll meanwhile
                logger.warning("listening for runs broke off, trying again: %s", error)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        """Listen until the connection breaks, or until a silent one turns out to be dead."""
        connection = await asyncpg.connect(self._dsn, timeout=5, command_timeout=5)
        broken = asyncio.Event()
        connection.add_termination_listener(lambda _: broken.set())
        try:
            await connection.add_listener(CHANNEL, self._wake)
            self._wake_all()  # there may have been news while nobody listened
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(broken.wait(), CHECK_SECONDS)
                    return
                await connection.execute(queries.check)
        finally:
            await connection.close(timeout=1)

    def _wake(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self.told += 1
        for topic in str(payload).split(","):
            for event in self._waiting.get(topic, ()):
                event.set()

    def _wake_all(self) -> None:
        self.told += 1
        for events in self._waiting.values():
            for event in events:
                event.set()
