"""Builds the Temporal worker of a process; tests build theirs with it too."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Interceptor, PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.agents.calls import AGENT_TOOL
from activities.agents.turn import AGENT_TURN
from activities.archive import archiving
from activities.catalogue import TOOL_CALL, kinds
from activities.custom.missing import surround_missing
from activities.deliver import attempting
from activities.runs.breakpoints import showing_inputs
from activities.runs.children import cancelling_children, loading_children, starting_children
from activities.runs.commands import loading_commands
from activities.runs.evaluate import evaluating
from activities.runs.finish import finishing
from activities.runs.flush import flushing
from activities.runs.gates import closing, loading_votes, opening
from activities.runs.inbound import loading_events, taking_events
from activities.runs.migrate import ending_migrations, loading_migrations, recounting_facts
from activities.runs.outputs import making_outputs
from activities.runs.overrides import loading_overrides
from activities.runs.regions import opening_regions
from activities.runs.reuse import reusing
from activities.runs.schedules import cancelling_scheduled, loading_scheduled, starting_scheduled
from activities.runs.settle import settling
from activities.services import Services
from activities.shell.surround import surround
from activities.shell.undo import undoing
from activities.tools.orders import using_tools
from interpreter.shell.nearby import NOT_HERE
from interpreter.shell.schedule import ScheduleWorkflow
from interpreter.shell.wire import TASK_QUEUE, NodeResult, NodeTask
from interpreter.shell.workflow import RunWorkflow
from plait.endpoints.workflow import QUEUE, DeliveryWorkflow
from plait.retention import RetentionWorkflow
from plait.store.offload import Offload
from plait.tools.orders import ToolWorkflow
from worker.payloads import with_large_payloads

BUILD = f"plait-{version('plait')}"
"""Shown in Temporal's Web UI. Without it the SDK reads and hashes every module that is loaded: half a second."""
GRACE = timedelta(seconds=10)
"""What running activities get to end by themselves when the process is asked to stop."""
CACHED_WORKFLOWS = 500
ACTIVITIES = 500
"""What a process executes at once. Most of it waits, for a model or another server; of memory and of connections to
Postgres none of that takes much.
"""
DELIVERIES = 50
"""Messages that a process sends to webhook endpoints at once."""
STICKY = timedelta(seconds=2)
"""How long a workflow waits for a worker that died before another one takes over."""
THROTTLE = timedelta(seconds=1)
"""How often heartbeats reach Temporal at most: a cancel comes back with one."""


def build_worker(
    client: Client,
    services: Services,
    *,
    workflows: bool = True,
    activities: bool = True,
    sandboxed: bool = False,
    task_queue: str = TASK_QUEUE,
    interceptors: Sequence[Interceptor] = (),
    max_cached_workflows: int = CACHED_WORKFLOWS,
) -> Worker:
    """A worker for workflow tasks, for activities, or for both.

    One of workflows alone runs the quick activities around nodes as local activities itself; as
    ordinary activities they go to the workers of activities.
    """
    client = with_large_payloads(client, Offload(services.pool))
    nodes = of_nodes(services) if activities else [refuse_nearby]
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[RunWorkflow, ScheduleWorkflow, RetentionWorkflow, ToolWorkflow] if workflows else [],
        activities=[*around_nodes(services, client), *nodes],
        no_remote_activities=not activities,
        workflow_runner=workflow_runner(sandboxed=sandboxed),
        interceptors=interceptors,
        build_id=BUILD,
        max_concurrent_activities=ACTIVITIES if activities else None,
        max_cached_workflows=max_cached_workflows,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=GRACE,
        max_heartbeat_throttle_interval=THROTTLE,
        default_heartbeat_throttle_interval=THROTTLE,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    )


def build_deliverer(client: Client, services: Services) -> Worker:
    """A worker that tells webhook endpoints: apart from runs, so that none of them waits for an endpoint."""
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[DeliveryWorkflow],
        activities=[attempting(services)],
        workflow_runner=UnsandboxedWorkflowRunner(),
        build_id=BUILD,
        max_cached_workflows=0,
        max_concurrent_activities=DELIVERIES,
        graceful_shutdown_timeout=GRACE,
        max_heartbeat_throttle_interval=THROTTLE,
    )


def of_nodes(services: Services) -> list[Callable[..., Any]]:
    """The activities that do what nodes are for, and undo it: our types, users', and those not offered here."""
    offered = {**kinds(), **services.custom.kinds()}
    nodes = [surround(kind, services) for kind in (*offered.values(), AGENT_TURN, AGENT_TOOL)]
    return [undoing(services, offered), archiving(services), using_tools(services), *nodes, surround_missing(services)]


@activity.defn(name=TOOL_CALL.name)
async def refuse_nearby(task: NodeTask) -> NodeResult:
    """Stands for tools in a worker of workflows alone, which may get a run that began where workers were combined."""
    raise ApplicationError(f"{task.path}: this worker runs no tools", type=NOT_HERE)


def around_nodes(services: Services, client: Client) -> list[Callable[..., Any]]:
    """The quick activities that every run asks for, whatever its nodes are."""
    reaching_temporal = (
        finishing,
        starting_children,
        cancelling_children,
        starting_scheduled,
        cancelling_scheduled,
    )
    return [make(services, client) for make in reaching_temporal] + [
        make(services)
        for make in (
            flushing,
            settling,
            evaluating,
            opening_regions,
            making_outputs,
            loading_children,
            loading_scheduled,
            opening,
            closing,
            loading_votes,
            loading_overrides,
            loading_commands,
            showing_inputs,
            loading_events,
            taking_events,
            reusing,
            loading_migrations,
            recounting_facts,
            ending_migrations,
        )
    ]


def workflow_runner(*, sandboxed: bool) -> WorkflowRunner:
    """Production runs unsandboxed: the interpreter has no users' code, and the sandbox costs a tenth."""
    if not sandboxed:
        return UnsandboxedWorkflowRunner()
    restrictions = SandboxRestrictions.default.with_passthrough_modules("interpreter", "pydantic", "pydantic_core")
    return SandboxedWorkflowRunner(restrictions=restrictions)
