"""Runs that leave their history at nearly every quiet moment lose nothing of items, gates, events and timers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from interpreter.shell.wire import SIGNAL_EVENT
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.bodies import each, failing, laps, work
from tests.support.documents import a_document
from tests.support.engine import Engine, Run, running_engine
from tests.support.histories import executions, replayed
from tests.support.inbound import recorded

PAUSE = {"id": "pause", "type": "wait", "with": {"for": "50ms"}}
GATE = {
    "id": "sign_off",
    "type": "human_gate",
    "with": {"title": "Sign off", "approvers": ["user:ann"]},
    "timeout": "1h",
}
PAID = {"id": "paid", "type": "event", "with": {"name": "payment"}}


@pytest.fixture
async def engine(restless: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker on the restless server."""
    async with running_engine(restless, pool, recorder, files_dir=tmp_path, sandboxed=True) as engine:
        yield engine


async def send(run: Run, payload: int) -> None:
    """An external event, on record and told of."""
    await run.handle.signal(SIGNAL_EVENT, [str(await recorded(run.engine.pool, run.id, payload))])


async def kept(run: Run, case: str) -> None:
    """Replay each execution of the run; more than one there has to be."""
    handles = await executions(run.handle, run.engine.temporal)
    assert len(handles) > 1
    for number, handle in enumerate(handles):
        await replayed(handle, f"{case}_{number}")


async def test_items_with_gates_open_and_events_kept(engine: Engine) -> None:
    body = each(
        "input", work("before", 1), GATE, PAID, work("both", "{{ [item, nodes.paid.output] }}"), max_concurrency=2
    )
    run = await engine.start("each", nodes={"each": body}, input=["a", "b", "c", "d"])
    for item in (0, 1):
        await run.until(f"each.{item}.sign_off", "waiting")
    await send(run, 1)
    for number, item in enumerate((0, 2, 3, 1)):
        await run.until(f"each.{item}.sign_off", "waiting")
        await run.vote(f"each.{item}.sign_off", "approved")
        await send(run, number + 2)
    assert await run.ended() == "completed"
    output = (await run.row())["output"]["each"]
    assert [entry[0] for entry in output] == ["a", "b", "c", "d"]
    assert len({entry[1] for entry in output}) == 4
    await kept(run, "moving_items")


async def test_laps_with_a_wait_in_each(engine: Engine) -> None:
    pause = {"id": "pause", "type": "wait", "with": {"for": "200ms"}}
    body = laps(
        "nodes.add.output >= 40", pause, work("add", "{{ prev + item }}"), initial=0, output="{{ nodes.add.output }}"
    )
    run = await engine.start("each", nodes={"each": each("input", {"id": "sum", **body})}, input=[10, 20])
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": [40, 40]}
    await kept(run, "moving_laps")


async def test_what_is_to_be_undone(engine: Engine) -> None:
    undo = {"type": "tool_call", "with": {"tool": "work", "args": {"value": "{{ nodes.book.output }}"}}}
    pause = {"id": "pause", "type": "wait", "with": {"for": "200ms"}}
    body = each("input", work("book", "{{ item }}", compensate=undo), pause)
    chain = "each -> rest -> last"
    run = await engine.start(
        chain, nodes={"each": body, "rest": {"type": "wait", "with": {"for": "200ms"}}, "last": failing("last")},
        input=list("abcdefgh"),
    )  # fmt: skip
    assert await run.ended() == "failed"
    nodes = await run.nodes()
    assert [nodes[f"each.{item}.book~undo"]["output"] for item in range(8)] == list("abcdefgh")
    await kept(run, "moving_undo")


async def test_a_run_that_is_being_cancelled(engine: Engine) -> None:
    undo = {"type": "tool_call", "with": {"tool": "work", "args": {"value": "{{ nodes.book.output }}"}}}
    rest = {"type": "wait", "with": {"for": "100ms"}, "join": {"mode": "always"}}
    clean = [f"clean{number}" for number in range(4)]
    run = await engine.start(
        f"book -> sign_off -> {' -> '.join(clean)}",
        nodes={"book": work("book", 7, compensate=undo), "sign_off": GATE, **dict.fromkeys(clean, rest)},
    )
    await run.until("sign_off", "waiting")
    await run.cancel()
    assert await run.ended() == "cancelled"
    nodes = await run.nodes()
    assert nodes["book~undo"]["output"] == 7
    assert {nodes[each]["status"] for each in clean} == {"completed"}
    await kept(run, "moving_cancelled")


async def test_a_rerun_takes_over_what_it_can_in_every_execution(engine: Engine) -> None:
    body = each("input", work("before", "{{ item }}"), PAUSE, work("after", "{{ nodes.before.output }}"))
    nodes = {"each": body, "last": work("last", "{{ nodes.each.output }}")}
    source = await engine.start("each -> last", nodes=nodes, input=["a", "b", "c"])
    assert await source.ended() == "completed"
    pauses = {f"p{number}": {"type": "wait", "with": {"for": "50ms"}} for number in range(4)}
    document = a_document("p0 -> p1 -> p2 -> p3 -> each -> last", nodes=nodes | pauses)
    run = await engine.rerun(source, document, "each.1.after", input=["a", "b", "c"])
    assert await run.ended() == "completed"
    assert {path for path, row in (await run.nodes()).items() if row["attempts"]} == {"each.1.after", "last"}
    await kept(run, "moving_rerun")
