"""What has arrived and is not decided yet.

Events of activities are ready to be decided. Letters (signals, and timers that race with them) are
opened one after another first, so that a vote that came before a timer is also counted before it.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any

from interpreter.messages import Event

LETTERS = 2_000
"""Letters kept at once. More are dropped: a vote and an override are rows, and whoever signals them
does so again until their row says what became of them."""

BREATH = 0.001
"""Seconds of the timer that ends an activation: nothing else does."""

Letter = dict[str, Any]
"""Plain JSON, as continue-as-new carries it: `{"kind": …}` and what that kind needs."""


class Mailbox:
    """The two queues of one run, each with the one Event that its reader waits on."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self.letters: deque[Letter] = deque()
        self._posted = asyncio.Event()
        self._broken: BaseException | None = None

    def put(self, event: Event) -> None:
        """Have this event decided in the next turn."""
        self._events.append(event)
        self._arrived.set()

    def take(self, limit: int) -> list[Event]:
        """The oldest events, at most `limit` of them; what is left comes with the next activation."""
        taken = [self._events.popleft() for _ in range(min(limit, len(self._events)))]
        self._arrived.clear()
        if self._events:
            asyncio.get_running_loop().call_later(BREATH, self.wake)
        return taken

    async def arrival(self) -> None:
        """Return once there is an event. Raises what a task of `spawn` raised."""
        await self._arrived.wait()
        if self._broken is not None:
            raise self._broken

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run this beside the loop. What it raises is raised in the loop: the workflow task then fails
        and shows why, where a task that died in silence would leave the run waiting for ever.
        """
        task = asyncio.create_task(work)
        task.add_done_callback(self._watch)
        return task

    def _watch(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = error
            self._arrived.set()

    def wake(self) -> None:
        """Have the loop take a turn although no event has come."""
        self._arrived.set()

    def post(self, letter: Letter) -> None:
        """Queue a letter; a signal beyond the bound is dropped, a timer's never."""
        if len(self.letters) < LETTERS or letter["kind"] in {"timer", "deadline"}:
            self.letters.append(letter)
            self._posted.set()

    async def next_letter(self) -> Letter:
        """The oldest letter, which stays in the queue until `opened`."""
        while not self.letters:
            self._posted.clear()
            await self._posted.wait()
        return self.letters[0]

    def opened(self) -> None:
        """The oldest letter is dealt with."""
        self.letters.popleft()

    @property
    def quiet(self) -> bool:
        """True if nothing waits to be decided or opened."""
        return not self._events and not self.letters
