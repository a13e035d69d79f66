"""How long a workflow's thread is at work at once: Temporal gives an activation two seconds."""

import gc
import time
from typing import Any, cast

from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

from interpreter.shell.workflow import RunWorkflow
from plait.temporal import DATA_CONVERTER


class TimingRunner(UnsandboxedWorkflowRunner):
    """Runs workflows as in production, and notes the processor seconds of each activation."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return cast("WorkflowInstance", _Timed(super().create_instance(det), self.seconds))


class _Timed:
    """A workflow's instance; all but `activate` is its own."""

    def __init__(self, instance: WorkflowInstance, seconds: list[float]) -> None:
        self._instance, self._seconds = instance, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._instance, name)

    def activate(self, act: Any) -> Any:
        begun = time.thread_time()
        try:
            return self._instance.activate(act)
        finally:
            self._seconds.append(time.thread_time() - begun)


async def activations(history: WorkflowHistory, data_converter: DataConverter = DATA_CONVERTER) -> list[float]:
    """The processor seconds of each activation of a run, as its replay takes them. Fails if it does not replay."""
    runner = TimingRunner()
    replayer = Replayer(workflows=[RunWorkflow], data_converter=data_converter, workflow_runner=runner)
    # What the tests before left in this process is no work of this run's.
    gc.collect()
    gc.freeze()
    try:
        await replayer.replay_workflow(history)
    finally:
        gc.unfreeze()
    return runner.seconds
