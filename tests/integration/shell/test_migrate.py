"""A run that waits goes on under another version, whoever dies meanwhile."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus

from interpreter.shell.wire import QUERY_MIGRATION, SIGNAL_COMMAND, AskReport, MigrationReport
from plait.clock import new_id, now
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.documents import a_document
from tests.support.engine import ANN, PROJECT, Engine, Run, running_engine
from tests.support.histories import replay, replayed

GATE: dict[str, Any] = {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}, "timeout": "1h"}  # fmt: skip


async def version(run: Run, graph: str, **said: Any) -> tuple[int, str, str]:
    """A second version of the run's workflow: its number, definition and plan hash."""
    _, definition, plan_hash = await run.engine.save(a_document(graph, **said))
    await run.engine.pool.execute(
        "insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source, source_type,"
        " total_nodes, created_by, created_at)"
        " select workflow_id, 2, $2, 'other', $3, $4, '', 'application/json', 1, '{}', $5 from workflow_runs where id = $1",
        run.id, PROJECT, plan_hash, definition, now(),
    )  # fmt: skip
    return 2, definition, plan_hash


async def ask(run: Run, number: int, *, tell: bool = True) -> UUID:
    """Write the command as the API does, and tell the workflow."""
    command = new_id()
    await run.engine.pool.execute(
        "insert into run_commands (id, project, run_id, kind, args, by, at, delivered_at)"
        " values ($1, $2, $3, 'migrate', $4, $5, $6, $6)",
        command, PROJECT, run.id, {"version": number, "env": {}}, ANN, now(),
    )  # fmt: skip
    if tell:
        await run.handle.signal(SIGNAL_COMMAND, str(command))
    return command


async def answer(run: Run, command: UUID, seconds: float = 20) -> str:
    async with asyncio.timeout(seconds):
        query = "select status from run_commands where id = $1"
        while (status := await run.engine.pool.fetchval(query, command)) == "recorded":
            await asyncio.sleep(0.02)
    return status


async def test_a_run_moves_to_a_fresh_history_with_its_gate_and_its_timer(engine: Engine) -> None:
    run = await engine.start("a -> sign_off -[approved]-> b", nodes={"sign_off": GATE})
    await run.until("sign_off", "waiting")
    first = await run.handle.describe()
    number, *_ = await version(run, "a -> sign_off -[approved]-> check -> b", nodes={"sign_off": GATE})
    assert await answer(run, await ask(run, number)) == "applied"
    assert (await run.row())["version"] == 2
    old = engine.temporal.get_workflow_handle(run.handle.id, run_id=first.run_id)
    await run.vote("sign_off", "approved")
    assert await run.ended() == "completed"
    assert (await old.describe()).status == WorkflowExecutionStatus.CONTINUED_AS_NEW
    assert (await run.statuses()) == {"a": "completed", "sign_off": "completed", "check": "completed", "b": "completed"}
    events = await run.events()
    assert (events.count("run.migrated"), events.count("gate.opened sign_off")) == (1, 1)
    await replay(await old.fetch_history())
    await replayed(engine.temporal.get_workflow_handle(run.handle.id), "migrated")


async def test_a_worker_that_dies_in_between_leaves_it_to_the_next(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path) as first:
        run = await first.start("a -> sign_off -[approved]-> b", nodes={"sign_off": GATE})
        await run.until("sign_off", "waiting")
        number, *_ = await version(run, "a -> sign_off -[approved]-> check -> b", nodes={"sign_off": GATE})
    command = await ask(run, number)
    await run.handle.signal(SIGNAL_COMMAND, str(command))
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, task_queue=first.task_queue, max_cached_workflows=0):  # fmt: skip
        assert await answer(run, command) == "applied"
        await run.vote("sign_off", "approved")
        assert await run.ended() == "completed"
        assert (await run.events()).count("run.migrated") == 1
        assert (await run.statuses())["check"] == "completed"


async def test_what_runs_comes_to_rest_first_and_what_would_begin_waits(engine: Engine) -> None:
    slow = {"with": {"tool": "sleep", "args": {"seconds": 1}}}
    run = await engine.start("a -> b", nodes={"a": slow})
    await run.until("a", "running")
    number, *_ = await version(run, "a -> c -> b", nodes={"a": slow})
    assert await answer(run, await ask(run, number)) == "applied"
    assert await run.ended() == "completed"
    assert (await run.statuses()) == {"a": "completed", "c": "completed", "b": "completed"}
    await replayed(engine.temporal.get_workflow_handle(run.handle.id), "migrated_at_rest")


async def test_what_does_not_come_to_rest_is_refused_and_goes_on(engine: Engine) -> None:
    slow = {"with": {"tool": "sleep", "args": {"seconds": 60}}}
    run = await engine.start("a -> b; c -> d", nodes={"a": slow})
    await run.until("d", "completed")
    number, definition, plan_hash = await version(run, "a -> b; c -> d; d -> e", nodes={"a": slow})
    report = await run.handle.query(QUERY_MIGRATION, AskReport(definition, plan_hash), result_type=MigrationReport)
    assert [entry.node for entry in report.entries if entry.change == "blocks"] == ["a"]
    command = await ask(run, number)
    assert await answer(run, command) == "refused"
    assert (await run.row())["version"] == 1
    kept = await engine.pool.fetchrow("select report, refusal from run_commands where id = $1", command)
    assert kept is not None
    assert (kept["report"]["entries"][0]["node"], "rest" in kept["refusal"]) == ("a", True)
    await run.cancel()
    assert await run.ended() == "cancelled"


async def test_a_run_that_is_being_cancelled_is_not_migrated(engine: Engine) -> None:
    run = await engine.start("sign_off -[approved]-> b", nodes={"sign_off": GATE})
    await run.until("sign_off", "waiting")
    number, *_ = await version(run, "sign_off -[approved]-> c -> b", nodes={"sign_off": GATE})
    command = await ask(run, number, tell=False)
    await run.cancel()
    await run.handle.signal(SIGNAL_COMMAND, str(command))
    assert await run.ended() == "cancelled"
    assert (await run.row())["version"] in (1, 2)


async def test_a_version_that_is_gone_changes_nothing(engine: Engine) -> None:
    run = await engine.start("sign_off -[approved]-> b", nodes={"sign_off": GATE})
    await run.until("sign_off", "waiting")
    assert await answer(run, await ask(run, 9)) == "refused"
    await run.vote("sign_off", "approved")
    assert await run.ended() == "completed"
    await replayed(run.handle, "migration_refused")
