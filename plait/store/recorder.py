"""The one way to write runs: callers queue changes, one task commits them in groups.

A commit for each change would have every caller wait for the run's row lock and for the disk in
turn; a group waits once. Nobody is answered before the commit.
"""

import asyncio
import contextlib
import logging
from collections import deque
from typing import Self

from plait.background import end
from plait.errors import Unavailable
from plait.store.batch import write_batch
from plait.store.changes import Change, StoredValue, Written
from plait.store.notify import OUTBOX, Publisher
from plait.store.pool import Pool, is_outage

BATCH_NODES = 200
BATCH_BYTES = 1024 * 1024
LINGER_SECONDS = 0.005
"""How long a note waits for company: a node that is over sooner is one transaction, not two."""
BACK_OFF = (0.02, 0.1, 0.25, 0.5, 1.0)
CLOSE_SECONDS = 10.0

_CHANGE_BYTES = 1024  # what a change weighs besides its values

logger = logging.getLogger(__name__)


class Recorder:
    """Group commit of changes; one a process, used as a context manager."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._publisher = Publisher(pool)
        self._waiting: deque[tuple[Change, asyncio.Future[Written]]] = deque()
        self._filled = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._publisher.__aenter__()
        self._task = asyncio.create_task(self._work(), name="recorder")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what waits, for at most `CLOSE_SECONDS`; whoever is left is told that it was not."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), CLOSE_SECONDS)
        if self._task is not None:
            await end(self._task)
            self._task = None
        for _change, answer in self._waiting:
            if not answer.done():
                answer.set_exception(Unavailable("Postgres did not answer before this process ended."))
        await self._publisher.__aexit__()

    def put(self, change: Change) -> asyncio.Future[Written]:
        """Queue a change that somebody waits for: it is written at once. Await the answer to know it committed.

        Changes of one process are written in the order in which they were put and noted.
        """
        answer = self._queue(change)
        self._filled.set()
        return answer

    def note(self, change: Change) -> asyncio.Future[Written]:
        """Queue a change that nobody waits for: it is written with the next one, or after 5 ms."""
        answer = self._queue(change)
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._stop_lingering)
        return answer

    def _queue(self, change: Change) -> asyncio.Future[Written]:
        if self._task is None:
            raise RuntimeError("the Recorder is not running")
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((change, answer))
        self._idle.clear()
        return answer

    def _stop_lingering(self) -> None:
        if self._waiting:
            self._filled.set()

    async def _work(self) -> None:
        while True:
            await self._filled.wait()
            batch = self._next_batch()
            await self._settle(batch)
            for _ in batch:
                self._waiting.popleft()
            if not self._waiting:
                self._filled.clear()
                self._idle.set()

    def _next_batch(self) -> list[tuple[Change, asyncio.Future[Written]]]:
        """What waits, up to the limits of a batch; it stays queued until it is answered."""
        batch: list[tuple[Change, asyncio.Future[Written]]] = []
        nodes: set[object] = set()
        weight = 0
        for entry in self._waiting:
            change = entry[0]
            # A start and its end in one batch become one row.
            nodes.add((change.run_id, change.node.path) if change.node else id(change))
            weight += _weight(change)
            if batch and (len(nodes) > BATCH_NODES or weight > BATCH_BYTES):
                break
            batch.append(entry)
        return batch

    async def _settle(self, batch: list[tuple[Change, asyncio.Future[Written]]]) -> None:
        """Commit the batch and answer its callers; if it cannot be written, each change alone."""
        try:
            written, fed = await self._commit([change for change, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is the caller's, and only that caller's
            if len(batch) > 1:
                logger.warning("a batch of %d changes failed, writing each alone: %s", len(batch), error)
                for one in batch:
                    await self._settle([one])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        self._publisher.mark(change.run_id for change, _ in batch)
        if fed:
            self._publisher.mark((OUTBOX,))
        for (_, answer), outcome in zip(batch, written, strict=True):
            if not answer.done():
                answer.set_result(outcome)

    async def _commit(self, changes: list[Change]) -> tuple[list[Written], bool]:
        """One transaction, again and again while Postgres is away.

        The reply to a commit may be lost though it happened: changes are absolute and events have
        keys, so writing them again finds them there.
        """
        failures = 0
        while True:
            try:
                async with self._pool.acquire() as connection:
                    return await write_batch(connection, changes)
            except Exception as error:
                if not is_outage(error):
                    raise
                pause = BACK_OFF[min(failures, len(BACK_OFF) - 1)]
                failures += 1
                logger.warning("Postgres is away, trying again in %.2f s: %s", pause, error)
                await asyncio.sleep(pause)


def _weight(change: Change) -> int:
    """About how many bytes a change is."""
    values: list[StoredValue | None] = []
    if change.node is not None:
        values += [change.node.input, change.node.output]
    if change.run is not None:
        values.append(change.run.output)
    return _CHANGE_BYTES + sum(value.size for value in values if value is not None and value.ref is None)
