"""Asking for a backtest, and carrying it out run by run as an operation."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from api.backtest.judge import Recorded, judge
from api.backtest.schemas import BacktestOrder
from api.operations.work import Work
from api.resources import Resources
from api.runs.fixture import fixture_of
from api.workflows.reader import SIMULATE_SECONDS
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now
from plait.errors import Invalid, NotFound
from plait.store import fixtures, operations, workflows
from plait.store.operations import Item, NewOperation


async def begin_backtest(held: Resources, operation_id: UUID, ref: str, order: BacktestOrder, caller: Caller) -> None:
    """Freeze the runs and the candidate; the operation does the rest."""
    workflow = await held.workflows.row(ref, caller)
    candidate = await candidate_of(held, workflow, order, caller)
    runs = await fixtures.list_ended(held.pool, caller.project, workflow["id"], order.environment, order.runs)
    counted = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    operation = NewOperation(
        id=operation_id,
        project=caller.project,
        kind="backtest",
        title=f"backtest {workflow['slug']} {candidate['name']} against {counted} of {order.environment}",
        arguments=candidate,
        by=caller.actor.json(),
        scopes=sorted(caller.scopes),
        at=now(),
    )
    async with held.pool.acquire() as db, db.transaction():
        await operations.insert_operation(db, operation, [{"run_id": str(run_id)} for run_id in runs])


async def candidate_of(held: Resources, workflow: Any, order: BacktestOrder, caller: Caller) -> dict[str, Any]:
    """The candidate as each item reads it. A version is kept by number, what is not saved by its text."""
    if order.document is not None:
        if order.version is not None:
            message = "Name a `version` or send a `document`, not both."
            raise Invalid(message, problems=[Problem("contradiction", message, ("version",))])
        made = await held.workflows.compile(json.dumps(order.document).encode(), "application/json", caller)
        return {"name": "as sent", "definition": made.definition, "plan_hash": made.plan_hash}
    number = order.version or workflow["version"]
    if await workflows.read_version(held.pool, caller.project, workflow["id"], number) is None:
        raise NotFound(f"The workflow {workflow['slug']} has no version {number}.")
    return {"name": f"version {number}", "workflow_id": str(workflow["id"]), "version": number}


async def backtest_run(held: Resources, work: Work, item: Item) -> Any:
    """Judge one run: `{verdict, path, because}`. Raises why a run cannot be repeated."""
    run_id = UUID(item.subject["run_id"])
    definition, plan_hash = await definition_of(held, work)
    case = (await fixture_of(held, run_id, work.caller))["cases"][0]
    recorded = [
        Recorded(row["path"], row["status"], row["outcome"]) for row in await fixtures.list_ends(held.pool, run_id)
    ]
    status = case["expect"]["status"]
    found = await held.computer.compute(SIMULATE_SECONDS, judge, definition, plan_hash, case, status, recorded)
    return asdict(found)


async def definition_of(held: Resources, work: Work) -> tuple[str, str]:
    """The candidate's definition and its hash."""
    said = work.arguments
    if "definition" in said:
        return said["definition"], said["plan_hash"]
    workflow_id = UUID(said["workflow_id"])
    row = await workflows.read_version(held.pool, work.caller.project, workflow_id, said["version"])
    if row is None:
        raise NotFound("The workflow was deleted meanwhile.")
    return row["definition"], row["plan_hash"]
