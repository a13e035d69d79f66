"""Telling Temporal what is in the rows: starts, cancels, votes, overrides, events, ends of children. All of
it may be told twice.
"""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.client import Client, WorkflowHandle
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.common import WorkflowIDReusePolicy as ReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from interpreter.shell.wire import (
    SIGNAL_CHILD,
    SIGNAL_COMMAND,
    SIGNAL_EVENT,
    SIGNAL_OVERRIDE,
    SIGNAL_VOTE,
    TASK_QUEUE,
    WORKFLOW,
    Rerun,
    RunInput,
    workflow_id,
)
from interpreter.shell.wire.schedules import SIGNAL_ENDED
from plait.clock import rfc3339
from plait.endpoints.workflow import QUEUE, DeliveryOrder, delivery_workflow_id
from plait.endpoints.workflow import WORKFLOW as DELIVER
from plait.store.delivery import StartOrder
from plait.temporal import PROJECT_KEY, WORKFLOW_KEY

FAIRNESS_BYTES = 64
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
        rerun=rerun_in(order),
        debug=order.debug,
        breakpoints=list(order.breakpoints),
        commanded=order.commanded,
        nearby=order.nearby,
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
            priority=Priority(priority_key=order.priority, fairness_key=fairness_key(order)),
            rpc_timeout=PATIENCE,
        )


async def start_delivery(client: Client, project: str, delivery_id: UUID, rounds: int) -> None:
    """Begin one round of a delivery to a webhook endpoint. That it was begun before is no error."""
    order = DeliveryOrder(project, str(delivery_id))
    with contextlib.suppress(WorkflowAlreadyStartedError):
        await client.start_workflow(
            DELIVER,
            order,
            id=delivery_workflow_id(order.delivery_id, rounds),
            task_queue=QUEUE,
            id_reuse_policy=ReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            rpc_timeout=PATIENCE,
        )


def fairness_key(order: StartOrder) -> str:
    """Workflows of one priority get equal shares of the workers, however much of one waits. Temporal takes 64 bytes."""
    return f"{order.project}/{order.slug}"[:FAIRNESS_BYTES]


def rerun_in(order: StartOrder) -> Rerun | None:
    """What the workflow of a rerun is told of it."""
    said = order.rerun
    return Rerun(said["source"], said["fresh"], said["overrides"]) if said else None


async def cancel_run_workflow(client: Client, run_id: UUID) -> None:
    """Ask the run's workflow to stop; one that is not there has stopped."""
    with unless_gone():
        await handle_of(client, run_id).cancel(rpc_timeout=PATIENCE)


async def signal_vote(client: Client, run_id: UUID, vote_id: UUID) -> None:
    """Tell the run's workflow of a recorded vote."""
    await signal_run(client, run_id, SIGNAL_VOTE, str(vote_id))


async def signal_override(client: Client, run_id: UUID, override_id: UUID) -> None:
    """Tell the run's workflow of a recorded override."""
    await signal_run(client, run_id, SIGNAL_OVERRIDE, str(override_id))


async def signal_command(client: Client, run_id: UUID, command_id: UUID) -> None:
    """Tell the run's workflow that somebody wants something of it."""
    await signal_run(client, run_id, SIGNAL_COMMAND, str(command_id))


async def terminate_run_workflow(client: Client, run_id: UUID, reason: str) -> None:
    """End the run's workflow at once; one that is not there has ended."""
    with unless_gone():
        await handle_of(client, run_id).terminate(reason=reason, rpc_timeout=PATIENCE)


async def signal_events(client: Client, run_id: UUID, events: Sequence[UUID]) -> None:
    """Tell the run's workflow of recorded external events: of many in one signal, for a run takes so many."""
    await signal_run(client, run_id, SIGNAL_EVENT, [str(event) for event in events])


async def signal_child(client: Client, parent_id: UUID, path: str, generation: int) -> None:
    """Tell the workflow of a run that the sub-workflow of its node has ended."""
    await signal_run(client, parent_id, SIGNAL_CHILD, {"path": path, "generation": generation})


async def signal_run(client: Client, run_id: UUID, signal: str, argument: Any) -> None:
    """Tell the run's workflow something; one that is not there needs to hear nothing."""
    with unless_gone():
        await handle_of(client, run_id).signal(signal, argument, rpc_timeout=PATIENCE)


def handle_of(client: Client, run_id: UUID) -> WorkflowHandle[Any, Any]:
    """The run's workflow, in whichever of its executions."""
    return client.get_workflow_handle(workflow_id(str(run_id)))


async def signal_ended(client: Client, workflow: str) -> bool:
    """Tell the workflow of a schedule that the run which it waits for has ended. False if it is gone."""
    try:
        await client.get_workflow_handle(workflow).signal(SIGNAL_ENDED, rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


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
