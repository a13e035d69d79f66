"""What the Recorder promises of money: each call on all its accounts, once, in one transaction."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plait.clock import new_id, now
from plait.store import feed, rollups
from plait.store.changes import Amount, Change, Entry, RunRow, Written
from plait.store.money import list_orphans, read_earlier
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.runs import NOON, PROJECT, a_run, a_value, an_event, completed, started

DOLLAR = Decimal(1)


def a_call(run: UUID, cost: Decimal | None = DOLLAR, path: str = "ask", attempt: int = 1, tokens: int = 100) -> Entry:
    """A call that is to be made."""
    amount = Amount(cost, tokens, tokens // 10)
    return Entry(new_id(), PROJECT, run, path, 1, attempt, "reserved", "acme:one", amount, now(), agent="legal")


def spent(entry: Entry, cost: Decimal | None, tokens: int = 50, answer: Any = None) -> Entry:
    """What it took."""
    kept = None if answer is None else a_value(answer)
    return replace(entry, status="spent", amount=Amount(cost, tokens, 5), answer=kept, settled_at=now())


async def put(recorder: Recorder, entry: Entry) -> Written:
    return await recorder.put(Change(entry.run_id, PROJECT, entry=entry))


async def with_budget(pool: Pool, **budget: Any) -> UUID:
    run = await a_run(pool)
    await pool.execute("update workflow_runs set budget = $2 where id = $1", run, budget)
    return run


async def below(pool: Pool, *above: UUID) -> UUID:
    """A sub-workflow of these."""
    run = await a_run(pool)
    await pool.execute("update workflow_runs set payers = $2 where id = $1", run, list(above))
    return run


async def sums(pool: Pool, run: UUID) -> tuple[Any, ...]:
    """`cost_usd, own_cost_usd, reserved_usd, input_tokens, output_tokens` of a run."""
    row = await pool.fetchrow(
        "select cost_usd, own_cost_usd, reserved_usd, input_tokens, output_tokens from workflow_runs where id = $1", run
    )
    assert row is not None
    return tuple(row.values())


async def test_two_hundred_calls_at_once_reserve_as_many_as_there_is_room_for(pool: Pool, recorder: Recorder) -> None:
    run = await with_budget(pool, cost_usd="25")
    answers = await asyncio.gather(*(put(recorder, a_call(run, path=f"ask.{n}")) for n in range(200)))
    assert sum(answer.accepted for answer in answers) == 25
    assert {answer.over.limit for answer in answers if answer.over} == {"cost_usd"}
    assert (await sums(pool, run))[2] == 25


async def test_two_processes_together_never_reserve_more_than_there_is(pool: Pool, recorder: Recorder) -> None:
    run = await with_budget(pool, tokens=1_100)
    async with Recorder(pool) as other:
        calls = [(recorder, other)[n % 2] for n in range(60)]
        answers = await asyncio.gather(*(put(each, a_call(run)) for each in calls))
    assert sum(answer.accepted for answer in answers) == 10


async def test_a_call_is_settled_by_what_it_took_on_the_node_the_run_and_the_runs_above(
    pool: Pool, recorder: Recorder
) -> None:
    top = await with_budget(pool, cost_usd="10")
    middle = await below(pool, top)
    run = await below(pool, middle, top)
    await recorder.put(started(run, "ask"))
    call = a_call(run)
    await put(recorder, call)
    assert [(await sums(pool, each))[2] for each in (run, middle, top)] == [1, 1, 1]
    await put(recorder, spent(call, Decimal("0.25")))
    assert await sums(pool, run) == (Decimal("0.25"), Decimal("0.25"), 0, 50, 5)
    assert await sums(pool, top) == (Decimal("0.25"), 0, 0, 50, 5)
    node = await pool.fetchrow("select cost_usd, input_tokens, agent, model from node_runs where run_id = $1", run)
    assert node is not None
    assert tuple(node.values()) == (Decimal("0.25"), 50, "legal", "acme:one")
    told = await pool.fetch("select run_id, data from run_events where type = 'workflow.cost.updated'")
    assert {row["run_id"] for row in told} == {run, middle, top}
    assert {row["data"]["cost_usd"] for row in told} == {"0.25"}


async def test_the_budget_of_a_run_above_holds_for_what_it_waits_for(pool: Pool, recorder: Recorder) -> None:
    top = await with_budget(pool, cost_usd="1.5")
    run = await below(pool, top)
    assert (await put(recorder, a_call(top))).accepted
    refused = await put(recorder, a_call(run))
    assert refused.over
    assert refused.over.run_id == top


async def test_telling_a_settlement_again_counts_it_once(pool: Pool, recorder: Recorder) -> None:
    run = await a_run(pool)
    call = a_call(run)
    paid = spent(call, DOLLAR)
    for entry in (call, call, paid, paid, call):
        assert (await put(recorder, entry)).accepted
    assert await sums(pool, run) == (1, 1, 0, 50, 5)


async def test_a_cost_that_is_not_known_keeps_its_tokens_and_says_so(pool: Pool, recorder: Recorder) -> None:
    run = await a_run(pool)
    await recorder.put(started(run, "ask"))
    for cost in (None, DOLLAR):
        call = a_call(run, cost)
        await put(recorder, call)
        await put(recorder, spent(call, cost))
    assert await sums(pool, run) == (None, None, 0, 100, 10)
    flags = await pool.fetchval("select flags from workflow_runs where id = $1", run)
    assert flags == ["cost_unknown"]
    assert await pool.fetchval("select cost_usd from node_runs where run_id = $1", run) is None


async def test_what_an_attempt_that_died_has_reserved_is_assumed_to_be_spent_by_the_next_one(
    pool: Pool, recorder: Recorder
) -> None:
    run = await a_run(pool)
    await put(recorder, a_call(run))
    call = a_call(run, attempt=2)
    await put(recorder, call)
    await put(recorder, spent(call, DOLLAR))
    rows = await pool.fetch("select attempt, status from spending order by attempt")
    assert [tuple(row.values()) for row in rows] == [(1, "assumed"), (2, "spent")]
    assert (await sums(pool, run))[0] == 2


async def test_a_call_that_ends_after_its_run_is_counted_and_none_is_reserved(pool: Pool, recorder: Recorder) -> None:
    run = await a_run(pool)
    call = a_call(run)
    await put(recorder, call)
    end = RunRow("terminated", NOON)
    await recorder.put(Change(run, PROJECT, run=end, events=(an_event("workflow.run.terminated"),)))
    await put(recorder, spent(call, DOLLAR))
    assert (await sums(pool, run))[0] == 1
    assert not (await put(recorder, a_call(run))).accepted
    last = await pool.fetchval("select type from run_events where run_id = $1 order by seq desc limit 1", run)
    assert last == "workflow.run.terminated"


async def test_an_answer_that_could_not_be_committed_is_there_for_the_next_attempt_alone(
    pool: Pool, recorder: Recorder
) -> None:
    run = await a_run(pool)
    await recorder.put(started(run, "ask"))
    call = a_call(run)
    await put(recorder, call)
    await put(recorder, spent(call, DOLLAR, answer={"text": "hello"}))
    assert await read_earlier(pool, run, "ask", 1, 1) is None
    kept = await read_earlier(pool, run, "ask", 1, 2)
    assert kept
    assert kept.inline == {"text": "hello"}


@pytest.mark.parametrize("told", ["failed", "completed"])
async def test_the_answer_of_an_attempt_that_said_how_it_ended_is_not_used_again(
    pool: Pool, recorder: Recorder, told: str
) -> None:
    run = await a_run(pool)
    change = started(run, "ask")
    assert change.node
    change.node.attempt_log = {"attempt": 1, "status": told, "completed_at": "2026-01-01T12:00:00Z"}
    await recorder.put(change)
    call = a_call(run)
    await put(recorder, call)
    await put(recorder, spent(call, DOLLAR, answer={"text": "hello"}))
    assert await read_earlier(pool, run, "ask", 1, 2) is None


async def test_what_is_left_reserved_is_found_once_its_node_has_ended_or_after_an_hour(
    pool: Pool, recorder: Recorder
) -> None:
    run = await a_run(pool)
    ended, goes_on = a_call(run, path="ended"), a_call(run, path="goes_on")
    for call in (ended, goes_on):
        await recorder.put(started(run, call.path))
        await put(recorder, call)
    await recorder.put(completed(run, "ended"))
    assert await list_orphans(pool, now()) == []
    age = "update spending set reserved_at = reserved_at - $1::interval"
    await pool.execute(age, timedelta(minutes=5))
    assert [entry.id for entry in await list_orphans(pool, now())] == [ended.id]
    await pool.execute(age, timedelta(hours=1))
    assert [entry.id for entry in await list_orphans(pool, now())] == [ended.id, goes_on.id]


async def test_a_project_has_a_budget_a_month_and_tells_of_its_shares_once(pool: Pool, recorder: Recorder) -> None:
    run = await a_run(pool)
    await pool.execute(
        "insert into project_budgets (project, cost_usd, alert_at, by, at) values ('default', 2, '{0.5,0.9}', '{}', now())"
    )
    for _ in range(2):
        call = a_call(run)
        assert (await put(recorder, call)).accepted
        await put(recorder, spent(call, DOLLAR))
    refused = await put(recorder, a_call(run))
    assert refused.over
    assert refused.over.run_id is None
    rows = await pool.fetch("select data ->> 'share' as share from run_events where type = 'workflow.run.budget_alert'")
    assert sorted(row["share"] for row in rows) == ["0.5", "0.9"]


async def test_analytics_count_each_call_by_its_model_and_agent_and_no_sub_workflow_twice(
    pool: Pool, recorder: Recorder
) -> None:
    top = await a_run(pool)
    run = await below(pool, top)
    await recorder.put(started(top, "sub"))
    await recorder.put(started(run, "ask"))
    for model, cost in (("acme:one", DOLLAR), ("acme:two", DOLLAR / 4)):
        call = replace(a_call(run), model=model)
        await put(recorder, call)
        await put(recorder, spent(call, cost))
    await recorder.put(completed(run, "ask"))
    for each in (run, top):
        end = RunRow("completed", now())
        await recorder.put(Change(each, PROJECT, run=end, events=(an_event("workflow.run.completed"),)))
    while (await feed.move(pool, (rollups.roll_up,)))[0]:
        pass
    rows = await pool.fetch(
        "select kind, subject, sum(cost_usd) as cost, sum(input_tokens) as tokens from rollups"
        " where span = 'day' and cost_usd > 0 group by kind, subject order by kind, subject"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("agent", "legal", Decimal("1.25"), 100),
        ("model", "acme:one", 1, 50),
        ("model", "acme:two", Decimal("0.25"), 50),
        ("node", "ask", Decimal("1.25"), 100),
        ("run", "", Decimal("1.25"), 100),
    ]


async def test_a_run_that_is_deleted_takes_what_its_calls_said_along(pool: Pool, recorder: Recorder) -> None:
    run = await a_run(pool)
    await put(recorder, a_call(run))
    await pool.execute("delete from workflow_runs where id = $1", run)
    assert await pool.fetchval("select count(*) from spending") == 0
