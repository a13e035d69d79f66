"""Reruns: what an earlier run did is not done again, on real servers."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest

from plait.clock import new_id, now
from plait.store.pool import Pool
from tests.support.bodies import each, laps, work
from tests.support.documents import a_document
from tests.support.engine import PROJECT, Engine, Run
from tests.support.histories import replayed
from tests.support.tools import CALLS


def calls(run: Run) -> dict[str, int]:
    """How often each path called its tool in this run."""
    prefix = f"{run.id}/"
    return {key.removeprefix(prefix): count for key, count in Counter(CALLS).items() if key.startswith(prefix)}


def a_tool(value: Any, **said: Any) -> dict[str, Any]:
    return {"with": {"tool": "work", "args": {"value": value}}, **said}


def a_failing_chain(fails: str) -> Any:
    """a -> b -> c, where c fails as its input says."""
    nodes = {
        "a": a_tool("{{ input.a }}"),
        "b": a_tool("{{ nodes.a.output + 1 }}"),
        "c": {"with": {"tool": "flaky", "args": {"failures": fails}}, "retry": {"max_attempts": 1}},
    }
    return a_document("a -> b -> c", nodes=nodes)


async def test_a_rerun_from_the_failure_calls_no_tool_again_that_completed(engine: Engine) -> None:
    document = a_failing_chain("{{ input.fails }}")
    source = await engine.start_document(document, input={"a": 1, "fails": 9})
    assert await source.ended() == "failed"
    run = await engine.rerun(source, document, input={"a": 1, "fails": 0})
    assert await run.ended() == "completed"
    assert calls(run) == {"c": 1}
    nodes = await run.nodes()
    assert (nodes["a"]["output"], nodes["b"]["output"], nodes["b"]["input"]) == (
        1,
        2,
        (await source.nodes())["b"]["input"],
    )
    assert nodes["b"]["why"] == {"reason": "reused", "run_id": str(source.id)}
    assert (nodes["b"]["attempts"], nodes["b"]["started_at"]) == ([], None)
    assert (await run.row())["flags"] == ["reused"]
    assert "node.reused a" in await run.events()
    await replayed(run.handle, "rerun_from_failure")


async def test_what_is_given_something_else_runs_and_what_is_given_the_same_behind_it_does_not(engine: Engine) -> None:
    nodes = {
        "a": a_tool("{{ input.a }}"),
        "size": {"type": "transform", "with": {"value": "{{ nodes.a.output > 0 }}"}},
        "b": a_tool("{{ nodes.size.output }}"),
        "c": a_tool("{{ nodes.a.output }}"),
    }
    document = a_document("a -> size -> (b, c)", nodes=nodes)
    source = await engine.start_document(document, input={"a": 1})
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, input={"a": 2})
    assert await run.ended() == "completed"
    assert calls(run) == {"a": 1, "c": 1}


async def test_named_nodes_and_all_behind_them_run_though_they_are_given_the_same(engine: Engine) -> None:
    nodes = {"a": a_tool(1), "b": a_tool(2), "c": a_tool(3), "d": a_tool(4)}
    document = a_document("a -> b -> c; a -> d", nodes=nodes)
    source = await engine.start_document(document)
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, "b")
    assert await run.ended() == "completed"
    assert calls(run) == {"b": 1, "c": 1}


async def test_a_chain_of_reruns_says_which_run_did_the_work(engine: Engine) -> None:
    document = a_document("a -> b -> c", nodes={"a": a_tool(1), "b": a_tool(2), "c": a_tool(3)})
    first = await engine.start_document(document)
    await first.ended()
    second = await engine.rerun(first, document, "b")
    await second.ended()
    third = await engine.rerun(second, document, "c")
    await third.ended()
    assert (calls(second), calls(third)) == ({"b": 1, "c": 1}, {"c": 1})
    nodes = await third.nodes()
    assert [nodes[path]["why"]["run_id"] for path in "ab"] == [str(first.id), str(second.id)]


async def test_a_decided_gate_is_not_asked_again_and_stands_with_its_votes(engine: Engine, pool: Pool) -> None:
    nodes = {"gate": {"type": "human_gate"}, "last": a_tool("{{ nodes.gate.output.by.name }}")}
    document = a_document("gate -[approved]-> last", nodes=nodes)
    source = await engine.start_document(document)
    await source.until("gate", "waiting")
    await source.vote("gate", "approved")
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, "last")
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"last": "ann"}
    gate = await pool.fetchrow("select * from gates where run_id = $1", run.id)
    votes = await pool.fetch("select * from gate_votes where run_id = $1", run.id)
    assert gate is not None
    assert (gate["status"], [vote["status"] for vote in votes], votes[0]["gate_id"]) == (
        "approved",
        ["applied"],
        gate["id"],
    )
    assert "gate.opened gate" not in await run.events()
    await replayed(run.handle, "rerun_gate")


async def test_what_was_waited_out_is_not_waited_for_again(engine: Engine) -> None:
    nodes = {"pause": {"type": "wait", "with": {"for": "{{ input.pause }}"}}, "last": a_tool(1)}
    document = a_document("pause -> last", nodes=nodes)
    source = await engine.start_document(document, input={"pause": "2s", "n": 1})
    assert await source.ended() == "completed"
    begun = now()
    run = await engine.rerun(source, document, "last", input={"pause": "2s", "n": 2})
    assert await run.ended() == "completed"
    assert (now() - begun).total_seconds() < 1.5
    again = await engine.rerun(run, document, "last", input={"pause": "0.1s"})
    assert await again.ended() == "completed"
    assert (await again.nodes())["pause"]["why"].get("reason") is None
    await replayed(run.handle, "rerun_wait")


async def test_the_payload_of_an_event_is_kept(engine: Engine, pool: Pool) -> None:
    nodes = {
        "paid": {"type": "event", "with": {"name": "paid", "key": "input.order"}},
        "last": a_tool("{{ nodes.paid.output }}"),
    }
    document = a_document("paid -> last", nodes=nodes)
    source = await engine.start_document(document, input={"order": "7"})
    await source.until("paid", "waiting")
    await send(pool, source, "paid", "7", {"amount": 12})
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, "last", input={"order": "7"})
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"last": {"amount": 12}}
    other = await engine.rerun(run, document, input={"order": "8"})
    await other.until("paid", "waiting")
    await other.handle.terminate()
    await replayed(run.handle, "rerun_event")


async def send(pool: Pool, run: Run, name: str, key: str, payload: Any) -> None:
    event = new_id()
    await pool.execute(
        "insert into inbound_events (id, project, run_id, name, key, payload, payload_size, payload_sha256, by, at, delivered_at)"
        " values ($1, $2, $3, $4, $5, $6, 2, 'x', '{}', $7, $7)",
        event, PROJECT, run.id, name, key, payload, now(),
    )  # fmt: skip
    await run.handle.signal("event", [str(event)])


async def test_items_and_laps_are_taken_over_by_their_paths(engine: Engine) -> None:
    body = (work("double", "{{ item * 2 }}"), work("named", "{{ nodes.double.output }}"))
    document = a_document(
        "each -> last", nodes={"each": each("input", *body), "last": a_tool("{{ nodes.each.output }}")}
    )
    source = await engine.start_document(document, input=[1, 2, 3])
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, "each.1.named", input=[1, 2, 3])
    assert await run.ended() == "completed"
    assert calls(run) == {"each.1.named": 1, "last": 1}
    assert (await run.row())["output"] == (await source.row())["output"]
    longer = await engine.rerun(run, document, input=[1, 5, 3, 4])
    assert await longer.ended() == "completed"
    assert set(calls(longer)) == {"each.1.double", "each.1.named", "each.3.double", "each.3.named", "last"}
    await replayed(longer.handle, "rerun_map")


async def test_what_was_undone_is_done_again(engine: Engine) -> None:
    undo = {"type": "tool_call", "with": {"tool": "work", "args": {"value": "undone"}}}
    nodes = {
        "book": a_tool(1, compensate=undo),
        "pay": {"with": {"tool": "flaky", "args": {"failures": "{{ input }}"}}, "retry": {"max_attempts": 1}},
    }
    document = a_document("book -> pay", nodes=nodes)
    source = await engine.start_document(document, input=9)
    assert await source.ended() == "failed"
    run = await engine.rerun(source, document, input=0)
    assert await run.ended() == "completed"
    assert calls(run) == {"book": 1, "pay": 1}


async def test_laps_are_taken_over_up_to_the_one_that_is_named(engine: Engine) -> None:
    loop = laps(
        "lap == 3",
        work("write", "{{ prev + 1 }}"),
        work("check", "{{ nodes.write.output }}"),
        initial=0,
        output="{{ nodes.check.output }}",
    )
    document = a_document("refine", nodes={"refine": loop})
    source = await engine.start_document(document)
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, "refine~2.check")
    assert await run.ended() == "completed"
    assert set(calls(run)) == {"refine~2.check", "refine~3.write", "refine~3.check"}
    assert (await run.row())["output"] == {"refine": 3}


@pytest.mark.parametrize("seed", range(6))
async def test_in_any_graph_what_is_behind_the_named_node_runs_and_the_end_is_that_of_a_fresh_run(
    engine: Engine, seed: int
) -> None:
    dice = Random(seed)
    names = [f"n{index}" for index in range(8)]
    above = {name: dice.sample(names[:index], min(index, dice.randint(0, 2))) for index, name in enumerate(names)}
    nodes = {name: a_tool([f"{{{{ nodes.{one}.output }}}}" for one in above[name]] or name) for name in names}
    document = a_document(nodes=nodes, edges=[{"from": one, "to": name} for name in names for one in above[name]])
    source = await engine.start_document(document)
    assert await source.ended() == "completed"
    chosen = dice.choice(names)
    behind = {chosen}
    for name in names:
        if behind & set(above[name]):
            behind.add(name)
    run = await engine.rerun(source, document, chosen)
    assert await run.ended() == "completed"
    assert set(calls(run)) == behind
    assert (await run.row())["output"] == (await source.row())["output"]


async def test_a_rerun_that_fails_undoes_what_it_did_and_nothing_that_the_run_before_did(engine: Engine) -> None:
    undo = {"type": "tool_call", "with": {"tool": "work", "args": {"value": "undone"}}}
    nodes = {
        "book": a_tool(1, compensate=undo),
        "hold": a_tool("{{ input }}", compensate=undo),
        "pay": {"with": {"tool": "flaky", "args": {"failures": "{{ input }}"}}, "retry": {"max_attempts": 1}},
    }
    document = a_document("book -> hold -> pay", nodes=nodes)
    source = await engine.start_document(document, input=0)
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, input=9)
    assert await run.ended() == "failed"
    assert set(calls(run)) == {"hold", "pay", "hold~undo"}


async def test_a_changed_schema_or_accept_runs_the_node_and_changed_limits_do_not(engine: Engine) -> None:
    first = a_document("a -> b", nodes={"a": a_tool(1), "b": a_tool(2)})
    source = await engine.start_document(first)
    assert await source.ended() == "completed"
    second = a_document("a -> b", nodes={"a": a_tool(1, timeout=7), "b": a_tool(2, output_schema={"type": "integer"})})
    run = await engine.rerun(source, second)
    assert await run.ended() == "completed"
    assert calls(run) == {"b": 1}


async def test_an_output_that_is_no_longer_accepted_is_made_anew(engine: Engine) -> None:
    document = a_document("a", nodes={"a": a_tool(2, accept="output >= input.least", retry={"max_attempts": 1})})
    source = await engine.start_document(document, input={"least": 1})
    assert await source.ended() == "completed"
    assert calls(run := await engine.rerun(source, document, input={"least": 2})) == {}
    assert await run.ended() == "completed"
    other = await engine.rerun(source, document, input={"least": 3})
    assert await other.ended() == "failed"
    assert calls(other) == {"a": 1}


async def test_a_cancel_meets_a_rerun_like_any_run(engine: Engine) -> None:
    document = a_document("a -> pause", nodes={"a": a_tool(1), "pause": {"type": "wait", "with": {"for": "1h"}}})
    source = await engine.start_document(document)
    await source.until("pause", "waiting")
    await source.cancel()
    assert await source.ended() == "cancelled"
    run = await engine.rerun(source, document)
    await run.until("pause", "waiting")
    await run.cancel()
    assert (await run.ended(), calls(run)) == ("cancelled", {})


async def test_what_is_called_off_in_the_moment_in_which_it_is_decided_is_not_even_asked_about(engine: Engine) -> None:
    nodes = {"a": a_tool(1), "bad": {"type": "transform", "with": {"value": "{{ 1 / 0 }}"}}}
    document = a_document("(a, bad)", nodes=nodes)
    source = await engine.start_document(document)
    assert await source.ended() == "failed"
    run = await engine.rerun(source, document)
    assert await run.ended() == "failed"
    assert ((await run.statuses())["a"], calls(run)) == ("cancelled", {})


async def test_a_cancel_while_it_is_asked_ends_the_node_before_it_begins(engine: Engine, pool: Pool) -> None:
    nodes = {"a": a_tool(1), "pay": {"with": {"tool": "flaky", "args": {"failures": 9}}, "retry": {"max_attempts": 1}}}
    document = a_document("a -> pay", nodes=nodes)
    source = await engine.start_document(document)
    assert await source.ended() == "failed"
    async with pool.acquire() as connection, connection.transaction():
        # Whoever is asked waits.
        await connection.execute("lock table node_runs in access exclusive mode")
        run = await engine.rerun(source, document)
        await asyncio.sleep(0.5)
        await run.cancel()
        await asyncio.sleep(0.5)
    assert (await run.ended(), calls(run)) == ("cancelled", {})
    assert (await run.statuses())["a"] == "cancelled"


async def test_a_wait_until_no_time_fails_as_in_any_run(engine: Engine) -> None:
    document = a_document("pause", nodes={"pause": {"type": "wait", "with": {"at": "{{ input }}"}}})
    source = await engine.start_document(document, input="soon")
    assert await source.ended() == "failed"
    run = await engine.rerun(source, document, input="soon")
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "InvalidTime"


async def test_a_deadline_beside_a_map_is_nothing_that_is_asked_about(engine: Engine) -> None:
    document = a_document("each", nodes={"each": each("input", work("a", 1)) | {"deadline": "1h"}})
    source = await engine.start_document(document, input=[1])
    assert await source.ended() == "completed"
    run = await engine.rerun(source, document, input=[1])
    assert (await run.ended(), calls(run)) == ("completed", {})
