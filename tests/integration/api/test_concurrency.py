"""Limits on how many runs of a workflow, or of one key of it, are open at once."""

import asyncio
from typing import Any

from api.upkeep.sweeper import sweep_once
from plait.clock import now
from plait.starts import HEAD_START
from plait.store.slots import admit
from tests.integration.api.support import problem
from tests.support.live import Live

GATE = {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}
INPUT = {"type": "object", "properties": {"customer": {"type": "string"}}}
BY = {"type": "system", "id": "test", "name": "test"}


async def gated(live: Live, **concurrency: Any) -> None:
    await live.save("gated", [GATE], concurrency={"limit": 1} | concurrency, input=INPUT)


async def approve(live: Live, run: dict[str, Any]) -> None:
    (gate,) = (await live.get("/gates", run_id=run["id"]))["items"]
    answer = await live.client.post(f"/api/v1/gates/{gate['id']}/decisions", json={"decision": "approved"})
    assert answer.status_code in {200, 202}, answer.text


async def opened(live: Live, run: dict[str, Any]) -> dict[str, Any]:
    """The run, once its gate is open."""
    async with asyncio.timeout(10):
        while True:
            found = await live.get(f"/workflow_runs/{run['id']}")
            if any(each["kind"] == "gate" for each in found["waiting_for"]):
                return found
            await asyncio.sleep(0.05)


async def statuses(live: Live, *runs: dict[str, Any]) -> list[str]:
    return [(await live.get(f"/workflow_runs/{run['id']}"))["status"] for run in runs]


async def test_a_run_beyond_the_limit_waits_for_a_slot_and_begins_when_one_is_free(live: Live) -> None:
    await gated(live)
    first = await live.start("gated")
    await opened(live, first)
    second = await live.start("gated")
    found = await live.get(f"/workflow_runs/{second['id']}")
    assert [each["kind"] for each in found["waiting_for"]] == ["slot"]
    assert found["message"] == "Waiting for a free slot: 1 may be open at once."
    await approve(live, first)
    await opened(live, second)


async def test_runs_of_different_keys_do_not_wait_for_each_other(live: Live) -> None:
    await gated(live, key="input.customer")
    runs = [await live.start("gated", {"input": {"customer": name}}) for name in ("acme", "bolt", "acme")]
    await opened(live, runs[0])
    await opened(live, runs[1])
    assert await statuses(live, runs[2]) == ["pending"]


async def test_those_that_wait_begin_by_priority_and_then_by_age(live: Live) -> None:
    await gated(live)
    first = await live.start("gated")
    await opened(live, first)
    late, urgent = await live.start("gated"), await live.start("gated", {"priority": 1})
    await approve(live, first)
    await opened(live, urgent)
    assert await statuses(live, late) == ["pending"]


async def test_a_full_workflow_that_rejects_says_so(live: Live) -> None:
    await gated(live, when_full="reject")
    await live.start("gated")
    answer = await live.client.post("/api/v1/workflows/gated/run", json={})
    assert problem(answer, 409, "concurrency_full")["limit"] == 1


async def test_parallel_starts_never_exceed_a_limit_that_rejects(live: Live) -> None:
    await gated(live, when_full="reject", limit=3)
    answers = await asyncio.gather(*(live.client.post("/api/v1/workflows/gated/run", json={}) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [409] * 9


async def test_a_newer_run_takes_the_place_of_the_oldest_where_the_version_says_so(live: Live) -> None:
    await gated(live, when_full="cancel_oldest")
    first = await live.start("gated")
    await opened(live, first)
    second = await live.start("gated")
    third = await live.start("gated")
    assert (await live.until(first["id"], "cancelled"))["status"] == "cancelled"
    await live.until(second["id"], "cancelled")
    await opened(live, third)


async def test_many_looks_at_once_let_in_as_many_as_the_limit_says(idle: Live) -> None:
    await gated(idle, limit=4)
    pool = idle.resources.pool
    await asyncio.gather(*(idle.start("gated") for _ in range(20)))
    slot = await pool.fetchval("select slot from workflow_runs limit 1")
    await asyncio.gather(*(admit(pool, slot, now(), HEAD_START, BY) for _ in range(10)))
    assert await pool.fetchval("select count(*) from workflow_runs where slot_at is not null") == 4


async def test_a_run_that_waits_for_a_slot_can_be_cancelled_and_frees_nothing(idle: Live) -> None:
    await gated(idle)
    first, second = await idle.start("gated"), await idle.start("gated")
    answer = await idle.client.post(f"/api/v1/workflow_runs/{second['id']}/cancel", json={})
    assert answer.json()["status"] == "cancelled"
    assert await statuses(idle, first) == ["pending"]


async def test_the_sweeper_lets_in_what_a_process_that_died_left_waiting(live: Live) -> None:
    await gated(live)
    first = await live.start("gated")
    await opened(live, first)
    second = await live.start("gated")
    pool = live.resources.pool
    await pool.execute("update workflow_runs set status = 'terminated' where id = $1", first["id"])
    await sweep_once(live.resources)
    await opened(live, second)


async def test_a_run_for_later_holds_no_place_until_it_is_asked_to_start(live: Live) -> None:
    await gated(live)
    later = await live.start("gated", {"start": "later"})
    first = await live.start("gated")
    await opened(live, first)
    await live.client.post(f"/api/v1/workflow_runs/{later['id']}/start")
    assert (await live.get(f"/workflow_runs/{later['id']}"))["waiting_for"][0]["kind"] == "slot"


async def test_a_key_that_has_no_value_for_the_input_is_refused_before_anything_is_written(live: Live) -> None:
    await gated(live, key="input.customer")
    answer = await live.client.post("/api/v1/workflows/gated/run", json={"input": {}})
    body = problem(answer, 422, "input_invalid")
    assert body["errors"][0]["pointer"] == "/input"
    assert (await live.get("/workflow_runs"))["items"] == []


async def crowd(idle: Live, *starts: tuple[str, int, dict[str, Any]]) -> dict[str, list[int]]:
    """Which places the runs of each workflow get when a worker comes to all of these runs."""
    for slug, count, body in starts:
        await idle.save(slug, [{"id": "a", "type": "transform", "with": {"value": 1}}])
        for _ in range(count):
            await idle.start(slug, body)
    async with idle.working():
        for run in (await idle.get("/workflow_runs", limit=200))["items"]:
            await idle.until(run["id"], "completed")
    runs = (await idle.get("/workflow_runs", limit=200))["items"]
    order = [run["workflow"]["slug"] for run in sorted(runs, key=lambda run: run["started_at"])]
    return {slug: [place for place, name in enumerate(order) if name == slug] for slug, _, _ in starts}


async def test_urgent_runs_overtake_those_that_wait_for_a_worker(idle: Live) -> None:
    places = await crowd(idle, ("crowd", 40, {}), ("urgent", 4, {"priority": 1}))
    assert max(places["urgent"]) < 20


async def test_a_crowd_of_one_workflow_does_not_keep_the_others_waiting(idle: Live) -> None:
    places = await crowd(idle, ("crowd", 40, {}), ("small", 4, {}))
    assert max(places["small"]) < 30
