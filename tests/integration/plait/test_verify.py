"""The auditor finds nothing in what really happened, and each thing that was changed by hand."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from interpreter.plan.definition import load_plan
from interpreter.shell.wire import workflow_id
from plait.clock import now
from plait.store.runs import read_definition
from plait.store.verify import RunRecord, read_record
from plait.verify import audit_run
from plait.verify.compare import compare
from plait.verify.effects import audit_effects
from plait.verify.rebuild import rebuild
from plait.verify.record import check_record
from plait.verify.replay import asked_in, executions_of
from tests.support.live import Live


def work(node: str, value: Any = 1, **said: Any) -> dict[str, Any]:
    return {"id": node, "type": "tool_call", "with": {"tool": "work", "args": {"value": value}}, **said}


DONE = "workflow.node.completed"
GATE = {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}
EACH = {
    "id": "each",
    "type": "map",
    "with": {"items": "[1, 2, 3]", "nodes": [work("item_work", "{{ item }}")], "edges": []},
}
REFINE = {
    "id": "refine",
    "type": "loop",
    "with": {
        "until": "lap == 2",
        "max_iterations": 3,
        "nodes": [work("draft", "{{ lap }}")],
        "edges": [],
        "output": "{{ nodes.draft.output }}",
    },
}
ROUTE = {
    "id": "route",
    "type": "condition",
    "with": {"cases": [{"name": "big", "when": "input.n > 5"}], "default": "small"},
}
CLEAN_UP = work("clean_up", join={"mode": "always"})
UNDONE = work("book", compensate={"type": "tool_call", "with": {"tool": "work", "args": {"value": 0}}})
FAILING = {
    "id": "fail",
    "type": "tool_call",
    "with": {"tool": "flaky", "args": {"failures": 9}},
    "retry": {"max_attempts": 1},
}
RICH = (
    [EACH, REFINE, ROUTE, work("big"), work("small"), GATE, work("last")],
    [
        {"from": "each", "to": "refine"},
        {"from": "refine", "to": "route"},
        {"from": "route", "to": "big", "on": "big"},
        {"from": "route", "to": "small", "on": "small"},
        {"from": "big", "to": "sign_off"},
        {"from": "small", "to": "sign_off"},
        {"from": "sign_off", "to": "last", "on": "approved"},
    ],
)


async def audited(live: Live, run: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Rule and path of what is found."""
    found = await audit_run(live.resources.pool, live.temporal, UUID(run["id"]), now())
    return [(each.rule, each.path) for each in found]


async def the_gate(live: Live, run: dict[str, Any]) -> dict[str, Any]:
    """The run's gate, once it is open."""
    while not (gates := (await live.get("/gates", run_id=run["id"]))["items"]):
        await asyncio.sleep(0.02)
    return gates[0]


@pytest.fixture
async def completed(live: Live) -> dict[str, Any]:
    """A run with a bit of everything, at its end."""
    await live.save("rich", *RICH)
    run = await live.start("rich", {"input": {"n": 7}})
    gate = await the_gate(live, run)
    await live.client.post(f"/api/v1/gates/{gate['id']}/decisions", json={"decision": "approved"})
    return await live.until(run["id"], "completed")


async def test_nothing_is_found_in_a_run_with_a_bit_of_everything(live: Live, completed: dict[str, Any]) -> None:
    assert await audited(live, completed) == []


async def test_nothing_is_found_in_a_run_that_waits_for_a_person(live: Live) -> None:
    await live.save("gated", [GATE, CLEAN_UP], [{"from": "sign_off", "to": "clean_up"}])
    run = await live.start("gated")
    await the_gate(live, run)
    assert await audited(live, run) == []
    await live.client.post(f"/api/v1/workflow_runs/{run['id']}/cancel", json={})
    assert await audited(live, await live.until(run["id"], "cancelled")) == []


async def test_nothing_is_found_in_a_run_that_failed_and_was_compensated(live: Live) -> None:
    nodes = [UNDONE, FAILING, CLEAN_UP]
    edges = [{"from": "book", "to": "fail"}, {"from": "fail", "to": "clean_up"}]
    await live.save("undone", nodes, edges)
    run = await live.start("undone")
    assert await audited(live, await live.until(run["id"], "failed")) == []


async def test_nothing_is_found_in_a_run_that_has_not_begun(idle: Live) -> None:
    await idle.save("chain", [{"id": "a", "type": "transform", "with": {"value": 1}}])
    assert await audited(idle, await idle.start("chain")) == []


def at(record: RunRecord, path: str) -> Any:
    """The row of this path."""
    return next(row for row in record.rows if row["path"] == path)


def told(record: RunRecord, kind: str, path: str) -> Any:
    """The event of this kind about this path."""
    return next(event for event in record.events if (event["type"], event["path"]) == (kind, path))


CHANGES: dict[str, tuple[Callable[[Any], Any], str, str | None]] = {
    "an event is missing": (lambda record: record.events.pop(3), "sequence", None),
    "the run's last number is another": (lambda record: record.run.update(last_seq=7), "sequence", None),
    "the count of nodes is another": (lambda record: record.run.update(completed_nodes=1), "projection", None),
    "the run's end is another": (lambda record: record.run.update(status="failed"), "end", None),
    "the run is open again": (lambda record: record.run.update(status="running"), "end", None),
    "a row is missing": (lambda record: record.rows.remove(at(record, "each.1")), "projection", "each.1"),
    "a row ended otherwise": (lambda record: at(record, "last").update(status="failed"), "projection", "last"),
    "a row is open": (lambda record: at(record, "last").update(status="running"), "end", "last"),
    "an output is another": (lambda record: at(record, "last").update(output_sha256="x"), "projection", "last"),
    "a row came from nowhere": (lambda record: at(record, "last").update(path="ghost"), "projection", "ghost"),
    "a row is another project's": (lambda record: at(record, "last").update(project="other"), "project", "last"),
    "a gate is open": (lambda record: record.open.append({"path": "sign_off", "kind": "gate"}), "gate", "sign_off"),
    "a call of a model is not counted": (lambda record: record.calls.update(own_tokens=5), "money", None),
    "a sub-workflow's call is not counted": (lambda record: record.calls.update(spent_usd=5), "money", None),
    "a node began too early": (
        lambda record: record.events.append(record.events.pop(record.events.index(told(record, DONE, "each")))),
        "order",
        "refine",
    ),
    "a node began after the end": (
        lambda record: told(record, "workflow.node.started", "last").update(seq=1000),
        "end",
        "last",
    ),
    "a node began while the run was stopping": (
        lambda record: record.events.insert(0, {**record.events[0], "type": "workflow.run.stopping", "seq": 0}),
        "stopping",
        "last",
    ),
}


async def test_each_thing_that_was_changed_by_hand_is_found(live: Live, completed: dict[str, Any]) -> None:
    run_id, pool = UUID(completed["id"]), live.resources.pool
    record = await read_record(pool, run_id)
    assert record is not None
    definition = await read_definition(pool, record.run["project"], record.run["plan_hash"])
    plan = load_plan(definition or "", record.run["plan_hash"])
    executions = await executions_of(live.temporal, workflow_id(completed["id"]))
    history = rebuild(await asked_in(live.temporal, executions))
    for name, (change, rule, path) in CHANGES.items():
        rows, events = [dict(row) for row in record.rows], [dict(event) for event in record.events]
        changed = RunRecord(dict(record.run), rows, events, [], dict(record.calls))  # pyright: ignore[reportArgumentType] - reads alike
        change(changed)
        found = [*check_record(changed, plan), *compare(changed, history)]
        assert (rule, path) in [(each.rule, each.path) for each in found], name


async def test_an_open_run_that_temporal_does_not_know_is_found(idle: Live) -> None:
    await idle.save("chain", [{"id": "a", "type": "transform", "with": {"value": 1}}])
    run = await idle.start("chain", {"start": "later"})
    await idle.resources.pool.execute(
        "update workflow_runs set status = 'running', created_at = now() - interval '1 hour' where id = $1",
        UUID(run["id"]),
    )
    assert await audited(idle, run) == [("lost", None)]


async def test_effects_that_came_twice_or_from_nowhere_are_found(live: Live, completed: dict[str, Any]) -> None:
    run = completed["id"]
    keys = [f"{run}/last/1", f"{run}/big/1", f"{run}/last/1", f"{run}/last/2", "no key"]
    found = await audit_effects(live.resources.pool, keys)
    assert [(each.run_id, each.path, each.message) for each in found] == [
        (run, "last", "its effect happened 2 times"),
        (run, "last", "an effect of a node that has no record"),
        ("no key", None, "an effect of a node that has no record"),
    ]


async def test_the_command_says_what_it_found_and_fails_when_it_found_something(
    live: Live, completed: dict[str, Any], database: str, temporal_address: str
) -> None:
    async def verify() -> tuple[int | None, Any]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "plait.cli", "verify", "--json",
            env={**os.environ, "PLAIT_DATABASE_URL": database, "PLAIT_TEMPORAL_ADDRESS": temporal_address},
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode, json.loads(said)

    assert await verify() == (0, {"runs": 1, "findings": []})
    await live.resources.pool.execute("update workflow_runs set last_seq = last_seq + 1")
    code, said = await verify()
    assert (code, [each["rule"] for each in said["findings"]]) == (1, ["sequence"])
