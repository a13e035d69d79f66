"""What the workflow alone knows of items, laps and loops is written as it says it."""

from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.runs.flush import flushing
from activities.runs.outputs import making_outputs
from activities.services import Services
from interpreter.messages import Failure
from interpreter.shell.wire import FlushBatch, NoteRow, OutputTask
from tests.support.documents import a_node
from tests.support.recorded import RecordedRun, a_lap, begin
from tests.support.runs import NOON, PROJECT

LOOP = {
    "until": "lap > 2",
    "max_iterations": 5,
    "output": "{{ nodes.step.output }}",
    "chain": [a_node("step")],
}
NODES: dict[str, dict[str, Any]] = {
    "refine": {"type": "loop", "with": LOOP},
    "route": {"type": "condition", "with": {"cases": [{"name": "a", "when": "nodes.refine.output == 'last'"}]}},
}


def note(path: str, event: str = "completed", **said: Any) -> NoteRow:
    return NoteRow(path, "refine", "loop", "refine", 1, event, event, NOON.isoformat(), **said)


async def flush(run: RecordedRun, *notes: NoteRow) -> None:
    batch = FlushBatch(str(run.id), PROJECT, "n" * len(notes), list(notes))
    await ActivityEnvironment().run(flushing(run.services), batch)


async def a_lap_that_gave(run: RecordedRun, output: Any) -> None:
    """The second lap's output, made by its activity."""
    await run.ended("refine~1")
    await run.ended("refine~2.step", output)
    task = run.task("refine~2", "refine", reads=["refine~2.step"], instances=[a_lap("refine", 2)], always=True)
    await ActivityEnvironment().run(making_outputs(run.services), OutputTask(task))


async def test_a_loop_ends_with_the_output_of_its_last_lap(services: Services) -> None:
    run = await begin(services, "refine -> route", nodes=NODES)
    await a_lap_that_gave(run, "last")
    for _ in range(2):
        await flush(run, note("refine", outcome="success", output_of="refine~2", meta={"laps": 2}))
    row, lap = await run.row("refine"), await run.row("refine~2")
    assert (row["status"], row["outcome"], row["output"], row["metadata"]) == (
        "completed",
        "success",
        "last",
        {"laps": 2},
    )
    assert row["facts"] == lap["facts"] != {}
    assert (await run.log())[-1] == "node.completed refine"


async def test_a_large_output_is_kept_once(services: Services) -> None:
    run = await begin(services, "refine -> route", nodes=NODES)
    await a_lap_that_gave(run, "x" * 20_000)
    kept = await services.pool.fetchval("select count(*) from payloads")
    await flush(run, note("refine", outcome="exhausted", output_of="refine~2", meta={"laps": 2}))
    assert await run.value("refine") == "x" * 20_000
    assert await services.pool.fetchval("select count(*) from payloads") == kept


async def test_a_lap_and_its_loop_may_end_in_one_flush(services: Services) -> None:
    """The workflow made the lap's output by itself."""
    run = await begin(services, "refine -> route", nodes=NODES)
    last = note("refine~1", has_value=True, value={"n": 1})
    await flush(run, last, note("refine", output_of="refine~1", meta={"laps": 1}))
    assert await run.value("refine~1") == await run.value("refine") == {"n": 1}


async def test_an_item_or_lap_that_failed_says_why(services: Services) -> None:
    run = await begin(services, "refine -> route", nodes=NODES)
    await flush(run, note("refine~1", "failed", failure=Failure("Broken", "it broke", node="step")))
    row = await run.row("refine~1")
    assert (row["status"], row["node"], row["error"]["type"], row["has_output"]) == (
        "failed",
        "refine",
        "Broken",
        False,
    )


async def test_a_loop_without_an_output_to_copy_ends_without_one(services: Services) -> None:
    run = await begin(services, "refine -> route", nodes=NODES)
    await flush(run, note("refine", outcome="exhausted", output_of="refine~1", meta={"laps": 1}))
    row = await run.row("refine")
    assert (row["status"], row["has_output"], row["metadata"]) == ("completed", False, {"laps": 1})
