"""Quick activities with an answer of their own, each asked for after what led to it is on record."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from temporalio.exceptions import ApplicationError

from interpreter.messages import Event, NodeCompleted
from interpreter.shell.activities import Activities
from interpreter.shell.failures import failure_of, was_refused
from interpreter.shell.flush import Flusher
from interpreter.shell.keys import Key, Places
from interpreter.shell.mailbox import Mailbox

Work = Coroutine[Any, Any, Event | None]


class Answers:
    """What is asked for in one run and not answered yet.

    Who is to stop meanwhile is answered first, and then handed to `stop` unless it has completed.
    """

    def __init__(
        self, places: Places, mailbox: Mailbox, flusher: Flusher, activities: Activities, room: asyncio.Semaphore
    ) -> None:
        self._places, self._mailbox, self._flusher = places, mailbox, flusher
        self._activities, self._room = activities, room
        self._asking: dict[Key, asyncio.Task[None]] = {}
        self._unwanted: dict[Key, str] = {}

    @property
    def quiet(self) -> bool:
        """True if nothing is asked for and not answered."""
        return not self._asking

    @property
    def busy(self) -> list[Key]:
        """What something is asked for."""
        return list(self._asking)

    def awaits(self, key: Key) -> bool:
        """Whether this node's answer is on its way."""
        return key in self._asking

    def stop(self, key: Key, reason: str) -> None:
        """Have this node stopped once what is being asked for it is answered."""
        self._unwanted[key] = reason

    def ask(self, key: Key, work: Work, stop: Callable[[Key, str], None]) -> None:
        """Do this for a node; what it raises is the node's failure."""
        self._asking[key] = self._mailbox.spawn(self._answer(key, work, stop))

    async def answered(self, key: Key) -> None:
        """Return once nothing is asked for this node any more."""
        while (asking := self._asking.get(key)) is not None:
            await asyncio.shield(asking)

    async def _answer(self, key: Key, work: Work, stop: Callable[[Key, str], None]) -> None:
        await self._flusher.drained()
        event, error = None, None
        try:
            async with self._room:
                event = await work
        except ApplicationError as raised:
            error = raised
        del self._asking[key]
        reason = self._unwanted.pop(key, None)
        if isinstance(event, NodeCompleted) or (event is not None and reason is None):
            self._mailbox.put(event)
        elif reason is not None:
            stop(key, reason)
        elif error is not None and was_refused(error):
            self._activities.refuse(key)
        elif error is not None:
            self._activities.fail(key, failure_of(error, self._places.planned(key)))
        self._mailbox.wake()
