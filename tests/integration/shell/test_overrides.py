"""People move nodes that wait, are to be tried again, or have not started; what was in hand stops first."""

from typing import Any

from interpreter.shell.wire import SIGNAL_OVERRIDE
from tests.support.engine import Engine
from tests.support.histories import replayed
from tests.support.tools import CALLS

GATE: dict[str, Any] = {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}
AGAIN: dict[str, Any] = {
    "with": {"tool": "flaky", "args": {"failures": 1}},
    "retry": {"max_attempts": 3, "initial_interval": "1h"},
}
"""Fails once, and is to be tried again in an hour."""


async def test_a_node_that_is_to_be_tried_again_later_is_tried_now(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": AGAIN})
    await run.until("a", "retrying")
    await run.override("a", "retry")
    assert await run.ended() == "completed"
    rows = await engine.pool.fetch(
        "select generation, status, outcome from node_runs where run_id = $1 and path = 'a' order by generation", run.id
    )
    assert [tuple(row) for row in rows] == [(1, "cancelled", "overridden"), (2, "completed", "success")]
    assert (await run.row())["completed_nodes"] == 2
    await replayed(run.handle, "override_retrying")


async def test_a_node_that_is_to_be_tried_again_is_given_an_output_or_skipped(engine: Engine) -> None:
    seen = {"with": {"tool": "work", "args": {"value": "{{ nodes.a.output }}"}}}
    run = await engine.start("a -> c; b -[skipped]-> d", nodes={"a": AGAIN, "b": AGAIN, "c": seen})
    await run.until("a", "retrying")
    await run.until("b", "retrying")
    await run.override("a", "succeed", {"by": "hand"})
    await run.override("b", "skip")
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert nodes["c"]["output"] == {"by": "hand"}
    assert [nodes[path]["status"] for path in ("b", "d")] == ["skipped", "completed"]
    assert (await run.row())["flags"] == ["overridden"]
    await replayed(run.handle, "override_retrying_ended")


async def test_a_retry_with_other_parameters_reads_what_they_name(engine: Engine) -> None:
    held = {"with": {"tool": "flaky", "args": {"failures": 1, "retryable": False}}, "on_error": "hold"}
    first = {"with": {"tool": "work", "args": {"value": 1}}}
    run = await engine.start("first -> a -> b", nodes={"first": first, "a": held})
    await run.until("a", "held")
    await run.override("a", "retry", given={"args": {"failures": "{{ nodes.first.output }}"}})
    assert await run.ended() == "completed"
    row = (await run.nodes())["a"]
    assert row["input"]["args"] == {"failures": 1}
    assert row["generation"] == 2
    await replayed(run.handle, "override_parameters")


async def test_a_gate_that_is_skipped_closes_as_cancelled_and_takes_no_vote_any_more(engine: Engine) -> None:
    run = await engine.start("sign_off -[approved, skipped]-> b", nodes={"sign_off": {**GATE, "timeout": "1h"}})
    await run.until("sign_off", "waiting")
    vote = await run.cast("sign_off", "approved")
    refused = await run.override("sign_off", "succeed", {})
    assert await run.answer(refused) == "refused"
    await run.override("sign_off", "skip")
    assert await run.ended() == "completed"
    await run.handle.describe()
    assert await engine.pool.fetchval("select status from gates where run_id = $1", run.id) == "cancelled"
    assert (await run.statuses()) == {"sign_off": "skipped", "b": "completed"}
    assert await engine.pool.fetchval("select status from gate_votes where id = $1", vote) == "recorded"
    await replayed(run.handle, "override_gate")


async def test_a_wait_ends_now_and_an_event_comes_by_hand(engine: Engine) -> None:
    nodes = {
        "sleep": {"type": "wait", "with": {"for": "1h"}},
        "paid": {"type": "event", "with": {"name": "paid"}, "timeout": "1h"},
        "seen": {"with": {"tool": "work", "args": {"value": "{{ nodes.paid.output.sum }}"}}},
    }
    run = await engine.start("sleep -> (x, seen); paid -> seen", nodes=nodes)
    await run.until("sleep", "waiting")
    await run.until("paid", "waiting")
    await run.override("sleep", "succeed")
    await run.override("paid", "succeed", {"sum": 12})
    assert await run.ended() == "completed"
    assert (await run.nodes())["seen"]["output"] == 12
    await replayed(run.handle, "override_waiting")


async def test_nodes_that_have_not_started_become_what_was_said_when_the_run_comes_to_them(engine: Engine) -> None:
    body = {"items": "[1, 2]", "max_concurrency": 1, "chain": [
        {"id": "first", **GATE}, {"id": "second", "type": "tool_call", "with": {"tool": "work", "args": {}}},
    ]}  # fmt: skip
    nodes = {
        "sign_off": GATE,
        "b": {"with": {"tool": "flaky", "args": {"failures": 9}}},
        "c": {"with": {"tool": "work", "args": {"value": "{{ nodes.b.output }}"}}},
        "each": {"type": "map", "with": body},
    }
    run = await engine.start("sign_off -[approved]-> b -> c", nodes=nodes)
    await run.until("each.0.first", "waiting")
    said = [
        await run.override("b", "succeed", 5, generation=0),
        await run.override("each.0.second", "skip", generation=0),
        await run.override("each.1.first", "skip", generation=0),
        await run.override("each.1.second", "succeed", 8, generation=0),
    ]
    for override in said:
        assert await run.answer(override) == "applied"
    assert await run.answer(await run.override("c", "retry", generation=0)) == "refused"
    assert await run.answer(await run.override("each.7.second", "skip", generation=0)) == "refused"
    await run.until("sign_off", "waiting")
    await run.vote("sign_off", "approved")
    await run.vote("each.0.first", "approved")
    assert await run.ended() == "completed"
    nodes_now = await run.nodes()
    assert (nodes_now["c"]["output"], f"{run.id}/b" in CALLS) == (5, False)
    assert [nodes_now[path]["status"] for path in ("each.0.second", "each.1.first")] == ["skipped", "skipped"]
    assert nodes_now["each.1.second"]["output"] == 8
    await replayed(run.handle, "override_ahead")


async def test_a_completion_that_comes_before_the_stop_counts_and_the_override_is_refused(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": {"with": {"tool": "work", "args": {"value": 1}}}})
    assert await run.ended() == "completed"
    other = await engine.start("a -> sign_off", nodes={"sign_off": GATE})
    await other.until("sign_off", "waiting")
    late = await other.override("a", "retry")
    assert await other.answer(late) == "refused"
    await other.cancel()
    assert await other.ended() == "cancelled"


async def test_an_override_that_is_told_twice_is_done_once(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": AGAIN})
    await run.until("a", "retrying")
    override = await run.override("a", "retry")
    await run.handle.signal(SIGNAL_OVERRIDE, str(override))
    assert await run.ended() == "completed"
    assert CALLS[f"{run.id}/a"] == 2
    assert (await run.events()).count("node.overridden a") == 1
