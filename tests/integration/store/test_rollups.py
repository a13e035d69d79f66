"""Rollups say what a recount of all runs says, however the counting was cut off or repeated."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from api.analytics.histogram import bin_of, counts_of
from plait.clock import new_id, now
from plait.store import feed, rollups
from plait.store.changes import Change, GateEnd, GateRow, RunRow
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.runs import NOON, PROJECT, a_node, a_run, an_event

Key = tuple[str, str, datetime, UUID, str, str]
Counts = dict[Key, tuple[int, dict[int, int], int]]
GROUPINGS: tuple[tuple[rollups.Key, ...], ...] = ((), ("workflow_id",), ("subject",), ("workflow_id", "subject"))
TODAY = now().replace(hour=12, minute=0, second=0, microsecond=0)
ENDS = ("completed", "completed", "failed", "cancelled")


async def some_history(pool: Pool, recorder: Recorder, seed: int) -> list[UUID]:
    """Runs that went in every way, over some days and hours, one of them still under way."""
    dice = random.Random(seed)
    runs: list[UUID] = []
    for number in range(12):
        run = await a_run(pool)
        runs.append(run)
        at = TODAY - timedelta(hours=dice.randrange(100))
        # All of one workflow, so that there is something to add up.
        await pool.execute(
            "update workflow_runs set created_at = $2, workflow_id = (select workflow_id from workflow_runs where id = $3)"
            " where id = $1",
            run, at, runs[0],
        )  # fmt: skip
        await recorder.put(Change(run, PROJECT, events=(an_event("workflow.run.created"),)))
        for path in ("fetch", "each.1.score", "load"):
            attempt, length = dice.randint(1, 3), timedelta(milliseconds=dice.randrange(1, 100_000))
            node = a_node(path, dice.choice(ENDS), attempt=attempt, started_at=at, completed_at=at + length)
            node.node = path.rpartition(".")[2]
            if node.status == "failed":
                node.error = {"type": "Refused", "category": dice.choice(("business", "external")), "message": "no"}
            await recorder.put(
                Change(run, PROJECT, node=node, events=(an_event(f"workflow.node.{node.status}", path),))
            )
        await a_closed_gate(recorder, run, at, dice)
        if number:
            status, end = dice.choice(ENDS), at + timedelta(minutes=dice.randrange(1, 3000))
            error = {"type": "Refused", "category": "business", "message": "no"} if status == "failed" else None
            row = RunRow(status, min(end, now()), error=error)
            await recorder.put(Change(run, PROJECT, run=row, events=(an_event(f"workflow.run.{status}"),)))
    return runs


async def a_closed_gate(recorder: Recorder, run: UUID, at: datetime, dice: random.Random) -> None:
    """A gate that waited for a while."""
    gate = GateRow(
        new_id(), "sign", 1, "sign", "Sign", None, [], None, None, ["approved"], [], 1, "any", False, at, None
    )
    await recorder.put(Change(run, PROJECT, gate=gate, events=(an_event("workflow.gate.opened", "sign"),)))
    end = GateEnd("sign", 1, dice.choice(("approved", "rejected")), at + timedelta(minutes=dice.randrange(60)))
    await recorder.put(Change(run, PROJECT, gate_end=end, events=(an_event("workflow.gate.decided", "sign"),)))


async def recounted(pool: Pool) -> Counts:
    """What the rows themselves say, counted by hand."""
    counts: Counter[Key] = Counter()
    lengths: dict[Key, Counter[int]] = {}
    retries: Counter[Key] = Counter()

    def count(row: Any, kind: str, subject: str, outcome: str, at: datetime, length: timedelta | None) -> None:
        for span, hour in (("hour", at.hour), ("day", 0)):
            begins = at.replace(hour=hour, minute=0, second=0, microsecond=0)
            key = (kind, span, begins, row["workflow_id"], subject, outcome)
            counts[key] += 1
            if length is not None:
                lengths.setdefault(key, Counter())[bin_of(length / timedelta(milliseconds=1))] += 1
            retries[key] += max(row.get("attempt", 1) - 1, 0) if kind == "node" else 0

    for run in await pool.fetch("select * from workflow_runs"):
        count(run, "run", "", "started", run["created_at"], None)
        for gate in await pool.fetch("select * from gates where run_id = $1 and decided_at is not null", run["id"]):
            waited = gate["decided_at"] - gate["opened_at"]
            count(run, "gate", gate["node"], gate["status"], gate["decided_at"], waited)
        if (ended := run["completed_at"]) is None:
            continue
        count(run, "run", "", outcome_of(run), ended, ended - run["started_at"])
        for node in await pool.fetch("select * from node_runs where run_id = $1", run["id"]):
            timed = node["status"] in ("completed", "failed")
            length = node["completed_at"] - node["started_at"] if timed else None
            count(dict(run) | {"attempt": node["attempt"]}, "node", node["node"], outcome_of(node), ended, length)
    return {key: (number, dict(lengths.get(key, {})), retries[key]) for key, number in counts.items()}


def outcome_of(row: Any) -> str:
    """Business failures apart."""
    business = row["status"] == "failed" and (row["error"] or {}).get("category") == "business"
    return "failed_business" if business else row["status"]


async def stored(pool: Pool) -> Counts:
    """What the rollups say."""
    return {
        (row["kind"], row["span"], row["at"], row["workflow_id"], row["subject"], row["outcome"]): (
            row["count"],
            counts_of(row["lengths"]),
            row["retries"],
        )
        for row in await pool.fetch("select * from rollups")
    }


async def days(pool: Pool) -> list[datetime]:
    """Every day of the history."""
    first = await rollups.first_day(pool)
    assert first is not None
    return rollups.days_from(first, now())


@pytest.mark.parametrize("seed", range(3))
async def test_rollups_equal_a_recount_and_a_rebuild_of_any_history(pool: Pool, recorder: Recorder, seed: int) -> None:
    await some_history(pool, recorder, seed)
    while (await feed.move(pool, (rollups.roll_up,), limit=7))[0]:
        pass
    expected = await recounted(pool)
    assert await stored(pool) == expected
    for day in await days(pool):
        async with pool.acquire() as connection:
            await rollups.recount_day(connection, day)
            await rollups.recount_day(connection, day)
    assert await stored(pool) == expected


async def test_what_is_read_is_the_sum_of_what_is_asked_for(pool: Pool, recorder: Recorder) -> None:
    await some_history(pool, recorder, 4)
    while (await feed.move(pool, (rollups.roll_up,)))[0]:
        pass
    every = await stored(pool)
    ends = (TODAY - timedelta(days=3), TODAY)
    for by, interval in product(GROUPINGS, (None, "hour", "day", "week")):
        rows = await rollups.read_rollups(pool, PROJECT, "node", "hour", ends, by, interval=interval)
        found = {
            (row["at"], row["workflow_id"], row["subject"]): (
                row["outcomes"],
                counts_of(Decimal(row["lengths"])),
                row["retries"],
            )
            for row in rows
        }
        assert found == summed(every, ends, by, interval)


def summed(
    every: Counts, ends: tuple[datetime, datetime], by: Sequence[rollups.Key], interval: rollups.Interval | None
) -> dict[tuple[Any, ...], tuple[Counter[str], Counter[int], int]]:
    """The hours of nodes between two times, added up by hand."""
    found: dict[tuple[Any, ...], tuple[Counter[str], Counter[int], int]] = {}
    for (kind, span, at, workflow, subject, outcome), (number, lengths, retries) in every.items():
        if (kind, span) == ("node", "hour") and ends[0] <= at < ends[1]:
            day = at.replace(hour=0)
            begins = {None: None, "hour": at, "day": day, "week": day - timedelta(days=at.weekday())}[interval]
            key = (begins, workflow if "workflow_id" in by else None, subject if "subject" in by else None)
            before = found.get(key, (Counter[str](), Counter[int](), 0))
            outcomes = before[0] + Counter({outcome: number})
            found[key] = (outcomes, before[1] + Counter(lengths), before[2] + retries)
    return found


async def test_a_rebuild_amid_the_work_leaves_to_the_feed_what_waits_for_it(pool: Pool, recorder: Recorder) -> None:
    await some_history(pool, recorder, 7)
    await feed.move(pool, (rollups.roll_up,), limit=11)
    for day in await days(pool):
        async with pool.acquire() as connection:
            await rollups.recount_day(connection, day)
    while (await feed.move(pool, (rollups.roll_up,), limit=7))[0]:
        pass
    assert await stored(pool) == await recounted(pool)


async def test_events_that_are_fed_once_more_are_not_counted_again(pool: Pool, recorder: Recorder) -> None:
    await some_history(pool, recorder, 8)
    while (await feed.move(pool, (rollups.roll_up,)))[0]:
        pass
    async with pool.acquire() as connection:
        await feed.rebuild(connection)
    while (await feed.move(pool, (rollups.roll_up,)))[0]:
        pass
    assert await stored(pool) == await recounted(pool)


async def test_what_a_failed_batch_counted_is_not_counted(pool: Pool, recorder: Recorder) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("another follower")

    await some_history(pool, recorder, 9)
    with pytest.raises(RuntimeError):
        await feed.move(pool, (rollups.roll_up, fails))
    assert await stored(pool) == {}


async def test_the_hours_of_long_ago_are_forgotten_and_their_days_stay(pool: Pool, recorder: Recorder) -> None:
    await some_history(pool, recorder, 10)
    while (await feed.move(pool, (rollups.roll_up,)))[0]:
        pass
    await pool.execute("update rollups set at = at - interval '40 days'")
    await rollups.sweep_hours(pool)
    assert {row["span"] for row in await pool.fetch("select span from rollups")} == {"day"}


async def test_reused_nodes_are_no_work_and_undoing_is_none_of_the_node(pool: Pool, recorder: Recorder) -> None:
    run = await a_run(pool)
    reused = a_node("fetch", "completed", started_at=NOON, completed_at=NOON, why={"reason": "reused"})
    undone = a_node("fetch~undo", "completed", started_at=NOON, completed_at=NOON)
    for node in (reused, undone):
        await recorder.put(Change(run, PROJECT, node=node))
    await recorder.put(
        Change(run, PROJECT, run=RunRow("completed", NOON), events=(an_event("workflow.run.completed"),))
    )
    await feed.move(pool, (rollups.roll_up,))
    row = await pool.fetchrow("select * from rollups where kind = 'node'")
    assert row is not None
    assert (row["outcome"], row["count"], row["lengths"]) == ("reused", 1, 0)
