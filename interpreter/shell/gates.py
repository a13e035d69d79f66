"""Gates, and nodes that are evaluated outside: quick activities with an answer of their own."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from interpreter.messages import CloseGate, Event, GateOpened, NodeCancelled
from interpreter.plan.model import Plan
from interpreter.shell.activities import Activities, Key, completed
from interpreter.shell.ask import ask
from interpreter.shell.failures import failure_of
from interpreter.shell.flush import Flusher
from interpreter.shell.mailbox import Mailbox
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.timers import Timers
from interpreter.shell.wire import CLOSE_GATE, EVALUATE, OPEN_GATE, GateRule, NodeResult


class Gates:
    """Opens, closes and evaluates, each after what led to it is on record."""

    def __init__(
        self,
        plan: Plan,
        mailbox: Mailbox,
        tasks: TaskWriter,
        flusher: Flusher,
        timers: Timers,
        activities: Activities,
    ) -> None:
        self._plan, self._mailbox, self._tasks = plan, mailbox, tasks
        self._flusher, self._timers, self._activities = flusher, timers, activities
        self._asking: dict[Key, asyncio.Task[None]] = {}
        self._unwanted: dict[Key, str] = {}

    @property
    def quiet(self) -> bool:
        """True if nothing is asked for and not answered."""
        return not self._asking

    def asks(self, key: Key) -> bool:
        """Whether this node's answer is on its way."""
        return key in self._asking

    def evaluate(self, key: Key) -> None:
        """Have a node's value built where all values are at hand."""
        self._ask(key, self._evaluate(key))

    def open(self, key: Key) -> None:
        """Write the gate's row and start its timer."""
        self._ask(key, self._open(key))

    def close(self, command: CloseGate) -> None:
        """End the gate as it was decided."""
        key = (command.node, command.generation)
        self._timers.stop(key)
        self._ask(key, self._close(command))

    def stop(self, key: Key, reason: str) -> None:
        """Close a gate that nobody needs; what is being asked is answered first."""
        self._timers.stop(key)
        if key in self._asking:
            self._unwanted[key] = reason
        else:
            self._ask(key, self._cancel(key, reason))

    def _ask(self, key: Key, work: Coroutine[Any, Any, Event | None]) -> None:
        self._asking[key] = self._mailbox.spawn(self._answer(key, work))

    async def _answer(self, key: Key, work: Coroutine[Any, Any, Event | None]) -> None:
        await self._flusher.drained()
        try:
            event = await work
        except ApplicationError as error:
            event = None
            self._activities.fail(key, failure_of(error, self._plan.nodes[key[0]]))
        del self._asking[key]
        if event is not None:
            self._mailbox.put(event)
        self._mailbox.wake()

    async def _evaluate(self, key: Key) -> Event | None:
        node = self._plan.nodes[key[0]]
        result = await ask(EVALUATE, self._tasks.node(*key), NodeResult, summary=node.name)
        return completed(key, result)

    async def _open(self, key: Key) -> Event | None:
        node = self._plan.nodes[key[0]]
        due = workflow.now() + timedelta(seconds=node.node.timeout) if node.node.timeout is not None else None
        rule = await ask(OPEN_GATE, self._tasks.node(*key, due=due), GateRule, summary=node.name)
        if reason := self._unwanted.pop(key, None):
            return await self._cancel(key, reason)
        if due is not None:
            self._timers.start(key, due, node.name)
        return GateOpened(*key, tuple(rule.outcomes), rule.quorum, rule.reject, tuple(rule.approvers))

    async def _close(self, command: CloseGate) -> Event | None:
        key = (command.node, command.generation)
        result = await ask(CLOSE_GATE, self._tasks.close_gate(command), NodeResult)
        self._unwanted.pop(key, None)
        return completed(key, result)

    async def _cancel(self, key: Key, reason: str) -> Event | None:
        await ask(CLOSE_GATE, self._tasks.cancel_gate(*key, reason), NodeResult)
        return NodeCancelled(*key)
