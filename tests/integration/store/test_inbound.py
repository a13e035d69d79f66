"""What the store promises of external events: each is recorded once and consumed once, and so many may wait."""

import asyncio
import dataclasses
import itertools
from datetime import timedelta
from uuid import UUID

from plait.clock import now
from plait.store import delivery
from plait.store.changes import Change, EventMark, RunRow
from plait.store.inbound import WAITING_BYTES, WAITING_EVENTS, Full, Recorded, RunEnded, load_events
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.inbound import record, recorded, statuses
from tests.support.runs import NOON, PROJECT, a_node, a_run, an_event, completed, started


def taken(run_id: UUID, event: UUID, path: str) -> Change:
    """The node's end by this event."""
    change = completed(run_id, path, attempt=0)
    return dataclasses.replace(change, inbound=EventMark(event, "consumed", path, 1))


def ended(run_id: UUID, status: str = "completed") -> Change:
    return Change(run_id, PROJECT, run=RunRow(status, NOON), events=(an_event(f"workflow.run.{status}"),))


async def fill(pool: Pool, run_id: UUID, count: int) -> None:
    """So many events that wait."""
    await pool.execute(
        "insert into inbound_events (id, project, run_id, name, payload_size, payload_sha256, by, at, delivered_at)"
        " select gen_random_uuid(), $2, $1, 'payment', 4, '', '{}', now(), now() from generate_series(1, $3::integer)",
        run_id, PROJECT, count,
    )  # fmt: skip


async def test_an_event_of_one_sender_s_id_is_one_however_often_it_comes(pool: Pool) -> None:
    run_id = await a_run(pool)
    answers = await asyncio.gather(*(record(pool, run_id, payload=n, sender_id="evt_1") for n in range(10)))
    assert all(isinstance(answer, Recorded) for answer in answers)
    assert len({answer.row["id"] for answer in answers}) == 1
    assert [answer.repeated for answer in answers].count(False) == 1
    assert await statuses(pool, run_id) == ["recorded"]


async def test_a_sender_s_id_is_of_one_run_and_events_without_any_are_all_their_own(pool: Pool) -> None:
    run_id, other = await a_run(pool), await a_run(pool)
    assert not (await record(pool, run_id, sender_id="evt_1")).repeated
    assert not (await record(pool, other, sender_id="evt_1")).repeated
    assert not (await record(pool, run_id)).repeated
    assert not (await record(pool, run_id)).repeated


async def test_no_more_wait_than_may_however_many_come_at_once(pool: Pool) -> None:
    run_id = await a_run(pool)
    await fill(pool, run_id, WAITING_EVENTS - 2)
    answers = await asyncio.gather(*(record(pool, run_id) for _ in range(6)))
    assert [type(answer) for answer in answers].count(Recorded) == 2
    assert Full(WAITING_EVENTS, 4 * WAITING_EVENTS) in answers


async def test_no_more_bytes_wait_than_may(pool: Pool) -> None:
    run_id = await a_run(pool)
    half = "x" * (WAITING_BYTES // 2 - 2)
    assert isinstance(await record(pool, run_id, payload=half), Recorded)
    assert isinstance(await record(pool, run_id, payload=half), Recorded)
    assert await record(pool, run_id, payload="") == Full(2, WAITING_BYTES)


async def test_what_is_consumed_makes_room(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    event = await recorded(pool, run_id)
    await fill(pool, run_id, WAITING_EVENTS - 1)
    assert isinstance(await record(pool, run_id), Full)
    await recorder.put(taken(run_id, event, "paid"))
    assert isinstance(await record(pool, run_id), Recorded)


async def test_an_ended_run_takes_no_event_but_answers_for_one_that_it_has(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    first = await record(pool, run_id, sender_id="evt_1")
    await recorder.put(ended(run_id, "failed"))
    assert await record(pool, run_id) == RunEnded("failed")
    again = await record(pool, run_id, sender_id="evt_1")
    assert (again.repeated, again.row["id"], again.row["status"]) == (True, first.row["id"], "left")


async def test_there_is_no_event_of_an_unknown_run(pool: Pool) -> None:
    assert await record(pool, UUID(int=7)) is None


async def test_loaded_events_are_kept_and_load_again_also_when_they_were_taken(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    ids = [await recorded(pool, run_id) for _ in range(3)]
    assert await statuses(pool, run_id) == ["recorded"] * 3
    loaded = [row["id"] for row in await load_events(pool, PROJECT, run_id, ids[2:0:-1])]
    assert (loaded, await statuses(pool, run_id)) == (ids[1:], ["recorded", "kept", "kept"])
    await recorder.put(taken(run_id, ids[1], "paid"))
    assert [row["id"] for row in await load_events(pool, PROJECT, run_id, ids)] == ids
    assert await statuses(pool, run_id) == ["kept", "consumed", "kept"]
    assert await load_events(pool, PROJECT, await a_run(pool), ids) == []


async def test_an_event_is_consumed_once_whoever_takes_it(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    event = await recorded(pool, run_id)
    async with Recorder(pool) as other:
        writers = (recorder, other)
        answers = await asyncio.gather(*(writers[n % 2].put(taken(run_id, event, f"n{n}")) for n in range(10)))
    assert [answer.accepted for answer in answers].count(True) == 1
    rows = await pool.fetch("select path from node_runs where run_id = $1", run_id)
    row = await pool.fetchrow("select status, path, generation from inbound_events where id = $1", event)
    assert row is not None
    assert [each["path"] for each in rows] == [row["path"]]
    assert (row["status"], row["generation"]) == ("consumed", 1)


async def test_a_node_consumes_one_event_and_the_same_end_again_is_accepted(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    first, second = await recorded(pool, run_id), await recorded(pool, run_id)
    answers = [await recorder.put(taken(run_id, event, "paid")) for event in (first, second, first)]
    assert [answer.accepted for answer in answers] == [True, False, True]
    assert await statuses(pool, run_id) == ["consumed", "recorded"]
    assert await pool.fetchval("select last_seq from workflow_runs where id = $1", run_id) == 2


async def test_an_event_is_refused_only_while_its_node_waits(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    event = await recorded(pool, run_id)
    await recorder.put(started(run_id, "paid"))
    refusal = Change(run_id, PROJECT, inbound=EventMark(event, "refused", "late", 1, "why"))
    await recorder.put(completed(run_id, "late"))
    assert not (await recorder.put(refusal)).accepted
    other = Change(run_id, PROJECT, inbound=EventMark(event, "refused", "paid", 1, "why"))
    assert [(await recorder.put(other)).accepted for _ in range(2)] == [True, True]
    assert await statuses(pool, run_id) == ["refused"]


async def test_a_mark_of_an_unknown_event_writes_nothing(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    assert not (await recorder.put(taken(run_id, UUID(int=7), "paid"))).accepted
    assert await pool.fetchval("select count(*) from node_runs where run_id = $1", run_id) == 0


async def test_the_end_of_a_run_leaves_what_nobody_took(pool: Pool, recorder: Recorder) -> None:
    run_id, other = await a_run(pool), await a_run(pool)
    ids = [await recorded(pool, run_id) for _ in range(3)]
    await recorded(pool, other)
    await load_events(pool, PROJECT, run_id, ids[:2])
    await recorder.put(taken(run_id, ids[0], "paid"))
    await recorder.put(Change(run_id, PROJECT, run=RunRow("stopping", NOON, stopping_as="failed")))
    assert await statuses(pool, run_id) == ["consumed", "kept", "recorded"]
    await recorder.put(ended(run_id, "failed"))
    assert await statuses(pool, run_id) == ["consumed", "left", "left"]
    assert await statuses(pool, other) == ["recorded"]
    late = await recorder.put(taken(run_id, ids[1], "b"))
    assert (late.accepted, await statuses(pool, run_id)) == (False, ["consumed", "left", "left"])


async def test_of_an_end_and_a_take_in_one_batch_the_first_counts(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    event = await recorded(pool, run_id)
    await recorder.put(Change(run_id, PROJECT, node=a_node("paid", "waiting", attempt=0)))
    end, take = await asyncio.gather(recorder.put(ended(run_id)), recorder.put(taken(run_id, event, "paid")))
    assert (end.accepted, take.accepted) == (True, False)
    assert await statuses(pool, run_id) == ["left"]


async def test_events_of_a_run_that_was_cancelled_before_it_began_are_left(pool: Pool) -> None:
    run_id = await a_run(pool)
    await recorded(pool, run_id)
    await pool.execute("update workflow_runs set status = 'cancelled' where id = $1", run_id)
    await delivery.refuse_what_came_too_late(pool, NOON)
    assert await statuses(pool, run_id) == ["left"]


async def test_events_of_runs_under_way_are_told_again_those_of_one_run_together(pool: Pool) -> None:
    run_id, pending = await a_run(pool, status="running"), await a_run(pool)
    events = [await recorded(pool, run_id) for _ in range(3)]
    await recorded(pool, pending)
    await load_events(pool, PROJECT, run_id, events[2:])
    claimed = await delivery.claim_events(pool, now() + timedelta(seconds=4))
    assert {run: set(those) for run, those in claimed.items()} == {run_id: set(events[:2])}


async def test_an_event_that_nobody_loads_is_told_again_ever_more_seldom(pool: Pool) -> None:
    run_id = await a_run(pool, status="running")
    await recorded(pool, run_id)
    begin = now()
    times = [second for second in range(3_600) if await delivery.claim_events(pool, begin + timedelta(seconds=second))]
    assert times[0] == 3
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps == sorted(gaps)
    assert (gaps[-1] <= 602, len(times) < 15) == (True, True)


async def test_events_and_their_payloads_stay_as_long_as_their_run(pool: Pool) -> None:
    run_id = await a_run(pool)
    event = await recorded(pool, run_id, "x" * 20_000)
    assert await pool.fetchval("select count(*) from payload_refs where run_id = $1", run_id) == 1
    await pool.execute("delete from workflow_runs where id = $1", run_id)
    assert await pool.fetchval("select count(*) from inbound_events where id = $1", event) == 0
    assert await pool.fetchval("select count(*) from payload_refs where run_id = $1", run_id) == 0
