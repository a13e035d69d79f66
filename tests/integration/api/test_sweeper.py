"""The sweeper's and the reconciler's statements, and what they make of rows, without a worker."""

from datetime import timedelta
from uuid import UUID

import pytest

from api.resources import Resources
from api.upkeep.ending import Ending, end_run
from api.upkeep.sweeper import sweep_once
from plait.clock import now
from plait.errors import Unavailable
from plait.store import delivery, reconcile
from plait.store.leading import Lead, take_lead
from tests.support.runs import a_run, started

FIVE_MINUTES = timedelta(minutes=5)


async def test_every_claim_is_a_statement_that_postgres_takes(resources: Resources) -> None:
    at, pool = now(), resources.pool
    assert await delivery.claim_starts(pool, at) == []
    assert await delivery.claim_cancels(pool, at) == []
    assert await delivery.claim_votes(pool, at) == []
    assert await delivery.claim_overrides(pool, at) == []
    await delivery.refuse_what_came_too_late(pool, at)


async def test_a_run_is_claimed_by_one_sweeper_at_a_time(resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    at = now()
    await resources.pool.execute("update workflow_runs set start_after = $2 where id = $1", run_id, at)
    claim = delivery.queries.claim_starts
    assert [row["id"] for row in await resources.pool.fetch(claim, at, 10)] == [run_id]
    assert await resources.pool.fetch(claim, at, 10) == []


async def test_nothing_is_claimed_while_temporal_is_away(resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    await resources.pool.execute("update workflow_runs set start_after = $2 where id = $1", run_id, now())
    with pytest.raises(Unavailable):
        await sweep_once(resources)
    assert await resources.pool.fetchval("select start_attempts from workflow_runs where id = $1", run_id) == 0


async def test_what_was_handed_over_is_not_due_any_more(resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    await resources.pool.execute("update workflow_runs set start_after = $2 where id = $1", run_id, now())
    await delivery.mark_handed_over(resources.pool, [run_id])
    assert await delivery.claim_starts(resources.pool, now()) == []


async def test_only_one_connection_leads(resources: Resources) -> None:
    async with resources.pool.acquire() as first, resources.pool.acquire() as second:
        assert await take_lead(first, Lead.RECONCILER)
        assert await take_lead(first, Lead.RECONCILER)
        assert not await take_lead(second, Lead.RECONCILER)
        assert await take_lead(second, Lead.OPERATIONS)
        await first.execute("select pg_advisory_unlock_all()")


async def test_an_end_from_outside_ends_the_open_nodes_too(resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    await resources.recorder.put(started(run_id, "a"))
    assert await end_run(resources, "default", run_id, Ending("terminated", "Terminated", "By hand."))
    assert not await end_run(resources, "default", run_id, Ending("failed", "ExecutionLost", "Gone."))
    run = await resources.pool.fetchrow("select * from workflow_runs where id = $1", run_id)
    assert run is not None
    assert (run["status"], run["error"]["type"]) == ("terminated", "Terminated")
    node = await resources.pool.fetchrow("select * from node_runs where run_id = $1", run_id)
    assert node is not None
    assert (node["status"], node["why"]) == ("cancelled", {"reason": "run_terminated"})


async def test_a_quiet_run_is_asked_after_once_in_a_while(resources: Resources) -> None:
    run_id = await a_run(resources.pool, status="running")
    at = now()
    assert [row["id"] for row in await reconcile.claim_quiet(resources.pool, at, FIVE_MINUTES)] == [run_id]
    assert await reconcile.claim_quiet(resources.pool, at, FIVE_MINUTES) == []
    await reconcile.set_flag(resources.pool, run_id, "stuck", on=True)
    await reconcile.set_flag(resources.pool, run_id, "stuck", on=True)
    assert await flags(resources, run_id) == ["stuck"]
    await reconcile.set_flag(resources.pool, run_id, "stuck", on=False)
    assert await flags(resources, run_id) == []


async def flags(resources: Resources, run_id: UUID) -> list[str]:
    return await resources.pool.fetchval("select flags from workflow_runs where id = $1", run_id)
