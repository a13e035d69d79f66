"""What the Recorder promises to whoever writes runs."""

import asyncio
import dataclasses
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from plait.clock import new_id
from plait.store.changes import Change, GateEnd, GateRow, RunRow, StoredValue, VoteMark
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.runs import NOON, PROJECT, a_node, a_run, a_value, an_event, completed, started


async def seqs(pool: Pool, run_id: UUID) -> list[int]:
    return [row["seq"] for row in await pool.fetch("select seq from run_events where run_id = $1 order by seq", run_id)]


async def types(pool: Pool, run_id: UUID) -> list[str]:
    rows = await pool.fetch("select type from run_events where run_id = $1 order by seq", run_id)
    return [row["type"] for row in rows]


async def run_row(pool: Pool, run_id: UUID) -> Any:
    return await pool.fetchrow("select * from workflow_runs where id = $1", run_id)


async def node_row(pool: Pool, run_id: UUID, path: str, generation: int = 1) -> Any:
    return await pool.fetchrow(
        "select * from node_runs where run_id = $1 and path = $2 and generation = $3", run_id, path, generation
    )


def ended(run_id: UUID, status: str = "completed", output: object = None) -> Change:
    value = None if output is None else a_value(output)
    return Change(run_id, PROJECT, run=RunRow(status, NOON, output=value), events=(an_event(f"workflow.run.{status}"),))


async def test_the_first_record_of_a_run_makes_it_running(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(started(run_id, "fetch"))
    row = await run_row(pool, run_id)
    assert (row["status"], row["started_at"]) == ("running", NOON)
    assert await types(pool, run_id) == ["workflow.run.started", "workflow.node.started"]


async def test_a_queued_start_is_written_before_the_end_that_is_awaited(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    recorder.note(started(run_id, "fetch"))
    answer = await recorder.put(completed(run_id, "fetch", output={"n": 1}))
    assert (answer.accepted, answer.status, answer.outcome) == (True, "completed", "success")
    assert await types(pool, run_id) == ["workflow.run.started", "workflow.node.started", "workflow.node.completed"]
    row = await node_row(pool, run_id, "fetch")
    assert (row["started_at"], row["output"], row["has_output"]) == (NOON, {"n": 1}, True)


async def test_a_note_is_written_though_nothing_follows_it(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    assert (await asyncio.wait_for(recorder.note(started(run_id, "fetch")), 5)).accepted


@pytest.mark.parametrize("output", [[], [1, [2]], {"a": [None]}, "text", 0, False])
async def test_every_kind_of_output_comes_back_as_it_was(pool: Pool, recorder: Recorder, output: object) -> None:
    run_id = await a_run(pool)
    await recorder.put(completed(run_id, "fetch", output=output))
    assert (await node_row(pool, run_id, "fetch"))["output"] == output


async def test_an_output_of_null_is_an_output(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    change = completed(run_id, "fetch")
    assert change.node
    change.node.output = a_value(None)
    await recorder.put(change)
    row = await node_row(pool, run_id, "fetch")
    assert (row["output"], row["has_output"]) == (None, True)


async def test_no_number_is_left_out_with_50_callers_and_many_runs(pool: Pool, recorder: Recorder) -> None:
    runs = [await a_run(pool) for _ in range(8)]

    async def work(caller: int) -> None:
        for step in range(10):
            run_id, path = runs[(caller + step) % len(runs)], f"n{caller}-{step}"
            recorder.put(started(run_id, path))
            assert (await recorder.put(completed(run_id, path))).accepted

    await asyncio.gather(*(work(caller) for caller in range(50)))
    for run_id in runs:
        row = await run_row(pool, run_id)
        assert await seqs(pool, run_id) == list(range(1, row["last_seq"] + 1))
    assert await pool.fetchval("select count(*) from run_events") == 50 * 10 * 2 + len(runs)
    assert await pool.fetchval("select sum(completed_nodes) from workflow_runs") == 500


async def test_no_number_is_left_out_when_two_processes_write_one_run(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    async with Recorder(pool) as other:
        writers = (recorder, other)
        await asyncio.gather(*(writers[n % 2].put(completed(run_id, f"n{n}")) for n in range(300)))
    assert await seqs(pool, run_id) == list(range(1, 302))


async def test_the_second_end_of_a_node_writes_nothing_and_is_told_the_first(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    first = completed(run_id, "fetch", output="mine", facts={"1": ["value", 7]})
    await recorder.put(first)
    verdict = Change(
        run_id,
        PROJECT,
        node=a_node("fetch", "failed", attempt=0, error={"type": "Timeout"}),
        events=(an_event("workflow.node.failed", "fetch"),),
    )
    answer = await recorder.put(verdict)
    assert first.node
    assert first.node.output
    assert (answer.accepted, answer.status, answer.outcome) == (False, "completed", "success")
    assert (answer.output_sha256, answer.facts, answer.error) == (first.node.output.sha256, {"1": ["value", 7]}, None)
    assert "workflow.node.failed" not in await types(pool, run_id)


async def test_both_ends_of_a_race_in_one_batch_see_one_winner(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    answers = await asyncio.gather(*(recorder.put(completed(run_id, "fetch", output=n, attempt=n)) for n in (1, 2, 3)))
    assert [answer.accepted for answer in answers] == [True, False, False]
    assert len({answer.output_sha256 for answer in answers}) == 1


async def test_the_workflow_may_end_a_node_whatever_its_attempt(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(started(run_id, "fetch", attempt=3))
    answer = await recorder.put(Change(run_id, PROJECT, node=a_node("fetch", "cancelled", attempt=0)))
    assert (answer.accepted, (await node_row(pool, run_id, "fetch"))["attempt"]) == (True, 3)


async def test_the_start_of_an_older_attempt_is_refused(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(started(run_id, "fetch", attempt=2))
    assert not (await recorder.put(started(run_id, "fetch", attempt=1))).accepted
    assert (await node_row(pool, run_id, "fetch"))["attempt"] == 2


async def test_attempts_are_logged_one_entry_each(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    for attempt, status, entry in (
        (1, "running", {"attempt": 1, "status": "running", "worker": "w"}),
        (1, "retrying", {"attempt": 1, "status": "failed"}),
        (2, "running", {"attempt": 2, "status": "running"}),
    ):
        await recorder.put(Change(run_id, PROJECT, node=a_node("fetch", status, attempt=attempt, attempt_log=entry)))
    assert (await node_row(pool, run_id, "fetch"))["attempts"] == [
        {"attempt": 1, "status": "failed", "worker": "w"},
        {"attempt": 2, "status": "running"},
    ]


async def test_an_error_goes_when_the_node_goes_on(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(Change(run_id, PROJECT, node=a_node("fetch", "retrying", error={"type": "Refused"})))
    await recorder.put(completed(run_id, "fetch", attempt=2))
    assert (await node_row(pool, run_id, "fetch"))["error"] is None


async def test_what_a_change_leaves_out_stays(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(Change(run_id, PROJECT, node=a_node("fetch", "running", input=a_value([1]), ready_at=NOON)))
    await recorder.put(completed(run_id, "fetch"))
    row = await node_row(pool, run_id, "fetch")
    assert (row["input"], row["input_size"], row["ready_at"]) == ([1], 3, NOON)


async def test_the_same_change_again_is_accepted_and_changes_nothing(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    changes = [started(run_id, "fetch"), completed(run_id, "fetch"), ended(run_id, output={"ok": True})]
    first = [await recorder.put(change) for change in changes]
    events, run = await types(pool, run_id), await run_row(pool, run_id)
    second = [await recorder.put(change) for change in changes]
    assert [answer.accepted for answer in first + second] == [True] * 6
    assert (await types(pool, run_id), await run_row(pool, run_id)) == (events, run)


async def test_a_run_ends_once(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(completed(run_id, "fetch"))
    answers = [await recorder.put(ended(run_id, status)) for status in ("completed", "cancelled")]
    assert [(answer.accepted, answer.status) for answer in answers] == [(True, "completed"), (False, "completed")]
    row = await run_row(pool, run_id)
    assert (row["status"], row["completed_at"]) == ("completed", NOON)


async def test_a_final_run_takes_no_more_changes(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(ended(run_id, "cancelled"))
    late = [completed(run_id, "fetch"), Change(run_id, PROJECT, events=(an_event("workflow.run.late"),))]
    answers = [await recorder.put(change) for change in late]
    assert [answer.accepted for answer in answers] == [False, False]
    assert await node_row(pool, run_id, "fetch") is None
    assert await types(pool, run_id) == ["workflow.run.cancelled"]


async def test_a_change_of_a_deleted_run_is_refused(recorder: Recorder) -> None:
    answer = await recorder.put(started(new_id(), "fetch"))
    assert (answer.accepted, answer.status) == (False, None)


async def test_a_path_is_counted_once_however_often_it_is_retried(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(completed(run_id, "fetch"))
    await recorder.put(completed(run_id, "fetch", generation=2))
    await asyncio.gather(*(recorder.put(completed(run_id, "load", generation=n)) for n in (1, 2)))
    assert (await run_row(pool, run_id))["completed_nodes"] == 2


async def test_a_parallel_node_is_not_counted(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    await recorder.put(completed(run_id, "fork", type="parallel"))
    assert (await run_row(pool, run_id))["completed_nodes"] == 0


@pytest.mark.parametrize("poison", ["\ud800", "\0", object()])
async def test_one_bad_change_fails_alone(pool: Pool, recorder: Recorder, poison: object) -> None:
    run_id = await a_run(pool)
    bad = completed(run_id, "bad")
    assert bad.node
    bad.node.output = StoredValue(size=3, sha256="0", inline=poison)
    changes = [*(completed(run_id, f"n{n}") for n in range(20)), bad, completed(run_id, "last")]
    answers = await asyncio.gather(*map(recorder.put, changes), return_exceptions=True)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, BaseException)] == [20]
    assert await seqs(pool, run_id) == list(range(1, 23))
    assert await node_row(pool, run_id, "bad") is None


async def test_a_value_whose_payload_is_missing_is_refused_with_its_change_alone(
    pool: Pool, recorder: Recorder
) -> None:
    run_id = await a_run(pool)
    bad = completed(run_id, "bad")
    assert bad.node
    bad.node.output = StoredValue(size=9000, sha256="0", ref=new_id())
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await recorder.put(bad)
    assert await seqs(pool, run_id) == []


async def test_a_batch_larger_than_its_limits_is_written_in_parts(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    big = "x" * 7000
    answers = await asyncio.gather(*(recorder.put(completed(run_id, f"n{n}", output=big)) for n in range(450)))
    assert all(answer.accepted for answer in answers)
    assert await seqs(pool, run_id) == list(range(1, 452))


async def test_a_caller_that_goes_away_disturbs_nobody(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    gone = recorder.put(completed(run_id, "gone"))
    gone.cancel()
    assert (await recorder.put(completed(run_id, "next"))).accepted


async def test_leaving_the_recorder_writes_what_is_queued(pool: Pool) -> None:
    run_id = await a_run(pool)
    async with Recorder(pool) as recorder:
        for n in range(30):
            recorder.put(completed(run_id, f"n{n}"))
    assert (await run_row(pool, run_id))["completed_nodes"] == 30


async def test_the_run_keeps_what_its_own_change_says(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    stopping = RunRow("stopping", NOON, stopping_as="failed", flags=("overridden", "stuck"), error={"type": "Boom"})
    await recorder.put(Change(run_id, PROJECT, run=stopping))
    row = await run_row(pool, run_id)
    assert (row["status"], row["stopping_as"], row["flags"]) == ("stopping", "failed", ["overridden", "stuck"])
    assert (row["error"], row["completed_at"]) == ({"type": "Boom"}, None)


async def test_flags_are_added_and_never_taken_away(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    for flags in (("stuck",), (), ("overridden", "stuck")):
        await recorder.put(Change(run_id, PROJECT, run=RunRow("running", NOON, flags=flags)))
    assert (await run_row(pool, run_id))["flags"] == ["overridden", "stuck"]


def a_gate(path: str) -> GateRow:
    return GateRow(
        id=new_id(), path=path, generation=1, node=path, title="Sure?", instructions=None, show=[{"a": 1}],
        form_schema=None, prefill=None, outcomes=["approved", "rejected"], approvers=["group:legal"], quorum=1,
        reject="any", allow_self_approval=False, opened_at=NOON, due_at=None,
    )  # fmt: skip


async def test_a_gate_opens_once_and_is_decided_once(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool)
    opening = Change(run_id, PROJECT, node=a_node("ask", "waiting", attempt=0), gate=a_gate("ask"))
    await recorder.put(opening)
    await recorder.put(dataclasses.replace(opening, gate=a_gate("ask")))
    for status in ("decided", "expired"):
        await recorder.put(Change(run_id, PROJECT, gate_end=GateEnd("ask", 1, status, NOON)))
    gates = await pool.fetch("select id, status, show, quorum from gates where run_id = $1", run_id)
    assert opening.gate
    assert [tuple(gate) for gate in gates] == [(opening.gate.id, "decided", [{"a": 1}], 1)]


async def test_a_vote_is_marked_once(pool: Pool, recorder: Recorder) -> None:
    run_id, vote = await a_run(pool), new_id()
    gate = a_gate("ask")
    await recorder.put(Change(run_id, PROJECT, node=a_node("ask", "waiting", attempt=0), gate=gate))
    await pool.execute(
        "insert into gate_votes (id, gate_id, project, run_id, path, generation, decision, by, at)"
        " values ($1, $2, $3, $4, 'ask', 1, 'approved', '{}', $5)",
        vote, gate.id, PROJECT, run_id, NOON,
    )  # fmt: skip
    for status, reason in (("applied", None), ("refused", "late")):
        await recorder.put(Change(run_id, PROJECT, votes=(VoteMark(vote, status, reason),)))
    assert [tuple(row) for row in await pool.fetch("select status, reason from gate_votes")] == [("applied", None)]
