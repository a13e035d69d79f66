"""Ended runs with a little of everything."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from plait.clock import now
from plait.store.archives import lines_of
from plait.store.changes import Change, RunRow
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.runs import a_node, a_run, an_event, completed, started

LARGE = "x" * 20_000
CHANGED = {"flags", "purged_at", "restored_at", "archive_id"}
"""What being archived and restored changes of a run's row."""


async def ended_run(pool: Pool, recorder: Recorder, *, status: str = "completed", days: float = 3) -> UUID:
    """A run that ended so many days ago, with two nodes, events, and an output of its own payload."""
    run_id = await a_run(pool)
    await recorder.put(started(run_id, "a"))
    await recorder.put(completed(run_id, "a", {"n": [1, 2.50, None], "text": "ä \u2028 \\ \" '"}))
    large = await Payloads(pool).store("default", LARGE)
    node = a_node("b", "completed", output=None, outcome="success")
    node.output = large
    await recorder.put(Change(run_id, "default", node=node, events=(an_event("workflow.node.completed", "b"),)))
    at = now() - timedelta(days=days)
    row = RunRow(status, at, output=large)
    await recorder.put(Change(run_id, "default", run=row, events=(an_event(f"workflow.run.{status}"),)))
    return run_id


async def everything(pool: Pool, run_id: UUID) -> list[Any]:
    """All that the tables have of a run, but for the marks of its archive."""
    rows = [orjson.loads(line) async for line in lines_of(pool, run_id)]
    for each in rows:
        if each["table"] == "workflow_runs":
            each["row"] = {name: value for name, value in each["row"].items() if name not in CHANGED}
    return rows


async def row_of(pool: Pool, run_id: UUID) -> Any:
    """The run's row."""
    return await pool.fetchrow("select * from workflow_runs where id = $1", run_id)
