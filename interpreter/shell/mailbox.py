"""What has arrived and is not decided yet.

Events of activities are ready to be decided. Letters (signals, and timers that race with them) are
opened one after another first, so that a vote that came before a timer is also counted before it.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from itertools import islice, takewhile
from typing import Any

from interpreter.messages import Event

LETTERS = 2_000
"""Signals kept at once. More are dropped: what they speak of are rows, and whoever signals them does
so again until their row says what became of them."""

EVENTS_AT_ONCE = 100
"""External events that are loaded together."""

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
        self._held = False

    def put(self, event: Event) -> None:
        """Have this event decided in the next turn."""
        self._events.append(event)
        self._arrived.set()

    def next_event(self) -> Event | None:
        """The oldest event, if there is one."""
        return self._events.popleft() if self._events else None

    def rest(self) -> None:
        """End a turn; what is left comes with the next activation."""
        if self._events:
            self._arrived.clear()
            asyncio.get_running_loop().call_later(BREATH, self.wake)

    async def arrival(self) -> None:
        """Return once there is something to take a turn for. Raises what a task of `spawn` raised."""
        await self._arrived.wait()
        self._arrived.clear()
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

    def receive(self, letter: Letter) -> None:
        """Queue what a signal says; dropped beyond the bound."""
        if len(self.letters) < LETTERS:
            self.post(letter)

    def post(self, letter: Letter) -> None:
        """Queue a letter of the run's own, which is never dropped."""
        self.letters.append(letter)
        self._posted.set()

    def hold(self) -> None:
        """Have no letter opened from now on; they are kept."""
        self._held = True

    def release(self) -> None:
        """Have letters opened again."""
        self._held = False
        self._posted.set()

    async def next_letters(self) -> list[Letter]:
        """The oldest letter; of events all that follow it at once, as they are loaded together. They stay
        in the queue until `opened`.
        """
        while not self.letters or self._held:
            self._posted.clear()
            await self._posted.wait()
        if self.letters[0]["kind"] != "event":
            return [self.letters[0]]
        return list(takewhile(lambda letter: letter["kind"] == "event", islice(self.letters, EVENTS_AT_ONCE)))

    def opened(self, letters: int) -> None:
        """So many of the oldest letters are dealt with."""
        for _ in range(letters):
            self.letters.popleft()

    @property
    def quiet(self) -> bool:
        """True if nothing waits to be decided or opened."""
        return not self._events and not self.letters
