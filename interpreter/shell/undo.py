"""Compensations: ordinary activities, which no cancel of the run stops."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from interpreter.messages import Failure, NodeUndone
from interpreter.shell.activities import retry_policy, seconds
from interpreter.shell.ask import HEARTBEAT, ask
from interpreter.shell.failures import failure_of
from interpreter.shell.flush import Flusher
from interpreter.shell.keys import Key, Places
from interpreter.shell.mailbox import Mailbox
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.wire import SETTLE, UNDO, NodeResult, Settled


class Undoing:
    """The compensations of one run that are under way."""

    def __init__(self, places: Places, mailbox: Mailbox, tasks: TaskWriter, flusher: Flusher) -> None:
        self._places, self._mailbox, self._tasks, self._flusher = places, mailbox, tasks, flusher
        self._running: dict[Key, asyncio.Task[None]] = {}

    @property
    def quiet(self) -> bool:
        """True if none is under way."""
        return not self._running

    @property
    def busy(self) -> list[Key]:
        """What is being undone."""
        return list(self._running)

    def start(self, key: Key, *, unknown: bool) -> None:
        """Compensate this node; `unknown` says that what it did is not known."""
        self._running[key] = self._mailbox.spawn(self._undo(key, unknown=unknown))

    async def _undo(self, key: Key, *, unknown: bool) -> None:
        await self._flusher.drained()
        failure = await self._run(key, unknown=unknown)
        if failure is not None:
            settled = await ask(SETTLE, self._tasks.settle_undo(key, failure), Settled)
            failure = None if settled.result else failure
        del self._running[key]
        self._mailbox.put(NodeUndone(key.node, key.generation, failure, scope=key.scope))

    async def _run(self, key: Key, *, unknown: bool) -> Failure | None:
        """Run the activity; why it failed for good, if it did."""
        planned = self._places.planned(key)
        assert planned.undo is not None, "only what can be undone is"
        dispatch = planned.undo.dispatch
        try:
            await workflow.execute_activity(
                UNDO,
                self._tasks.undo(key, unknown=unknown),
                result_type=NodeResult,
                start_to_close_timeout=timedelta(seconds=dispatch.start_to_close),
                schedule_to_close_timeout=seconds(dispatch.schedule_to_close),
                heartbeat_timeout=HEARTBEAT,
                retry_policy=retry_policy(dispatch),
                summary=f"undo {planned.name}",
            )
        except ActivityError as error:
            return failure_of(error, planned, dispatch)
        return None
