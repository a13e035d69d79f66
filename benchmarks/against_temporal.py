"""W1 and W2: Plait against hand-written Temporal workflows, on the same server in the same run."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from benchmarks.bench import HAND_QUEUE, Stage
from benchmarks.handwritten import Levels
from benchmarks.shapes import Shape, chain, fan_out
from interpreter.shell.wire import TASK_QUEUE, WORKFLOW, RunInput, workflow_id
from plait.clock import now

System = Literal["bare", "same", "plait"]
SYSTEMS: tuple[System, ...] = ("bare", "same", "plait")
REPETITIONS = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one case in one system: the median and the range over all repetitions."""

    case: str
    system: System
    seconds: float
    fastest: float
    slowest: float
    history_events: int
    nodes_per_second: int


class Case:
    """A shape, stored, and ready to be run by each system."""

    def __init__(self, stage: Stage, shape: Shape) -> None:
        self._stage, self.shape = stage, shape

    async def open(self) -> "Case":
        """Store the workflow."""
        self._workflow, self._definition, self._hash = await self._stage.store(self.shape)
        return self

    async def run(self, system: System) -> tuple[float, str]:
        """Seconds from the start to the result, and the workflow's id."""
        run_id = ""
        if system != "bare":
            run_id = str(await self._stage.insert_run(self._workflow, self._hash, self.shape.nodes))
        levels = Levels([list(level) for level in self.shape.levels], run_id, self._hash)
        began = time.perf_counter()
        if system == "plait":
            order = RunInput(run_id, "default", self.shape.name, self._definition, self._hash, now().isoformat())
            name = workflow_id(run_id)
            handle = await self._stage.client.start_workflow(WORKFLOW, order, id=name, task_queue=TASK_QUEUE)
        else:
            name = f"{system}-{began}"
            handle = await self._stage.client.start_workflow(f"bench.{system}", levels, id=name, task_queue=HAND_QUEUE)
        await handle.result()
        return time.perf_counter() - began, name

    async def history(self, name: str) -> int:
        """Events of the execution's history."""
        return (await self._stage.client.get_workflow_handle(name).describe()).history_length


async def single_runs(stage: Stage, say: Callable[[str], None]) -> list[Measured]:
    """One run at a time: a chain of 40, fan-outs of 100 and 1,000."""
    measured: list[Measured] = []
    for shape in (chain(40), fan_out(100), fan_out(1000)):
        case = await Case(stage, shape).open()
        taken: dict[System, list[float]] = {system: [] for system in SYSTEMS}
        events: dict[System, int] = {}
        for repetition in range(REPETITIONS + 1):
            say(f"{shape.name}: {repetition} of {REPETITIONS}")
            for system in SYSTEMS:
                seconds, name = await case.run(system)
                if repetition:  # the first one warms up
                    taken[system].append(seconds)
                events[system] = await case.history(name)
        measured += [row(shape.name, system, taken[system], events[system], shape.nodes) for system in SYSTEMS]
    return measured


async def many_runs(stage: Stage, say: Callable[[str], None]) -> list[Measured]:
    """300 runs of 3 nodes, 100 at once; seconds are of all of them."""
    shape = chain(3)
    case = await Case(stage, shape).open()
    taken: dict[System, list[float]] = {system: [] for system in SYSTEMS}
    for repetition in range(4):
        for system in SYSTEMS:
            say(f"300 runs of 3: {system}, {repetition} of 3")
            began = time.perf_counter()
            await at_most(100, [lambda system=system: case.run(system) for _ in range(300)])
            if repetition:
                taken[system].append(time.perf_counter() - began)
    return [row("300 runs of 3", system, taken[system], 0, 900) for system in SYSTEMS]


async def at_most(limit: int, work: list[Callable[[], Awaitable[object]]]) -> None:
    """All of it, `limit` at once."""
    free = asyncio.Semaphore(limit)

    async def one(task: Callable[[], Awaitable[object]]) -> None:
        async with free:
            await task()

    await asyncio.gather(*map(one, work))


def row(case: str, system: System, seconds: list[float], events: int, nodes: int) -> Measured:
    """What is reported of the repetitions."""
    median = statistics.median(seconds)
    return Measured(
        case, system, round(median, 4), round(min(seconds), 4), round(max(seconds), 4), events, int(nodes / median)
    )
