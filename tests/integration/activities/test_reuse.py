"""Taking results over, asked again and again: what a lost reply, a kill or a repeated question must not change."""

import asyncio
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.catalogue import kinds
from activities.runs.reuse import reusing
from activities.services import Services
from activities.shell.surround import surround
from interpreter.shell.wire import NodeResult, ReuseTask
from tests.support.recorded import RecordedRun, begin

WORK: dict[str, Any] = {"a": {"with": {"tool": "work", "args": {"value": "{{ input }}"}}}}


async def work(run: RecordedRun) -> NodeResult:
    """Run the node."""
    return await ActivityEnvironment().run(surround(kinds()["tool_call"], run.services), run.task("a"))


async def reuse(run: RecordedRun, source: RecordedRun) -> NodeResult | None:
    """Ask for its result in the run before."""
    asked = ReuseTask(str(source.id), [run.task("a")])
    return (await ActivityEnvironment().run(reusing(run.services), asked)).results[0]


async def test_asked_again_it_answers_the_same_and_records_nothing_twice(services: Services) -> None:
    source = await begin(services, "a", nodes=WORK, input=5)
    made = await work(source)
    run = await begin(services, "a", nodes=WORK, input=5)
    answers = [await reuse(run, source) for _ in range(2)]
    answers += await asyncio.gather(*(reuse(run, source) for _ in range(3)))
    assert {answer and answer.sha256 for answer in answers} == {made.sha256}
    assert (await run.log()).count("node.reused a") == 1
    assert (await run.value("a"), (await run.row("a"))["attempts"]) == (5, [])


async def test_a_node_that_ran_meanwhile_counts_as_it_ended(services: Services) -> None:
    source = await begin(services, "a", nodes=WORK, input=5)
    await work(source)
    run = await begin(services, "a", nodes=WORK, input=5)
    await run.set(flags=[])
    made = await work(run)
    answer = await reuse(run, source)
    assert answer is not None
    assert answer.sha256 == made.sha256
    assert "node.reused a" not in await run.log()


async def test_nothing_is_taken_over_by_a_run_that_is_to_be_cancelled(services: Services) -> None:
    source = await begin(services, "a", nodes=WORK, input=5)
    await work(source)
    run = await begin(services, "a", nodes=WORK, input=5)
    await run.set(requested="cancel")
    assert await reuse(run, source) is None


async def test_what_the_source_lost_runs(services: Services) -> None:
    source = await begin(services, "a", nodes=WORK, input="x" * 9000)
    await work(source)
    run = await begin(services, "a", nodes=WORK, input="x" * 9000)
    row = await source.row("a")
    await services.pool.execute("update payloads set sha256 = 'other' where id = $1", row["output_ref"])
    assert await reuse(run, source) is None
    await services.pool.execute("delete from workflow_runs where id = $1", source.id)
    assert await reuse(run, source) is None


async def test_an_input_with_a_secret_is_known_by_the_name_of_the_secret_alone(services: Services) -> None:
    nodes = {"a": {"type": "http_request", "with": {"url": "https://example.org/{{ secrets.TOKEN }}"}}}
    source, run = [await begin(services, "a", nodes=nodes) for _ in range(2)]
    services.secrets = {"TOKEN": "hunter2"}
    shown = await services.payloads.store("default", {"url": nodes["a"]["with"]["url"]})
    await source.ended("a", {"status": 200}, input=shown)
    answer = await reuse(run, source)
    assert answer is not None
    assert "hunter2" not in str(dict(await run.row("a")))
