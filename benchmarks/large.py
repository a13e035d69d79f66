"""W5: runs of 10,000 nodes, across continue-as-new, against small ones of the same shape."""

import resource
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.against_temporal import Case
from benchmarks.bench import Stage
from benchmarks.shapes import Shape, chain, diamonds, genomes, mosaic
from interpreter.shell.workflow import RunWorkflow
from plait.temporal import DATA_CONVERTER
from worker.build import workflow_runner

PAIRS: tuple[tuple[Shape, Shape], ...] = (
    (chain(100), chain(10_000)),
    (diamonds(10, 10), diamonds(100, 100)),
    (mosaic(24), mosaic(2_499)),
    (genomes(2, 34), genomes(22, 438)),
)


@dataclass(frozen=True, slots=True)
class Large:
    """One run. `ratio` is its time a node to that of the small run of its shape; `replay` are the seconds
    that the longest of its `executions` takes to be replayed, `memory` the most that this process has had.
    """

    case: str
    nodes: int
    seconds: float
    milliseconds_a_node: float
    ratio: float | None
    executions: int
    history_events: int
    replay: float
    memory_mib: int


async def large(stage: Stage, say: Callable[[str], None]) -> list[Large]:
    """Each shape small, the median of five, and large, once."""
    found: list[Large] = []
    for small, big in PAIRS:
        base = await _run(stage, small, 5, say, None)
        found += [base, await _run(stage, big, 1, say, base.milliseconds_a_node)]
    return found


async def _run(stage: Stage, shape: Shape, times: int, say: Callable[[str], None], a_node: float | None) -> Large:
    case = await Case(stage, shape).open()
    taken: list[float] = []
    name = ""
    for repetition in range(times):
        say(f"{shape.name}: {repetition} of {times}")
        began = time.perf_counter()
        name = await case.run("plait")
        taken.append(time.perf_counter() - began)
    seconds = statistics.median(taken)
    histories = [history async for history in _executions(stage.client, name)]
    each = seconds / shape.nodes * 1000
    return Large(
        shape.name,
        shape.nodes,
        round(seconds, 2),
        round(each, 2),
        None if a_node is None else round(each / a_node, 2),
        len(histories),
        sum(len(history.events) for history in histories),
        round(max([await _replay(history) for history in histories]), 2),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


async def _executions(client: Client, name: str) -> AsyncIterator[WorkflowHistory]:
    """The histories of all executions of a run, the last one first."""
    execution: str | None = None
    while True:
        history = await client.get_workflow_handle(name, run_id=execution).fetch_history()
        yield history
        begun = history.events[0].workflow_execution_started_event_attributes
        execution = begun.continued_execution_run_id
        if not execution:
            return


async def _replay(history: WorkflowHistory) -> float:
    """Seconds that it takes to replay."""
    runner = workflow_runner(sandboxed=False)
    replayer = Replayer(workflows=[RunWorkflow], data_converter=DATA_CONVERTER, workflow_runner=runner)
    began = time.perf_counter()
    await replayer.replay_workflow(history)
    return time.perf_counter() - began
