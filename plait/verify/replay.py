"""What a run's workflow asked for and what it was answered, from Temporal's histories alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from interpreter.shell.workflow import RunWorkflow


@dataclass(slots=True)
class Asked:
    """One activity: its argument, and its answer, None while there is none or where it failed."""

    argument: Any
    answer: Any = None


class NotDeterministic(Exception):
    """The replay went another way than the history."""


async def asked_in(client: Client, executions: list[WorkflowHandle[Any, Any]]) -> list[Asked]:
    """All that these executions of one run asked for, in its order. Raises NotDeterministic."""
    listener = _Listener()
    replayer = Replayer(
        workflows=[RunWorkflow],
        data_converter=client.data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[listener],
    )
    for execution in executions:
        result = await replayer.replay_workflow(await execution.fetch_history(), raise_on_replay_failure=False)
        if result.replay_failure is not None:
            raise NotDeterministic(str(result.replay_failure)[:500]) from result.replay_failure
    return listener.asked


async def executions_of(client: Client, workflow_id: str) -> list[WorkflowHandle[Any, Any]]:
    """The executions of a run that moved to fresh histories, the first one first. Raises RPCError where there is none."""
    latest = await client.get_workflow_handle(workflow_id).describe()
    found: list[WorkflowHandle[Any, Any]] = []
    run_id: str | None = latest.run_id
    while run_id:
        handle = client.get_workflow_handle(workflow_id, run_id=run_id)
        found.insert(0, handle)
        run_id = await _before(handle.fetch_history_events(page_size=1))
    return found


async def _before(events: AsyncIterator[Any]) -> str | None:
    """The execution that this one continues."""
    async for event in events:
        return event.workflow_execution_started_event_attributes.continued_execution_run_id or None
    return None


class _Listener(Interceptor):
    """Keeps what the replayed workflow asks for. It changes nothing of it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the base class's
        """A class that hands on to this listener."""
        asked = self.asked

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(_Outbound(outbound, asked))

        return Inbound


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, following: WorkflowOutboundInterceptor, asked: list[Asked]) -> None:
        super().__init__(following)
        self._asked = asked

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - the base class's
        return self._heard(input, super().start_activity(input))

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - the base class's
        return self._heard(input, super().start_local_activity(input))

    def _heard(self, said: StartActivityInput | StartLocalActivityInput, handle: ActivityHandle[Any]) -> Any:
        asked = Asked(said.args[0])
        self._asked.append(asked)

        def answered(done: ActivityHandle[Any]) -> None:
            if not done.cancelled() and done.exception() is None:
                asked.answer = done.result()

        handle.add_done_callback(answered)
        return handle
