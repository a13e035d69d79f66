"""Durable timers of waits, gates, events and deadlines, by the time at which they are due."""

import asyncio
from datetime import datetime

from temporalio import workflow

from interpreter.shell.keys import Key
from interpreter.shell.mailbox import Mailbox


class Timers:
    """The timers of one run. Each posts a letter when it is due, so that a vote before it counts first."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._due: dict[Key, datetime] = {}
        self._sleeping: dict[Key, asyncio.Task[None]] = {}

    @property
    def due(self) -> dict[Key, datetime]:
        """What is awaited, as continue-as-new carries it."""
        return dict(self._due)

    def due_of(self, key: Key) -> datetime | None:
        """What this node awaits, if it awaits anything."""
        return self._due.get(key)

    def start(self, key: Key, due: datetime, summary: str) -> None:
        """Await this time; one that has passed is due now."""
        self._due[key] = due
        self._sleeping[key] = self._mailbox.spawn(self._sleep(key, due, summary))

    def stop(self, key: Key) -> None:
        """Await it no longer, if it is awaited."""
        self._due.pop(key, None)
        sleeping = self._sleeping.pop(key, None)
        if sleeping is not None:
            sleeping.cancel()

    async def _sleep(self, key: Key, due: datetime, summary: str) -> None:
        seconds = (due - workflow.now()).total_seconds()
        if seconds > 0:
            await workflow.sleep(seconds, summary=summary)
        del self._due[key], self._sleeping[key]
        self._mailbox.post({"kind": "timer", **key._asdict()})
