"""Rows whose workflows ended, or went missing, behind their back on the real Temporal."""

import asyncio

from api.upkeep import reconcile
from interpreter.shell.wire import workflow_id
from plait.clock import new_id, now
from tests.integration.api.test_running import GATED, the_gate, work
from tests.support.live import Live


async def test_a_workflow_that_was_terminated_in_temporal_ends_its_run(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    await live.temporal.get_workflow_handle(workflow_id(run["id"])).terminate()
    async with asyncio.timeout(30):
        while (ended := await live.get(f"/workflow_runs/{run['id']}"))["status"] == "running":
            await reconcile.reconcile_once(live.resources)
            await asyncio.sleep(0.1)
    assert (ended["status"], ended["error"]["type"]) == ("terminated", "Terminated")
    assert (await the_gate(live, run))["status"] == "cancelled"
    node = await live.get(f"/workflow_runs/{run['id']}/nodes/sign_off")
    assert (node["status"], node["why"]) == ("cancelled", {"reason": "run_terminated"})


async def test_a_run_that_temporal_does_not_know_is_lost(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    other = new_id()  # the same row under an id that Temporal has never heard of
    await live.resources.pool.execute(
        "insert into workflow_runs select (jsonb_populate_record(r, jsonb_build_object("
        " 'id', $1::text, 'last_event_at', now() - interval '1 hour'))).* from workflow_runs r",
        str(other),
    )
    await reconcile.ask_after_quiet(live.resources, live.temporal, now())
    ended = await live.get(f"/workflow_runs/{other}")
    assert (ended["status"], ended["error"]["type"]) == ("failed", "ExecutionLost")
    assert (await live.get(f"/workflow_runs/{run['id']}"))["status"] == "running"


async def test_a_run_that_was_lost_before_it_began_is_begun_again(live: Live) -> None:
    await live.save("plain", [work("a")])
    run = await live.start("plain", {"start": "later"})
    await live.resources.pool.execute(
        "update workflow_runs set start_after = 'infinity', last_event_at = now() - interval '1 hour' where id = $1",
        run["id"],
    )
    await reconcile.ask_after_quiet(live.resources, live.temporal, now())
    due = await live.resources.pool.fetchval("select start_after <= now() from workflow_runs where id = $1", run["id"])
    assert due


async def test_a_live_run_is_left_alone(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    await live.resources.pool.execute("update workflow_runs set last_event_at = now() - interval '1 hour'")
    await reconcile.ask_after_quiet(live.resources, live.temporal, now())
    found = await live.get(f"/workflow_runs/{run['id']}")
    assert (found["status"], found["flags"]) == ("running", [])
