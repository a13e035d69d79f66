"""Whom events are told to: whoever asked for them, each once."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from plait.clock import now
from plait.store import endpoint_deliveries as store
from plait.store import endpoints, feed
from plait.store.endpoint_deliveries import Outcome, record_deliveries
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.endpoints import an_ended_run, an_endpoint, deliveries_of, feed_all
from tests.support.runs import PROJECT

URL = "https://example.com/hook"
TAKEN = Outcome(200, None, "ok", 12)
REFUSED = Outcome(503, "HTTP 503", "", 7)
GONE = Outcome(410, "HTTP 410", "", 7)


async def a_delivery(pool: Pool, recorder: Recorder, endpoint: UUID) -> UUID:
    """A delivery to this endpoint that is due."""
    await an_ended_run(pool, recorder)
    await feed_all(pool)
    return (await deliveries_of(pool, endpoint))[-1]["id"]


async def state(pool: Pool, endpoint: UUID) -> tuple[bool, str | None, int]:
    row = await endpoints.read_endpoint(pool, PROJECT, endpoint)
    assert row is not None
    return row["enabled"], row["disabled_reason"], row["given_up"]


async def test_an_endpoint_is_told_of_what_it_asked_for(pool: Pool, recorder: Recorder) -> None:
    run_id = await an_ended_run(pool, recorder)
    workflow = await pool.fetchval("select workflow_id from workflow_runs where id = $1", run_id)
    told = [await an_endpoint(pool, URL), await an_endpoint(pool, URL, workflow_id=workflow, environment="dev")]
    untold = [
        await an_endpoint(pool, URL, types=["workflow.run.failed"]),
        await an_endpoint(pool, URL, environment="prod"),
        await an_endpoint(pool, URL, enabled=True),
    ]
    await pool.execute("update webhook_endpoints set enabled = false where id = $1", untold[2])
    other = await an_ended_run(pool, recorder)
    await feed_all(pool)
    assert {row["run_id"] for row in await deliveries_of(pool, told[0])} == {run_id, other}
    assert [row["run_id"] for row in await deliveries_of(pool, told[1])] == [run_id]
    assert [await deliveries_of(pool, endpoint) for endpoint in untold] == [[], [], []]


async def test_another_project_is_told_nothing(pool: Pool, recorder: Recorder) -> None:
    await pool.execute("insert into projects (id, name) values ('other', 'Other')")
    endpoint = await an_endpoint(pool, URL, project="other")
    await an_ended_run(pool, recorder)
    await feed_all(pool)
    assert await deliveries_of(pool, endpoint) == []


async def test_a_rebuilt_feed_tells_nobody_again(pool: Pool, recorder: Recorder, database: str) -> None:
    endpoint = await an_endpoint(pool, URL)
    await an_ended_run(pool, recorder)
    await feed_all(pool)
    late = await an_endpoint(pool, URL)
    connection = await asyncpg.connect(database)
    await feed.rebuild(connection)
    await connection.close()
    await feed_all(pool)
    assert len(await deliveries_of(pool, endpoint)) == 1
    assert await deliveries_of(pool, late) == []


async def test_a_delivery_is_as_durable_as_its_event_s_place(pool: Pool, recorder: Recorder) -> None:
    endpoint = await an_endpoint(pool, URL)
    await an_ended_run(pool, recorder)

    async def fail(connection: object, events: object) -> None:
        raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        await feed.move(pool, (record_deliveries, fail))
    assert await deliveries_of(pool, endpoint) == []
    await feed_all(pool)
    assert len(await deliveries_of(pool, endpoint)) == 1


async def test_temporal_is_told_again_of_what_it_was_not_told_and_of_what_it_lost(
    pool: Pool, recorder: Recorder
) -> None:
    endpoint = await an_endpoint(pool, URL)
    delivery, at = await a_delivery(pool, recorder, endpoint), now()
    assert [(row["id"], row["round"]) for row in await store.claim_due(pool, at, 10)] == [(delivery, 1)]
    assert await store.claim_due(pool, at, 10) == []
    later = at + timedelta(seconds=11)
    assert [row["round"] for row in await store.claim_due(pool, later, 10)] == [1]
    await store.mark_told(pool, [delivery], later)
    assert await store.claim_due(pool, later + timedelta(hours=29), 10) == []
    assert [row["round"] for row in await store.claim_due(pool, later + timedelta(hours=31), 10)] == [2]


async def test_what_is_over_takes_no_other_end(pool: Pool, recorder: Recorder) -> None:
    endpoint = await an_endpoint(pool, URL)
    delivery = await a_delivery(pool, recorder, endpoint)
    await store.record_attempt(pool, PROJECT, delivery, TAKEN, "delivered", now())
    await store.record_attempt(pool, PROJECT, delivery, GONE, "failed", now())
    (row,) = await deliveries_of(pool, endpoint)
    assert (row["status"], len(row["attempts"])) == ("delivered", 1)
    assert await state(pool, endpoint) == (True, None, 0)


async def test_an_endpoint_that_is_gone_is_disabled_at_once(pool: Pool, recorder: Recorder) -> None:
    endpoint = await an_endpoint(pool, URL)
    await store.record_attempt(pool, PROJECT, await a_delivery(pool, recorder, endpoint), GONE, "failed", now())
    assert await state(pool, endpoint) == (False, "gone", 1)


async def test_ten_deliveries_given_up_in_a_row_disable_an_endpoint(pool: Pool, recorder: Recorder) -> None:
    endpoint = await an_endpoint(pool, URL)
    for outcome in [*[REFUSED] * 9, TAKEN, *[REFUSED] * 9]:
        delivery = await a_delivery(pool, recorder, endpoint)
        await store.record_attempt(pool, PROJECT, delivery, outcome, "failed" if outcome.error else "delivered", now())
    assert await state(pool, endpoint) == (True, None, 9)
    await store.record_attempt(pool, PROJECT, await a_delivery(pool, recorder, endpoint), REFUSED, "failed", now())
    assert await state(pool, endpoint) == (False, "failing", 10)


async def test_redelivered_it_keeps_its_id_and_its_attempts(pool: Pool, recorder: Recorder) -> None:
    endpoint, began = await an_endpoint(pool, URL), now()
    failed = await a_delivery(pool, recorder, endpoint)
    await store.record_attempt(pool, PROJECT, failed, REFUSED, "failed", now())
    pending = await a_delivery(pool, recorder, endpoint)
    assert await store.redeliver(pool, PROJECT, endpoint, [pending], None, now()) == 0
    assert await store.redeliver(pool, "other", endpoint, [failed], began, now()) == 0
    assert await store.redeliver(pool, PROJECT, endpoint, [], began, now()) == 1
    claimed = {row["id"]: row["round"] for row in await store.claim_due(pool, now(), 10)}
    assert claimed == {failed: 2, pending: 1}
    assert len((await deliveries_of(pool, endpoint))[0]["attempts"]) == 1


async def test_old_deliveries_that_are_over_are_forgotten(pool: Pool, recorder: Recorder) -> None:
    endpoint = await an_endpoint(pool, URL)
    over = await a_delivery(pool, recorder, endpoint)
    await store.record_attempt(pool, PROJECT, over, TAKEN, "delivered", now())
    pending = await a_delivery(pool, recorder, endpoint)
    await store.sweep(pool, now() + timedelta(seconds=1))
    assert [row["id"] for row in await deliveries_of(pool, endpoint)] == [pending]
