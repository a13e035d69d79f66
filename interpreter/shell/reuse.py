"""What a rerun need not do again: before a node begins, it is looked whether the run before has its result."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from temporalio import workflow

from interpreter.messages import Command, NodeCancelled, NoteNode, OpenRegion, StartTimer
from interpreter.paths import locate
from interpreter.reuse import Fresh
from interpreter.shell import carry_on
from interpreter.shell.ask import ask
from interpreter.shell.flush import Flusher
from interpreter.shell.keys import Key, Places, completed, key_of
from interpreter.shell.mailbox import Mailbox
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.timers import Timers, due_of
from interpreter.shell.wire import REUSE, NodeResult, NodeTask, Reused, ReuseTask, RunInput

ASKED_TOGETHER = 50
"""Nodes of one question. Each has an argument of about 2 KiB, and a local activity little time."""
FIRST = 1
"""The only generation that is looked for: who tries a node again by hand wants it done."""


class Waiting(NamedTuple):
    """A node about which is asked: what begins it where it has no result (an event node waits already), and since when."""

    command: carry_on.Begins | None
    since: datetime


class Reuse:
    """The questions of one run; none in a run that is no rerun."""

    def __init__(
        self,
        places: Places,
        run: RunInput,
        mailbox: Mailbox,
        tasks: TaskWriter,
        flusher: Flusher,
        timers: Timers,
        room: asyncio.Semaphore,
        begin: Callable[[Command], None],
    ) -> None:
        self._places, self._mailbox, self._tasks = places, mailbox, tasks
        self._flusher, self._timers, self._room, self._begin = flusher, timers, room, begin
        self._source = run.rerun.source if run.rerun else None
        self._fresh = Fresh.of(places.plan, run.rerun.fresh if run.rerun else ())
        self._queued: dict[Key, Waiting] = {}
        self._asking: dict[Key, Waiting] = {}
        self._unwanted: dict[Key, str] = {}

    @property
    def quiet(self) -> bool:
        """True if nothing is asked and not answered; what is to be asked may wait on."""
        return not self._asking

    @property
    def queued(self) -> list[carry_on.Begins]:
        """What is to be asked about, as continue-as-new carries it."""
        return [waiting.command for waiting in self._queued.values() if waiting.command is not None]

    def takes(self, command: Command) -> bool:
        """Whether it is asked first if this has to begin at all; then it begins here if it has to."""
        if self._source is None or not isinstance(command, carry_on.Begins):
            return False
        key = key_of(command)
        if isinstance(command, StartTimer):
            try:
                due = due_of(command)
            except ValueError:
                return False
            if self._places.planned(key).behaviour != "wait" or not self._may_have(key):
                return False
            self._timers.expect(key, due)
        elif (isinstance(command, OpenRegion) and self._places.planned(key).behaviour != "agent") or not self._may_have(
            key
        ):
            return False
        self._queued[key] = Waiting(command, workflow.now())
        return True

    def hear(self, note: NoteNode) -> None:
        """Ask about an event node that begins to wait: it does so until there is an answer, too."""
        if self._source is None or note.event != "waiting":
            return
        found = locate(self._places.plan, self._places.run, note.path)
        key = Key(*found, note.generation) if found else None
        if key is not None and self._places.planned(key).behaviour == "event" and self._may_have(key):
            self._queued[key] = Waiting(None, workflow.now())

    def begin(self) -> None:
        """Ask about what has come up. What begins in the next execution is asked about there."""
        wait = carry_on.must_hold()
        asked = {key: waiting for key, waiting in self._queued.items() if not (wait and waiting.command)}
        self._asking |= asked
        for first in range(0, len(asked), ASKED_TOGETHER):
            batch = dict(islice(asked.items(), first, first + ASKED_TOGETHER))
            self._mailbox.spawn(self._ask(batch))
        for key in asked:
            del self._queued[key]

    def asks(self, key: Key) -> bool:
        """Whether this node waits for an answer before it begins."""
        return any(waiting.get(key, (None,))[0] is not None for waiting in (self._queued, self._asking))

    def stop(self, key: Key, reason: str) -> None:
        """Stop this node; one that has its result by then has completed."""
        if self._queued.pop(key, None):
            self._never_begins(key, reason)
        else:
            self._unwanted[key] = reason

    def _may_have(self, key: Key) -> bool:
        # An agent is taken over as a whole, or does all anew.
        if key.generation != FIRST or self._places.planned(key).step is not None:
            return False
        return not self._fresh.covers(self._places.path(key))

    async def _ask(self, batch: dict[Key, Waiting]) -> None:
        await self._flusher.drained()
        async with self._room:
            tasks = [self._task(key, waiting) for key, waiting in batch.items()]
            answer = await ask(REUSE, ReuseTask(self._source or "", tasks, self._keys(batch)), Reused)
        for (key, waiting), result in zip(batch.items(), answer.results, strict=True):
            del self._asking[key]
            self._answered(key, waiting, result)
        self._mailbox.wake()

    def _task(self, key: Key, waiting: Waiting) -> NodeTask:
        return self._tasks.node(key, ready=waiting.since, due=self._timers.due_of(key))

    def _keys(self, batch: Iterable[Key]) -> dict[str, str]:
        """The keys of the events that are waited for."""
        found = ((key, self._places.run.listeners.get((key.scope, key.node))) for key in batch)
        return {
            self._places.path(key): listener.key for key, listener in found if listener and listener.key is not None
        }

    def _answered(self, key: Key, waiting: Waiting, result: NodeResult | None) -> None:
        reason = self._unwanted.pop(key, None)
        if result is not None:
            if waiting.command is not None:
                self._timers.stop(key)
            self._mailbox.put(replace(completed(key, result), reused=True))
        elif reason is not None:
            self._never_begins(key, reason)
        elif waiting.command is not None:
            self._begin(waiting.command)

    def _never_begins(self, key: Key, reason: str) -> None:
        self._timers.stop(key)
        self._flusher.note(self._tasks.never_started(key, reason))
        self._mailbox.put(NodeCancelled(key.node, key.generation, scope=key.scope))
