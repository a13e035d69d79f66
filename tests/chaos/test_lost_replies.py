"""Postgres commits and the reply is lost: whoever asked asks again, and nothing happens twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from activities.runs.inbound import taking_events
from api.upkeep.housekeeping import keeping_house
from interpreter.shell.wire import TakeEvent
from plait.clock import now
from plait.endpoints.signing import signed_headers
from tests.support.audit import audited
from tests.support.inbound import a_waiting_run, recorded, services_of, statuses
from tests.support.live import Live
from tests.support.postgres import Database
from tests.support.proxy import Proxy, proxied
from tests.support.runs import NOON, PROJECT, a_run
from tests.support.tools import CALLS

GATED: dict[str, Any] = {
    "nodes": [
        {"id": "work", "type": "tool_call", "with": {"tool": "work", "args": {"value": 1}}},
        {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:local"]}},
        {"id": "pay", "type": "tool_call", "with": {"tool": "work", "args": {"value": 2}}},
    ],
    "edges": [{"from": "work", "to": "sign_off"}, {"from": "sign_off", "to": "pay", "on": "approved"}],
}


@pytest.fixture
async def way(own_database: Database) -> AsyncIterator[tuple[str, Proxy]]:
    """The way to the test's database, which can lose replies."""
    async with proxied(own_database.dsn) as way:
        yield way


@pytest.fixture
def database(way: tuple[str, Proxy]) -> str:
    """API and worker go that way."""
    return way[0]


@pytest.fixture
def proxy(way: tuple[str, Proxy]) -> Proxy:
    """What loses the replies."""
    return way[1]


async def post_until_answered(live: Live, address: str, body: dict[str, Any], key: str) -> tuple[int, Any]:
    """The answer that is not 503, and how often it was asked for: every repetition under the same key."""
    for asked in range(1, 10):
        answer = await live.client.post(f"/api/v1{address}", json=body, headers={"Idempotency-Key": key})
        if answer.status_code != 503:
            assert answer.status_code < 300, answer.text
            return asked, answer.json()
        assert int(answer.headers["retry-after"]) >= 1
    raise AssertionError("it was never answered")


async def the_open_gate(live: Live, run: dict[str, Any]) -> dict[str, Any]:
    """The run's gate, once it is open."""
    async with asyncio.timeout(20):
        while not (found := (await live.get("/gates", run_id=run["id"]))["items"]):
            await asyncio.sleep(0.02)
    return found[0]


async def test_a_start_whose_row_was_not_heard_of_is_the_same_run_when_it_is_sent_again(
    live: Live, proxy: Proxy
) -> None:
    await live.save("gated", **GATED)
    proxy.lose_reply_to = b'"order":7'
    asked, run = await post_until_answered(live, "/workflows/gated/run", {"input": {"order": 7}}, "order-7")
    assert (asked, proxy.lost) == (2, 1)
    runs = (await live.get("/workflow_runs", workflow="gated"))["items"]
    assert [found["id"] for found in runs] == [run["id"]]


async def test_a_run_whose_commits_are_not_heard_of_does_everything_once(live: Live, proxy: Proxy) -> None:
    await live.save("gated", **GATED)
    run = await live.start("gated", {"start": "later"})
    proxy.lose_commits = 2
    await post_until_answered(live, f"/workflow_runs/{run['id']}/start", {}, "started")
    gate = await the_open_gate(live, run)
    proxy.lose_commits = 3
    await post_until_answered(live, f"/gates/{gate['id']}/decisions", {"decision": "approved"}, "decided")
    await live.until(run["id"], "completed")
    assert proxy.lost == 5
    assert [CALLS[f"{run['id']}/{path}"] for path in ("work", "pay")] == [1, 1]
    events = (await live.get(f"/workflow_runs/{run['id']}/events", limit=100))["items"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    told = [(event["type"], event["path"]) for event in events]
    assert len(told) == len(set(told))
    (listed,) = (await live.get("/gates", run_id=run["id"]))["items"]
    decided = await live.get(f"/gates/{listed['id']}")
    assert [vote["status"] for vote in decided["votes"]] == ["applied"]
    await audited(live)


async def test_a_pause_and_a_resume_whose_commits_are_not_heard_of_are_done_once(live: Live, proxy: Proxy) -> None:
    await live.save("gated", **GATED)
    run = await live.start("gated")
    await the_open_gate(live, run)
    address, pool = f"/workflow_runs/{run['id']}", live.resources.pool

    async def asked_twice(where: str, **said: Any) -> None:
        body = {"reason": f"not heard of {where.rpartition('/')[2]}", **said}
        assert (await post_until_answered(live, where, body, where))[0] == 2

    async with keeping_house(live.resources):
        proxy.lose_commit_of = b"not heard of pause"
        await asked_twice(f"{address}/pause")
        await live.until(run["id"], "paused")
        proxy.lose_commit_of = b"not heard of resume"
        await asked_twice(f"{address}/resume")
        await live.until(run["id"], "running")
    gate = await the_open_gate(live, run)
    await post_until_answered(live, f"/gates/{gate['id']}/decisions", {"decision": "approved"}, "decided")
    await live.until(run["id"], "completed")
    assert proxy.lost == 2
    assert CALLS[f"{run['id']}/pay"] == 1
    commands = await pool.fetch("select kind, status from run_commands order by n")
    assert [tuple(row) for row in commands] == [("pause", "applied"), ("resume", "applied")]
    await audited(live)


async def test_an_override_whose_row_was_not_heard_of_is_the_same_when_it_is_sent_again(
    live: Live, proxy: Proxy
) -> None:
    await live.save("gated", **GATED)
    run = await live.start("gated")
    await the_open_gate(live, run)
    wish = {"action": "skip", "reason": "nobody is there", "expect": {"status": "waiting", "attempt": 0}}
    proxy.lose_reply_to = b"nobody is there"
    asked, answer = await post_until_answered(live, f"/workflow_runs/{run['id']}/nodes/sign_off/override", wish, "skip")
    assert (asked, proxy.lost, answer["id"]) == (2, 1, run["id"])
    await live.until(run["id"], "completed")
    rows = await live.resources.pool.fetch("select action, status from overrides")
    assert [tuple(row) for row in rows] == [("skip", "applied")]
    await audited(live)


@pytest.mark.parametrize("sender_id", ["evt_1", None])
async def test_an_event_whose_row_was_not_heard_of_is_the_same_when_it_is_sent_again(
    idle: Live, proxy: Proxy, sender_id: str | None
) -> None:
    run_id = await a_run(idle.resources.pool)
    proxy.lose_commits = 1
    said = {"name": "payment", "key": "order-7", "id": sender_id}
    asked, event = await post_until_answered(idle, f"/workflow_runs/{run_id}/inbound_events", said, "paid")
    assert (asked, proxy.lost) == (2, 1)
    (listed,) = (await idle.get(f"/workflow_runs/{run_id}/inbound_events"))["items"]
    assert listed == event


async def test_an_event_for_whoever_waits_whose_row_was_not_heard_of_is_the_same(idle: Live, proxy: Proxy) -> None:
    proxy.lose_reply_to = b"order-7"
    said = {"name": "payment", "key": "order-7", "id": "evt_1"}
    asked, event = await post_until_answered(idle, "/inbound_events", said, "paid")
    assert (asked, proxy.lost, event["status"]) == (2, 1, "waiting")
    assert await idle.resources.pool.fetchval("select count(*) from mailbox_events") == 1


async def test_a_webhook_and_a_trigger_whose_rows_were_not_heard_of_are_one_run_each(idle: Live, proxy: Proxy) -> None:
    await idle.save("report", [{"id": "a", "type": "transform", "with": {"value": 1}}])
    hook = {"name": "In", "verify": "standard", "start": {"workflow": "report"}}
    made = (await idle.client.post("/api/v1/webhook_triggers", json=hook)).json()
    body = b'{"order": "order-7"}'
    signed = signed_headers([made["secret"]], "msg_1", int(now().timestamp()), body)
    proxy.lose_reply_to = b"order-7"
    answers = [
        await idle.client.post(made["url"], content=body, headers={"Content-Type": "application/json", **signed})
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [503, 202, 202]
    assert {answer.json()["result"] for answer in answers[1:]} == {"repeated"}
    nightly = {"name": "Nightly", "workflow": "report", "every": "1d", "paused": True, "input": {"order": "order-8"}}
    schedule = (await idle.client.post("/api/v1/schedules", json=nightly)).json()
    proxy.lose_reply_to = b"order-8"
    asked, _ = await post_until_answered(idle, f"/schedules/{schedule['id']}/trigger", {}, "now")
    assert (asked, proxy.lost) == (2, 2)
    assert await idle.resources.pool.fetchval("select count(*) from workflow_runs") == 2


async def test_an_event_whose_commit_was_not_heard_of_is_consumed_once(idle: Live, proxy: Proxy) -> None:
    pool, recorder = idle.resources.pool, idle.resources.recorder
    run_id, plan_hash = await a_waiting_run(pool, recorder)
    event = await recorded(pool, run_id, {"amount": 7})
    take = taking_events(services_of(pool, recorder))
    proxy.lose_commits = 2
    taken = await take(TakeEvent(str(run_id), PROJECT, plan_hash, "paid", "paid", 1, str(event), NOON.isoformat()))
    assert (proxy.lost, taken.result is not None) == (2, True)
    assert await statuses(pool, run_id) == ["consumed"]
    types = [event["type"] for event in (await idle.get(f"/workflow_runs/{run_id}/events"))["items"]]
    assert types.count("workflow.node.completed") == 1
