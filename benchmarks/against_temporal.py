"""W1, W2 and W3: Plait against hand-written Temporal workflows, on the same server in the same run."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from benchmarks.bench import HAND_QUEUE, Stage
from benchmarks.handwritten import Levels
from benchmarks.shapes import Shape, chain, diamonds, fan_out
from interpreter.shell.activities import IN_FLIGHT
from interpreter.shell.wire import TASK_QUEUE, WORKFLOW, RunInput, workflow_id
from plait.clock import now

System = Literal["bare", "bare-64", "same", "plait"]
SYSTEMS: tuple[System, ...] = ("bare", "bare-64", "same", "plait")


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one case in one system: the median and the range over all repetitions.

    `cpu` are the milliseconds of processor time a node in this process, which is worker and client.
    """

    case: str
    system: System
    seconds: float
    fastest: float
    slowest: float
    cpu: float
    history_events: int
    nodes_per_second: int


@dataclass(slots=True)
class Clock:
    """The repetitions of one system: seconds, and seconds of processor time."""

    seconds: list[float]
    cpu: list[float]

    async def time(self, work: Awaitable[str], *, counts: bool = True) -> str:
        """Do it, and note how long it took if that counts."""
        began, burnt = time.perf_counter(), time.process_time()
        answer = await work
        if counts:
            self.seconds.append(time.perf_counter() - began)
            self.cpu.append(time.process_time() - burnt)
        return answer

    def row(self, shape: str, system: System, nodes: int, events: int = 0) -> Measured:
        """What is reported of the repetitions."""
        median, cpu = statistics.median(self.seconds), statistics.median(self.cpu)
        return Measured(
            shape,
            system,
            round(median, 3),
            round(min(self.seconds), 3),
            round(max(self.seconds), 3),
            round(cpu / nodes * 1000, 2),
            events,
            int(nodes / median),
        )


class Case:
    """A shape, stored, and ready to be run by each system."""

    def __init__(self, stage: Stage, shape: Shape) -> None:
        self._stage, self.shape = stage, shape

    async def open(self) -> "Case":
        """Store the workflow."""
        self._workflow, self._definition, self._hash = await self._stage.store(self.shape)
        return self

    async def run(self, system: System) -> str:
        """One run, from its start to its result; the workflow's id."""
        run_id = ""
        if system in {"same", "plait"}:
            run_id = str(await self._stage.insert_run(self._workflow, self._hash, self.shape.nodes))
        client = self._stage.client
        if system == "plait":
            order = RunInput(run_id, "default", self.shape.name, self._definition, self._hash, now().isoformat())
            name = workflow_id(run_id)
            handle = await client.start_workflow(WORKFLOW, order, id=name, task_queue=TASK_QUEUE)
        else:
            limit = 0 if system == "bare" else IN_FLIGHT
            levels = Levels([list(level) for level in self.shape.levels], run_id, self._hash, limit)
            name = f"{system}-{time.perf_counter_ns()}"
            kind = "bench.same" if system == "same" else "bench.bare"
            handle = await client.start_workflow(kind, levels, id=name, task_queue=HAND_QUEUE)
        await handle.result()
        return name

    async def history(self, name: str) -> int:
        """Events of the execution's history."""
        return (await self._stage.client.get_workflow_handle(name).describe()).history_length


async def single_runs(
    stage: Stage, say: Callable[[str], None], shapes: Sequence[Shape], repetitions: int
) -> list[Measured]:
    """One run at a time; the systems take turns, and each begins as often as the others."""
    measured: list[Measured] = []
    for shape in shapes:
        case = await Case(stage, shape).open()
        # A level that is no wider than the limit is the same with and without it.
        systems: list[System] = [one for one in SYSTEMS if one != "bare-64" or max(map(len, shape.levels)) > IN_FLIGHT]
        clocks: dict[System, Clock] = {one: Clock([], []) for one in systems}
        events: dict[System, int] = {}
        for repetition in range(repetitions + 1):
            say(f"{shape.name}: {repetition} of {repetitions}")
            first = repetition % len(systems)
            for system in systems[first:] + systems[:first]:
                name = await clocks[system].time(case.run(system), counts=repetition > 0)  # the first one warms up
                events[system] = await case.history(name)
        measured += [clocks[one].row(shape.name, one, shape.nodes, events[one]) for one in systems]
    return measured


async def many_runs(stage: Stage, say: Callable[[str], None], repetitions: int) -> list[Measured]:
    """300 runs of 3 nodes, 100 at once; seconds are of all of them."""
    case = await Case(stage, chain(3)).open()
    systems: tuple[System, ...] = ("bare", "same", "plait")
    clocks: dict[System, Clock] = {one: Clock([], []) for one in systems}
    for repetition in range(repetitions + 1):
        for system in systems:
            say(f"300 runs of 3: {system}, {repetition} of {repetitions}")
            runs = [partial(case.run, system) for _ in range(300)]
            await clocks[system].time(at_most(100, runs), counts=repetition > 0)
    return [clocks[one].row("300 runs of 3", one, 900) for one in systems]


async def at_most(limit: int, work: Sequence[Callable[[], Awaitable[str]]]) -> str:
    """All of it, `limit` at once; one of the answers."""
    free = asyncio.Semaphore(limit)

    async def one(task: Callable[[], Awaitable[str]]) -> str:
        async with free:
            return await task()

    return (await asyncio.gather(*map(one, work)))[0]


async def against_temporal(stage: Stage, say: Callable[[str], None], *, quick: bool) -> list[Measured]:
    """All cases; `quick` are the two smallest, three times each."""
    if quick:
        return await single_runs(stage, say, (chain(40), fan_out(100)), 3)
    shapes = (chain(40), fan_out(100), fan_out(1000), diamonds(20, 20), diamonds(40, 25))
    found = await single_runs(stage, say, shapes, 5)
    return found + await many_runs(stage, say, 3)
