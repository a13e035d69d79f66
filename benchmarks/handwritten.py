"""What a user would write by hand with Temporal: the baselines.

`bare` calls activities that do nothing, all of a level at once, as most would write it; `bare-64`
has at most 64 in flight, as Plait has. `same` calls the activities that Plait's own runs call, 64 at
once, so the difference to Plait is the interpreter alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow

from interpreter.shell.wire import NodeResult, NodeTask


@dataclass(slots=True)
class Levels:
    """A graph by levels; `run_id` and `hash` name the rows that `same` works on. `in_flight` 0 is no limit."""

    levels: list[list[str]]
    run_id: str = ""
    hash: str = ""
    in_flight: int = 0


@activity.defn(name="bare_noop")
async def bare_noop(name: str) -> str:
    """Do nothing."""
    return name


async def by_level(graph: Levels, work: Callable[[str], Awaitable[object]]) -> None:
    """Level by level, and in a level as many at once as the graph says."""
    for level in graph.levels:
        names = iter(level)
        await asyncio.gather(*(_one_by_one(names, work) for _ in range(graph.in_flight or len(level))))


async def _one_by_one(names: Iterator[str], work: Callable[[str], Awaitable[object]]) -> None:
    for name in names:
        await work(name)


@workflow.defn(name="bench.bare")
class Bare:
    """Level by level, nothing else."""

    @workflow.run
    async def run(self, graph: Levels) -> None:
        await by_level(graph, self._node)

    async def _node(self, name: str) -> str:
        return await workflow.execute_activity(bare_noop, name, start_to_close_timeout=timedelta(minutes=5))


@workflow.defn(name="bench.same")
class Same:
    """Level by level, with Plait's shell around every node."""

    @workflow.run
    async def run(self, graph: Levels) -> None:
        at = workflow.now().isoformat()

        async def node(name: str) -> NodeResult:
            task = NodeTask(graph.run_id, "default", graph.hash, name, name, 1, at, at)
            return await workflow.execute_activity(
                "tool_call",
                task,
                result_type=NodeResult,
                start_to_close_timeout=timedelta(minutes=5),
                heartbeat_timeout=timedelta(seconds=30),
                summary=name,
            )

        await by_level(graph, node)
