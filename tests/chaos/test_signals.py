"""Signals that come twice, in any order, too late, or about nothing: each wish is granted once."""

import asyncio
import contextlib
import random
from typing import Any

import pytest
from temporalio.service import RPCError

from interpreter.shell.wire import (
    SIGNAL_CHILD,
    SIGNAL_COMMAND,
    SIGNAL_EVENT,
    SIGNAL_OVERRIDE,
    SIGNAL_VOTE,
    workflow_id,
)
from plait.clock import new_id
from tests.support.audit import audited
from tests.support.live import Live
from tests.support.tools import CALLS


def pay(node: str) -> dict[str, Any]:
    return {"id": node, "type": "tool_call", "with": {"tool": "work", "args": {"value": node}}}


NOT_STARTED = {"status": "pending", "attempt": 0}
DOCUMENT: dict[str, Any] = {
    "nodes": [
        {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:local"]}},
        {"id": "paid", "type": "event", "with": {"name": "payment"}},
        pay("send"),
        pay("book"),
    ],
    "edges": [{"from": "sign_off", "to": "send", "on": "approved"}, {"from": "paid", "to": "book"}],
}


async def asked_for(live: Live, run: dict[str, Any]) -> list[tuple[str, Any]]:
    """What the workflow is to be told of: a vote, an override, an event, pauses and resumes, all on record."""
    (gate,) = (await live.get("/gates", run_id=run["id"]))["items"]
    address = f"/workflow_runs/{run['id']}"
    asked: list[tuple[str, dict[str, Any]]] = [
        (f"{address}/pause", {}),
        (f"/gates/{gate['id']}/decisions", {"decision": "approved"}),
        (f"{address}/inbound_events", {"name": "payment", "payload": {"amount": 7}}),
        (
            f"{address}/nodes/book/override",
            {"action": "succeed", "output": "by hand", "reason": "seen", "expect": NOT_STARTED},
        ),
        (f"{address}/resume", {}),
    ]
    for where, body in asked:
        answer = await live.client.post(f"/api/v1{where}", json=body)
        assert answer.status_code == 202, answer.text
    pool = live.resources.pool
    rows = {
        SIGNAL_VOTE: "select id from gate_votes",
        SIGNAL_OVERRIDE: "select id from overrides",
        SIGNAL_COMMAND: "select id from run_commands",
        SIGNAL_EVENT: "select id from inbound_events",
    }
    found = [(name, str(row["id"])) for name, query in rows.items() for row in await pool.fetch(query)]
    assert len(found) == len(asked)
    return [(name, [row] if name == SIGNAL_EVENT else row) for name, row in found]


def about_nothing() -> list[tuple[str, Any]]:
    """Signals of rows that there are not, and of a sub-workflow that never was."""
    unknown = str(new_id())
    named = [(name, unknown) for name in (SIGNAL_VOTE, SIGNAL_OVERRIDE, SIGNAL_COMMAND)]
    return [*named, (SIGNAL_EVENT, [unknown]), (SIGNAL_CHILD, {"path": "nowhere", "generation": 1})]


@pytest.mark.parametrize("times", [20, pytest.param(600, marks=[pytest.mark.full, pytest.mark.timeout(300)])])
async def test_signals_that_come_many_times_and_in_any_order_are_acted_on_once_each(idle: Live, times: int) -> None:
    async with idle.working():
        await idle.save("asked", **DOCUMENT)
        run = await idle.start("asked")
        async with asyncio.timeout(20):
            while not (await idle.get("/gates", run_id=run["id"]))["items"]:
                await asyncio.sleep(0.02)
    handle = idle.temporal.get_workflow_handle(workflow_id(run["id"]))
    signals = [*await asked_for(idle, run), *about_nothing()]
    many = signals * times
    random.Random(20).shuffle(many)
    for name, argument in many:
        await handle.signal(name, argument)
    async with idle.working():
        await idle.until(run["id"], "completed", seconds=120)
        for name, argument in signals:
            with contextlib.suppress(RPCError):
                await handle.signal(name, argument)
    pool = idle.resources.pool
    for table in ("gate_votes", "overrides", "run_commands"):
        statuses = await pool.fetch(f"select distinct status from {table}")
        assert [row["status"] for row in statuses] == ["applied"], table
    assert [row["status"] for row in await pool.fetch("select status from inbound_events")] == ["consumed"]
    assert [CALLS[f"{run['id']}/{node}"] for node in ("send", "book")] == [1, 0]
    await audited(idle)
