"""Runs that are paused, stepped through and gone on with, on the real Temporal."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from interpreter.shell.wire import SIGNAL_COMMAND
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.bodies import each, work
from tests.support.engine import Engine, Run, running_engine
from tests.support.histories import executions, replayed

GATE = {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:ann"]}}
SLEEP = {"with": {"tool": "sleep", "args": {"seconds": 0.3}}}


async def until(run: Run, status: str, timeout: float = 20) -> None:
    async with asyncio.timeout(timeout):
        while (await run.row())["status"] != status:
            await asyncio.sleep(0.02)


async def test_a_run_that_is_paused_in_a_fan_out_begins_nothing_more_until_it_goes_on(engine: Engine) -> None:
    names = [f"n{number}" for number in range(70)]
    run = await engine.start(f"({', '.join(names)}) -> z", nodes=dict.fromkeys(names, SLEEP))
    await run.until("n0", "running")
    assert await run.answered(await run.command("pause", reason="the bank is closed")) == "applied"
    row = await run.row()
    assert (row["status"], row["requested"], row["pause"]["reason"]) == ("paused", None, "the bank is closed")
    async with asyncio.timeout(20):
        while sum(status == "completed" for status in (await run.statuses()).values()) < 64:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    assert len(await run.nodes()) == 64
    await run.command("resume")
    assert await run.ended() == "completed"
    events = await run.events()
    assert [event for event in events if event in ("run.paused", "run.resumed")] == ["run.paused", "run.resumed"]
    await replayed(run.handle, "paused_fan_out")


async def test_a_gate_is_decided_in_a_paused_run_and_what_follows_waits(engine: Engine) -> None:
    run = await engine.start("sign_off -[approved]-> b", nodes={"sign_off": GATE})
    await run.until("sign_off", "waiting")
    await run.answered(await run.command("pause"))
    await run.vote("sign_off", "approved")
    await run.until("sign_off", "completed")
    await asyncio.sleep(0.3)
    assert set(await run.nodes()) == {"sign_off"}
    await run.command("resume")
    assert await run.ended() == "completed"
    await replayed(run.handle, "paused_gate")


async def test_a_paused_run_that_is_cancelled_undoes_and_cleans_up(engine: Engine) -> None:
    undo = {"type": "tool_call", "with": {"tool": "work"}}
    nodes = {"a": {"compensate": undo}, "z": {"join": {"mode": "always"}}, "sign_off": GATE}
    run = await engine.start("a -> b -> z; sign_off -[approved]-> z", nodes=nodes, breakpoints=["b"])
    await run.paused_before("b")
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert await run.statuses() == {
        "a": "completed", "a~undo": "completed", "b": "cancelled", "sign_off": "cancelled", "z": "completed",
    }  # fmt: skip
    assert (await run.row())["pause"] is None
    await replayed(run.handle, "paused_cancelled")


async def test_a_breakpoint_in_a_map_stops_before_each_item_and_another_input_runs(engine: Engine) -> None:
    body = each("input", work("score", "{{ item }}"), output="{{ nodes.score.output }}")
    run = await engine.start("each", nodes={"each": body}, input=[1, 2], breakpoints=["score"])
    due = await run.paused_before("each.0.score", "each.1.score")
    assert due["each.1.score"] == {"tool": "work", "args": {"value": 2}}
    stepped = await run.command("step", path="each.1.score", generation=1, input={"args": {"value": 7}})
    assert await run.answered(stepped) == "applied"
    await run.until("each.1.score", "completed")
    assert set(await run.paused_before("each.0.score")) == {"each.0.score"}
    lost = await run.command("step", path="each.9.score", generation=1)
    assert await run.answered(lost) == "refused"
    await run.command("continue")
    assert await run.ended() == "completed"
    row = await run.row()
    assert (row["output"], row["flags"]) == ({"each": [1, 7]}, ["overridden"])
    await replayed(run.handle, "stepped_map")


async def test_a_breakpoint_shows_the_parameters_that_a_person_gave_in_that_run_alone(engine: Engine) -> None:
    nodes = {"sign_off": GATE, "b": {"with": {"tool": "work", "args": {"value": 1}}}}
    for given, value in (({"args": {"value": 7}}, 7), (None, 1)):
        run = await engine.start("sign_off -[approved]-> b", nodes=nodes, breakpoints=["b"])
        await run.until("sign_off", "waiting")
        if given is not None:
            await run.override("b", "retry", given=given)
        await run.vote("sign_off", "approved")
        assert await run.paused_before("b") == {"b": {"tool": "work", "args": {"value": value}}}
        await run.command("continue")
        assert await run.ended() == "completed"
        assert (await run.row())["output"] == {"b": value}


async def test_every_kind_of_node_can_be_stopped_before(engine: Engine) -> None:
    nodes = {
        "choose": {"type": "condition", "with": {"cases": [{"name": "good", "when": "input > 1"}], "default": "poor"}},
        "made": {"type": "transform", "with": {"value": "{{ input + 1 }}"}},
        "sign_off": GATE,
        "pause": {"type": "wait", "with": {"for": 0}},
        "broken": {"with": {"tool": "work", "args": {"value": "{{ 1 / 0 }}"}}, "on_error": "continue"},
        "each": each("[1]", work("inner", "{{ item }}")),
    }
    graph = "choose -[good]-> made -> pause -> each -> broken -> sign_off"
    run = await engine.start(graph, nodes=nodes, input=2, debug=True)
    for path in ("choose", "made", "pause", "each", "each.0.inner", "broken", "sign_off"):
        await run.paused_before(path)
        await run.command("step", path=path, generation=1)
    await run.until("sign_off", "waiting")
    shown = (await run.nodes())["broken"]
    assert (shown["status"], shown["message"]) == (
        "failed",
        "It will fail: division by zero (at character 6) in with.args.value",
    )
    await run.command("continue")
    await run.vote("sign_off", "approved")
    assert await run.ended() == "completed"
    await replayed(run.handle, "debugged")


async def test_commands_are_carried_out_in_their_order_though_a_signal_was_lost(engine: Engine) -> None:
    run = await engine.start("sign_off -[approved]-> b", nodes={"sign_off": GATE})
    await run.until("sign_off", "waiting")
    paused = await run.command("pause", told=False)
    resumed = await run.command("resume")
    assert [await run.answered(paused), await run.answered(resumed)] == ["applied", "applied"]
    assert (await run.row())["status"] == "running"
    await run.vote("sign_off", "approved")
    assert await run.ended() == "completed"


async def test_a_pause_outlives_the_worker(temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> None:
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path) as first:
        run = await first.start("a -> b -> c", breakpoints=["b"])
        await run.paused_before("b")
    resumed = await run.command("resume", told=False)
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, task_queue=first.task_queue):
        await asyncio.sleep(0.2)
        assert (await run.row())["status"] == "paused"
        await run.handle.signal(SIGNAL_COMMAND, str(resumed))
        assert await run.ended() == "completed"


@pytest.fixture
async def restless_engine(restless: Client, pool: Pool, recorder: Recorder, tmp_path: Path) -> AsyncIterator[Engine]:
    """A worker on the server that wants fresh histories at every quiet moment."""
    async with running_engine(restless, pool, recorder, files_dir=tmp_path, sandboxed=True) as engine:
        yield engine


async def test_a_pause_goes_along_to_fresh_histories(restless_engine: Engine) -> None:
    body = each("input", work("before", "{{ item }}"), {"id": "sign_off", **GATE}, work("after", "{{ item }}"))
    run = await restless_engine.start("each", nodes={"each": body}, input=["a", "b"], breakpoints=["after"])
    for item in (0, 1):
        await run.until(f"each.{item}.sign_off", "waiting")
    await run.answered(await run.command("pause"))
    for item in (0, 1):
        await run.vote(f"each.{item}.sign_off", "approved")
    await run.paused_before("each.0.after", "each.1.after")
    await run.command("step", path="each.0.after", generation=1)
    await run.until("each.0.after", "completed")
    await run.command("resume")
    assert await run.ended() == "completed"
    handles = await executions(run.handle, restless_engine.temporal)
    assert len(handles) > 1
    for number, handle in enumerate(handles):
        await replayed(handle, f"moving_paused_{number}")
