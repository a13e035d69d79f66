"""Schedules on the real Temporal: what comes due becomes a run, once, and lasts as long as the run does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.upkeep.reconcile import reconcile_once
from api.upkeep.sweeper import SWEEPER, sweep_once
from interpreter.shell.wire.schedules import schedule_id
from plait.clock import new_id, now
from plait.store.schedules import Settings, insert_schedule
from tests.integration.api.test_running import GATED, decide, the_gate, work
from tests.support.live import Live


@pytest.fixture
async def timed(live: Live) -> AsyncIterator[Live]:
    """All of it, with the sweeper; leaves no schedule behind for other tests' workers."""
    sweeping = asyncio.create_task(sweep(live))
    yield live
    sweeping.cancel()
    for row in await live.resources.pool.fetch("select id from schedules"):
        with contextlib.suppress(RPCError):
            await live.temporal.get_schedule_handle(schedule_id(str(row["id"]))).delete()
        query = f"WorkflowType = 'plait.schedule' AND TemporalScheduledById = '{schedule_id(str(row['id']))}'"
        async for each in live.temporal.list_workflows(query):
            with contextlib.suppress(RPCError):
                await live.temporal.get_workflow_handle(each.id).terminate()


async def sweep(live: Live) -> None:
    while True:
        await sweep_once(live.resources)
        await asyncio.sleep(0.2)


async def every_second(live: Live, slug: str, **said: Any) -> dict[str, Any]:
    """A schedule that is due each second."""
    body = {"name": "ticks", "workflow": slug, "every": 1, **said}
    answer = await live.client.post("/api/v1/schedules", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def runs_of(live: Live, schedule: dict[str, Any], count: int, seconds: float = 20) -> list[dict[str, Any]]:
    """Its newest runs, once there are so many."""
    async with asyncio.timeout(seconds):
        while len(found := (await live.get(f"/schedules/{schedule['id']}"))["last_runs"]) < count:
            await asyncio.sleep(0.1)
    return found


async def test_each_time_has_one_run_with_the_time_as_its_input(timed: Live) -> None:
    await timed.save("tick", [work("a", "{{ input.at }}")])
    schedule = await every_second(timed, "tick", input={"at": "{{ scheduled_at }}"}, tags=["nightly"])
    (*_, first) = await runs_of(timed, schedule, 2)
    run = await timed.until(first["run_id"], "completed")
    assert run["output"] == {"a": first["scheduled_at"]}
    assert (run["origin"]["kind"], run["origin"]["id"]) == ("schedule", schedule["id"])
    assert run["started_by"] == {"type": "schedule", "id": schedule["id"], "name": "ticks"}
    assert run["tags"] == ["nightly"]
    times = [each["scheduled_at"] for each in await runs_of(timed, schedule, 3)]
    assert len(set(times)) == len(times)


async def test_a_run_that_goes_on_skips_the_times_meanwhile(timed: Live) -> None:
    await timed.save("gated", *GATED)
    schedule = await every_second(timed, "gated")
    (first,) = await runs_of(timed, schedule, 1)
    await asyncio.sleep(2.5)
    assert [each["run_id"] for each in await runs_of(timed, schedule, 1)] == [first["run_id"]]
    run = await timed.until(first["run_id"], "running")
    async with asyncio.timeout(10):
        while not run["waiting_for"]:
            run = await timed.get(f"/workflow_runs/{run['id']}")
    await decide(timed, await the_gate(timed, run), "approved")
    assert len(await runs_of(timed, schedule, 2)) == 2


async def test_the_next_time_cancels_a_run_that_goes_on(timed: Live) -> None:
    await timed.save("gated", *GATED)
    schedule = await every_second(timed, "gated", overlap="cancel_other")
    *_, first = await runs_of(timed, schedule, 2)
    run = await timed.until(first["run_id"], "cancelled")
    assert "schedule" in run["message"]


async def test_the_next_time_terminates_a_run_that_goes_on(timed: Live) -> None:
    await timed.save("gated", *GATED)
    schedule = await every_second(timed, "gated", overlap="terminate_other")
    *_, first = await runs_of(timed, schedule, 2)
    async with asyncio.timeout(20):
        while (run := await timed.get(f"/workflow_runs/{first['run_id']}"))["status"] not in (
            "terminated",
            "cancelled",
        ):
            await reconcile_once(timed.resources)
            await asyncio.sleep(0.2)
    assert run["status"] in ("terminated", "cancelled")


async def test_runs_may_go_on_beside_each_other(timed: Live) -> None:
    await timed.save("gated", *GATED)
    schedule = await every_second(timed, "gated", overlap="allow_all")
    runs = await runs_of(timed, schedule, 2)
    assert {each["status"] for each in runs[:2]} <= {"pending", "running"}


async def test_a_paused_schedule_starts_nothing_until_it_is_resumed(timed: Live) -> None:
    await timed.save("tick", [work("a")])
    schedule = await every_second(timed, "tick", paused=True, note="not yet")
    assert (schedule["paused"], schedule["next_runs"]) == (True, [])
    await asyncio.sleep(2.2)
    assert (await timed.get(f"/schedules/{schedule['id']}"))["last_runs"] == []
    await timed.client.post(f"/api/v1/schedules/{schedule['id']}/resume")
    assert await runs_of(timed, schedule, 1)


async def test_a_disabled_workflow_holds_its_schedules(timed: Live) -> None:
    await timed.save("tick", [work("a")])
    schedule = await every_second(timed, "tick")
    await runs_of(timed, schedule, 1)
    await timed.client.patch("/api/v1/workflows/tick", json={"enabled": False}, headers={"If-Match": "*"})
    async with asyncio.timeout(10):
        while (shown := await timed.get(f"/schedules/{schedule['id']}"))["refusal"] is None:
            await asyncio.sleep(0.1)
    assert (shown["held"], shown["next_runs"], shown["refusal"]["code"]) == (True, [], "workflow_disabled")
    before = len(shown["last_runs"])
    await timed.client.patch("/api/v1/workflows/tick", json={"enabled": True}, headers={"If-Match": "*"})
    await runs_of(timed, schedule, before + 1)
    assert (await timed.get(f"/schedules/{schedule['id']}"))["refusal"] is None


async def in_temporal(client: Client, schedule: dict[str, Any]) -> bool:
    try:
        await client.get_schedule_handle(schedule_id(schedule["id"])).describe()
    except RPCError as error:
        # What is being deleted just now is asked for too early to be described and too late to be there.
        if error.status not in {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}:
            raise
        return error.status == RPCStatusCode.FAILED_PRECONDITION
    return True


async def test_a_deleted_schedule_is_deleted_in_temporal_too(timed: Live) -> None:
    await timed.save("tick", [work("a")])
    schedule = await every_second(timed, "tick", paused=True)
    answer = await timed.client.delete(f"/api/v1/schedules/{schedule['id']}")
    assert answer.status_code == 204
    async with asyncio.timeout(10):
        while await in_temporal(timed.temporal, schedule):
            await asyncio.sleep(0.1)
        while await timed.resources.pool.fetchval("select count(*) from schedules"):
            await asyncio.sleep(0.1)


async def test_a_schedule_that_temporal_lost_is_made_again(timed: Live) -> None:
    await timed.save("tick", [work("a")])
    schedule = await every_second(timed, "tick", paused=True)
    async with asyncio.timeout(10):
        while not await in_temporal(timed.temporal, schedule):
            await asyncio.sleep(0.1)
    await timed.temporal.get_schedule_handle(schedule_id(schedule["id"])).delete()
    await timed.resources.pool.execute("update schedules set told_at = now() - interval '2 minutes'")
    async with asyncio.timeout(10):
        while not await in_temporal(timed.temporal, schedule):
            await asyncio.sleep(0.1)


async def test_a_schedule_whose_process_died_before_it_told_temporal_is_told_by_another(timed: Live) -> None:
    await timed.save("tick", [work("a")])
    workflow = await timed.resources.pool.fetchval("select id from workflows")
    said = Settings(
        "ticks", {"every": 1, "offset": 0}, "UTC", None, None, 0, "skip", 60, {}, "dev", None, [], False, None
    )
    schedule = new_id()
    await insert_schedule(timed.resources.pool, schedule, "default", workflow, said, SWEEPER.json(), now())
    assert await runs_of(timed, {"id": str(schedule)}, 1)


async def test_what_was_changed_in_temporal_by_hand_is_changed_back(timed: Live) -> None:
    await timed.save("tick", [work("a")])
    schedule = await every_second(timed, "tick", paused=True)
    handle = timed.temporal.get_schedule_handle(schedule_id(schedule["id"]))
    async with asyncio.timeout(10):
        while not await in_temporal(timed.temporal, schedule):
            await asyncio.sleep(0.1)
        await handle.unpause()
        await timed.resources.pool.execute("update schedules set told_at = now() - interval '2 minutes'")
        while not (await handle.describe()).schedule.state.paused:
            await asyncio.sleep(0.1)


async def test_a_change_reaches_temporal(timed: Live) -> None:
    await timed.save("tick", [work("a")])
    schedule = await every_second(timed, "tick", paused=True)
    answer = await timed.client.patch(
        f"/api/v1/schedules/{schedule['id']}", json={"cron": "0 9 * * mon"}, headers={"If-Match": "*"}
    )
    assert (answer.json()["cron"], answer.json()["every"]) == ("0 9 * * mon", None)
    handle = timed.temporal.get_schedule_handle(schedule_id(schedule["id"]))
    async with asyncio.timeout(10):
        while not (await in_temporal(timed.temporal, schedule) and (await handle.describe()).schedule.spec.calendars):
            await asyncio.sleep(0.1)
