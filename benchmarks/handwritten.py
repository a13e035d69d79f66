"""What a user would write by hand with Temporal: the baselines.

`bare` calls activities that do nothing. `same` calls the activities that Plait's own runs call, so
the difference to Plait is the interpreter alone.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity, workflow

from interpreter.shell.wire import NodeResult, NodeTask


@dataclass(slots=True)
class Levels:
    """A graph by levels; `run_id` and `hash` name the rows that `same` works on."""

    levels: list[list[str]]
    run_id: str = ""
    hash: str = ""
    reads: list[str] = field(default_factory=list)


@activity.defn(name="bare_noop")
async def bare_noop(name: str) -> str:
    """Do nothing."""
    return name


@workflow.defn(name="bench.bare")
class Bare:
    """Level by level, nothing else."""

    @workflow.run
    async def run(self, graph: Levels) -> None:
        for level in graph.levels:
            await asyncio.gather(
                *(
                    workflow.execute_activity(bare_noop, name, start_to_close_timeout=timedelta(minutes=5))
                    for name in level
                )
            )


@workflow.defn(name="bench.same")
class Same:
    """Level by level, with Plait's shell around every node."""

    @workflow.run
    async def run(self, graph: Levels) -> None:
        at = workflow.now().isoformat()
        for level in graph.levels:
            await asyncio.gather(*(self._node(graph, name, at) for name in level))

    async def _node(self, graph: Levels, name: str, at: str) -> NodeResult:
        task = NodeTask(graph.run_id, "default", graph.hash, name, name, 1, at, at)
        return await workflow.execute_activity(
            "tool_call",
            task,
            result_type=NodeResult,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=timedelta(seconds=30),
            summary=name,
        )
