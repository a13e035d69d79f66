"""Durable timers of waits, gates, events and deadlines, by the time at which they are due."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from interpreter.document.model import point_in_time
from interpreter.messages import StartTimer
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
        return {key: due for key, due in self._due.items() if key in self._sleeping}

    def due_of(self, key: Key) -> datetime | None:
        """What this node awaits, if it awaits anything."""
        return self._due.get(key)

    def expect(self, key: Key, due: datetime) -> None:
        """Say until when this node would wait, which may not have to."""
        self._due[key] = due

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


def due_of(command: StartTimer) -> datetime:
    """The time at which the timer is due. Raises ValueError where its `at` is none."""
    if command.at is None:
        return workflow.now() + timedelta(seconds=command.seconds or 0)
    return point_in_time(command.at)
