"""Telling Temporal what is in the rows: starts, cancels, votes, overrides, events. All of it may be told twice.

A route writes its row and lets `Deliveries` tell of it at once, without waiting; what is lost on the
way, with this process or with Temporal away, is told again by the sweeper.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.client import Client
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.common import WorkflowIDReusePolicy as ReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.temporal import TemporalLink
from interpreter.shell.inbound import SIGNAL_EVENT
from interpreter.shell.wire import SIGNAL_OVERRIDE, SIGNAL_VOTE, TASK_QUEUE, WORKFLOW, RunInput, workflow_id
from plait.clock import now, rfc3339
from plait.errors import Unavailable
from plait.store.delivery import StartOrder
from plait.temporal import PROJECT_KEY, WORKFLOW_KEY

log = logging.getLogger("plait.delivery")
PATIENCE = timedelta(seconds=5)
"""How long one call to Temporal may take; then it is the sweeper's."""


async def start_run_workflow(client: Client, order: StartOrder, *, open_mode: bool, at: datetime) -> None:
    """Begin the run's workflow. That it was begun before is no error: its id says that it is the same run."""
    argument = RunInput(
        run_id=str(order.id),
        project=order.project,
        workflow=order.slug,
        definition=order.definition,
        hash=order.plan_hash,
        started_at=rfc3339(at),
        environment=order.environment,
        env=order.env,
        input_size=order.input_size,
        input_facts=order.input_facts,
        open_mode=open_mode,
    )
    attributes = TypedSearchAttributes(
        [
            SearchAttributePair(WORKFLOW_KEY, order.slug),
            SearchAttributePair(PROJECT_KEY, order.project),
        ]
    )
    with traced_as(order.traceparent), contextlib.suppress(WorkflowAlreadyStartedError):
        await client.start_workflow(
            WORKFLOW,
            argument,
            id=workflow_id(argument.run_id),
            task_queue=TASK_QUEUE,
            id_reuse_policy=ReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=attributes,
            static_summary=order.name,
            priority=Priority(priority_key=order.priority) if order.priority else Priority.default,
            rpc_timeout=PATIENCE,
        )


async def cancel_run_workflow(client: Client, run_id: UUID) -> None:
    """Ask the run's workflow to stop; one that is not there has stopped."""
    with unless_gone():
        await client.get_workflow_handle(workflow_id(str(run_id))).cancel(rpc_timeout=PATIENCE)


async def signal_vote(client: Client, run_id: UUID, vote_id: UUID) -> None:
    """Tell the run's workflow of a recorded vote."""
    with unless_gone():
        handle = client.get_workflow_handle(workflow_id(str(run_id)))
        await handle.signal(SIGNAL_VOTE, str(vote_id), rpc_timeout=PATIENCE)


async def signal_override(client: Client, run_id: UUID, override_id: UUID) -> None:
    """Tell the run's workflow of a recorded override."""
    with unless_gone():
        handle = client.get_workflow_handle(workflow_id(str(run_id)))
        await handle.signal(SIGNAL_OVERRIDE, str(override_id), rpc_timeout=PATIENCE)


async def signal_events(client: Client, run_id: UUID, events: Sequence[UUID]) -> None:
    """Tell the run's workflow of recorded external events: of many in one signal, for a run takes so many."""
    with unless_gone():
        handle = client.get_workflow_handle(workflow_id(str(run_id)))
        await handle.signal(SIGNAL_EVENT, [str(event) for event in events], rpc_timeout=PATIENCE)


@contextlib.contextmanager
def unless_gone() -> Iterator[None]:
    """A workflow that ended, or never began, takes nothing more; its rows say how it stands."""
    try:
        yield
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise


@contextlib.contextmanager
def traced_as(traceparent: str | None) -> Iterator[None]:
    """Go on in the trace of the request that wrote the row."""
    if traceparent is None:
        yield
        return
    token = context.attach(TraceContextTextMapPropagator().extract({"traceparent": traceparent}))
    try:
        yield
    finally:
        context.detach(token)


class Deliveries:
    """Calls to Temporal that nobody waits for. Those that fail are left to the sweeper."""

    def __init__(self, temporal: TemporalLink, *, open_mode: bool) -> None:
        self._temporal = temporal
        self._open_mode = open_mode
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, order: StartOrder) -> None:
        """Begin a run."""
        self._tell(lambda client: start_run_workflow(client, order, open_mode=self._open_mode, at=now()))

    def cancel(self, run_id: UUID) -> None:
        """Cancel a run."""
        self._tell(lambda client: cancel_run_workflow(client, run_id))

    def vote(self, run_id: UUID, vote_id: UUID) -> None:
        """Tell of a vote."""
        self._tell(lambda client: signal_vote(client, run_id, vote_id))

    def override(self, run_id: UUID, override_id: UUID) -> None:
        """Tell of an override."""
        self._tell(lambda client: signal_override(client, run_id, override_id))

    def event(self, run_id: UUID, event_id: UUID) -> None:
        """Tell of an external event."""
        self._tell(lambda client: signal_events(client, run_id, [event_id]))

    async def close(self) -> None:
        """Let what is under way end."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tell(self, call: Callable[[Client], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._try(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, call: Callable[[Client], Awaitable[None]]) -> None:
        try:
            await call(await self._temporal.client())
        except (RPCError, Unavailable) as error:
            log.warning("temporal was not told, the sweeper will: %s", error)
