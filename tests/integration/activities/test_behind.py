"""A node whose task came before the record of what it reads: after an outage the flush may be behind."""

import asyncio
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.catalogue import kinds
from activities.services import Services
from activities.shell.surround import surround
from interpreter.shell.wire import NodeTask
from tests.support.documents import a_node
from tests.support.recorded import RecordedRun, a_lap, begin


def work(name: str, value: Any) -> dict[str, Any]:
    return a_node(name, **{"with": {"tool": "work", "args": {"value": value}}})


async def run_behind(run: RecordedRun, task: NodeTask, path: str, output: Any) -> None:
    """Begin the node, and only then put on record what it reads."""
    shell = surround(kinds()["tool_call"], run.services)
    running = asyncio.ensure_future(ActivityEnvironment().run(shell, task))
    await asyncio.sleep(0.3)
    assert not running.done()
    await run.ended(path, output)
    await asyncio.wait_for(running, 10)


async def test_a_node_waits_for_the_record_of_what_it_reads(services: Services) -> None:
    run = await begin(services, "made -> b", nodes={"b": work("b", "{{ nodes.made.output }}")})
    await run_behind(run, run.task("b", reads=["made"]), "made", 7)
    assert await run.value("b") == 7


async def test_a_lap_waits_for_the_record_of_the_one_before(services: Services) -> None:
    chain = [work("step", "{{ prev }}")]
    loop = {"type": "loop", "with": {"until": "lap > 2", "max_iterations": 5, "output": 1, "chain": chain}}
    run = await begin(services, nodes={"refine": loop})
    task = run.task("refine~2.step", "step", instances=[a_lap("refine", 2)])
    await run_behind(run, task, "refine~1", 7)
    assert await run.value("refine~2.step") == 7
