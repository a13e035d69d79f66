"""Nodes that run as activities: how many at once, how Temporal is asked, what became of them."""

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError  # noqa: A004 - Temporal's

from interpreter.messages import BudgetMet, Event, Failure, NodeCancelled, NodeFailed
from interpreter.plan.model import Dispatch, PlannedNode
from interpreter.rules import verdict
from interpreter.shell.ask import HEARTBEAT, ask
from interpreter.shell.failures import failure_of, is_unknown, shortage, was_cancelled, was_refused
from interpreter.shell.flush import Flusher
from interpreter.shell.keys import Key, Places, completed
from interpreter.shell.mailbox import Mailbox
from interpreter.shell.nearby import GRACE, ONCE, Nearby
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.wire import SETTLE, NodeResult, NodeTask, Settled

IN_FLIGHT = 64
"""Activities of one run at once. More make workflow tasks that Temporal throws away."""
COMMAND_BYTES = 512 * 1024
"""Arguments that one workflow task may carry; Temporal refuses a task of 4 MB."""

TIMEOUT_TYPES = {"Timeout": "TemporalTimeout:StartToClose", "WorkerLost": "TemporalTimeout:Heartbeat"}
"""What Temporal calls the errors that it raises itself, where a retry policy names them."""


class Activities:
    """The activities of one run: those in flight, and those that wait for their turn in plan order."""

    def __init__(
        self,
        places: Places,
        mailbox: Mailbox,
        tasks: TaskWriter,
        flusher: Flusher,
        room: asyncio.Semaphore,
        nearby: Nearby,
    ) -> None:
        self._places, self._mailbox, self._tasks = places, mailbox, tasks
        self._flusher, self._room, self._nearby = flusher, room, nearby
        self._waiting: OrderedDict[Key, datetime] = OrderedDict()
        self._held: OrderedDict[Key, datetime] = OrderedDict()
        self._flying: dict[Key, asyncio.Task[NodeResult]] = {}
        self._refused: dict[Key, None] = {}
        self._settling: dict[Key, asyncio.Task[None]] = {}
        self._stopping: dict[Key, str] = {}
        self._sent = (0, 0)

    @property
    def quiet(self) -> bool:
        """True if nothing is in flight; what waits for its turn may wait on."""
        return not self._flying and not self._settling

    @property
    def busy(self) -> list[Key]:
        """What is in flight."""
        return [*self._flying, *self._settling]

    @property
    def waiting(self) -> list[Key]:
        """What waits for its turn, as continue-as-new carries it."""
        return [*self._held, *self._waiting]

    def queue(self, key: Key) -> None:
        """Have this node run as soon as there is room."""
        self._waiting[key] = workflow.now()

    def start_waiting(self) -> None:
        """Start what there is room for."""
        while self._waiting and len(self._flying) < IN_FLIGHT and self._may_send():
            self._start(*self._waiting.popitem(last=False))

    def hold(self) -> None:
        """The run is paused: what waits for its turn gets none."""
        self._held.update(self._waiting)
        self._waiting.clear()

    def release(self) -> None:
        """The run goes on: what waited before comes first."""
        self._held.update(self._waiting)
        self._waiting, self._held = self._held, OrderedDict()

    def holds(self, key: Key) -> bool:
        """Whether this node is in the hands of this object."""
        waits = key in self._waiting or key in self._held
        return waits or key in self._flying or key in self._settling or key in self._refused

    def stop(self, key: Key, reason: str) -> None:
        """Stop this node, wherever it is on its way; answered by an event."""
        if self._waiting.pop(key, None) or self._held.pop(key, None):
            self._flusher.note(self._tasks.never_started(key, reason))
            self._mailbox.put(NodeCancelled(key.node, key.generation, scope=key.scope))
            return
        self._stopping[key] = reason
        if handle := self._flying.get(key):
            handle.cancel()
        elif key not in self._settling:
            self._refused.pop(key, None)
            self._settle(key, None)

    def refuse(self, key: Key) -> None:
        """Its activity did not start, as the run's cancel is on record and on its way here: it will stop this node."""
        self._refused[key] = None
        self._mailbox.wake()

    def fail(self, key: Key, failure: Failure) -> None:
        """Have a failure recorded that did not come from an activity of a node's own."""
        self._settle(key, failure)

    def cancel(self, key: Key, reason: str) -> None:
        """Have it recorded that a node was stopped which had been at work elsewhere."""
        self._stopping[key] = reason
        self._settle(key, None, unknown=True)

    def _may_send(self) -> bool:
        length, sent = self._sent
        return length != workflow.info().get_current_history_length() or sent < COMMAND_BYTES

    def _start(self, key: Key, ready: datetime) -> None:
        node = self._places.planned(key)
        task = self._tasks.node(key, ready=ready)
        self._count(task)
        handle: asyncio.Task[NodeResult]
        if self._nearby.takes(node, task.tried):
            handle = asyncio.create_task(self._here_first(node, task))
        else:
            handle = ordinary(node, task)
        self._flying[key] = handle
        handle.add_done_callback(lambda done: self._ended(key, done))

    async def _here_first(self, node: PlannedNode, task: NodeTask) -> NodeResult:
        """A short node's result: of an attempt in this worker, and if that fails of ordinary ones."""
        try:
            return await here(node, task, self._nearby.bound_of(node) or 0.0)
        except (ActivityError, ApplicationError, TimeoutError) as error:
            again = self._nearby.after(node, error)
            if again is None:
                raise
        if again.delay:
            await asyncio.sleep(again.delay)
        return await ordinary(node, replace(task, tried=again.tried))

    def _count(self, task: NodeTask) -> None:
        length, sent = self._sent
        now = workflow.info().get_current_history_length()
        size = 1024 + 100 * len(task.edges) + 200 * len(task.reads)
        self._sent = (now, sent + size if length == now else size)

    def _ended(self, key: Key, done: "asyncio.Task[NodeResult]") -> None:
        del self._flying[key]
        error = None if done.cancelled() else done.exception()
        if done.cancelled() or (was_cancelled(error) and key in self._stopping):
            # A handle that nobody asked to stop ends so only when the workflow leaves the cache.
            if key in self._stopping:
                self._settle(key, None, unknown=True)
        elif error is None:
            self._stopping.pop(key, None)
            self._mailbox.put(completed(key, done.result()))
        elif not isinstance(error, ActivityError | ApplicationError):
            raise error
        elif was_refused(error) and key not in self._stopping:
            self.refuse(key)
        elif (short := shortage(error)) is not None and key not in self._stopping and self._places.run.ending is None:
            self._mailbox.put(BudgetMet(key.node, key.generation, *short, scope=key.scope))
        else:
            failure = failure_of(error, self._places.planned(key))
            self._settle(key, failure, unknown=is_unknown(failure))

    def _settle(self, key: Key, failure: Failure | None, *, unknown: bool = False) -> None:
        self._settling[key] = self._mailbox.spawn(self._close(key, failure, unknown))

    async def _close(self, key: Key, failure: Failure | None, unknown: bool) -> None:  # noqa: FBT001 - of `_settle` alone
        """Close the node's row with the workflow's verdict, and tell the rules what the row then says."""
        scope, node, generation = key
        if failure is None or key in self._stopping:
            event: Event = NodeCancelled(node, generation, unknown, scope=scope)
            task = self._tasks.settle(key, "cancelled", reason=self._stopping.get(key))
        else:
            status = verdict(self._places.plan, self._places.run, node, failure, scope)
            event = NodeFailed(node, generation, failure, held=status == "held", scope=scope)
            task = self._tasks.settle(key, status, failure=failure)
        async with self._room:
            settled = await ask(SETTLE, task, Settled)
        del self._settling[key]
        self._stopping.pop(key, None)
        self._mailbox.put(completed(key, settled.result) if settled.result else event)


def ordinary(node: PlannedNode, task: NodeTask) -> workflow.ActivityHandle[NodeResult]:
    """The node as an activity that any worker takes."""
    dispatch = node.dispatch
    assert dispatch is not None, "only nodes that run as activities are started so"
    return workflow.start_activity(
        node.kind.name,
        task,
        result_type=NodeResult,
        start_to_close_timeout=timedelta(seconds=dispatch.start_to_close),
        schedule_to_close_timeout=seconds(dispatch.schedule_to_close),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=retry_policy(dispatch, task.tried),
        cancellation_type=workflow.ActivityCancellationType.TRY_CANCEL,
        summary=node.name,
    )


def here(node: PlannedNode, task: NodeTask, bound: float) -> workflow.ActivityHandle[NodeResult]:
    """The node's first attempt in the worker that has the workflow."""
    return workflow.start_local_activity(
        node.kind.name,
        task,
        result_type=NodeResult,
        start_to_close_timeout=timedelta(seconds=bound + GRACE),
        retry_policy=ONCE,
        cancellation_type=workflow.ActivityCancellationType.TRY_CANCEL,
        summary=node.name,
    )


def retry_policy(dispatch: Dispatch, tried: int = 0) -> RetryPolicy:
    """The node's `retry` in Temporal's words, of which so many attempts were made before."""
    return RetryPolicy(
        initial_interval=timedelta(seconds=dispatch.initial_interval),
        backoff_coefficient=dispatch.backoff_coefficient,
        maximum_interval=timedelta(seconds=max(dispatch.max_interval, dispatch.initial_interval)),
        maximum_attempts=max(dispatch.max_attempts - tried, 1) if dispatch.max_attempts else 0,
        non_retryable_error_types=[TIMEOUT_TYPES.get(name, name) for name in dispatch.non_retryable_errors],
    )


def seconds(value: float | None) -> timedelta | None:
    """A limit in Temporal's words."""
    return None if value is None else timedelta(seconds=value)
