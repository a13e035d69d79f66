"""A fixture of a run for `plait test`: what the world told it, and what came of that."""

from typing import Any
from uuid import UUID

from asyncpg import Record

from api.http.errors import Refusal
from api.resources import Resources
from api.runs.control import run_conflict
from api.runs.fixture_parts import answers_of, expected_of, mock_of, moment, seconds
from api.runs.purged import refuse_purged
from interpreter.catalogue import Behaviour
from interpreter.plan.model import Plan
from interpreter.state import FINAL_RUN
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import fixtures
from plait.store import runs as store
from plait.store.values import value_in

MOCKED: frozenset[Behaviour] = frozenset({"activity", "subworkflow", "agent"})
"""What acts on the world; everything else a test does by itself."""
LIMIT = 8 * 1024 * 1024
"""Bytes of all outputs together that a fixture may hold."""
EXAMPLE: dict[str, Any] = {
    "cases": [
        {
            "name": "as run 019f52b3-6c1e-7d20-9a4b-2f1f5d8c7e01",
            "input": {"document": "contract-17.pdf"},
            "mocks": {"score": {"output": 0.82}},
            "expect": {"status": "completed", "output": 0.82},
        }
    ]
}


async def fixture_of(held: Resources, run_id: UUID, caller: Caller) -> dict[str, Any]:
    """The fixture of an ended run, which passes as it is. Values are as recorded: secrets are in none of them."""
    run = await store.read_run(held.pool, caller.project, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    refuse_purged(run)
    await refuse_unrepeatable(held, run)
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    rows = await fixtures.list_results(held.pool, run_id)
    mocks = await mocks_of(held, caller.project, plan, rows)
    case: dict[str, Any] = {
        "name": f"as run {run_id}",
        "run": {"id": str(run_id), "started_at": moment(run["started_at"]), "environment": run["environment"]},
        "input": await value_of(held, caller.project, run, "input"),
        "env": run["env"],
        "mocks": mocks,
        "gates": answers_of(await fixtures.list_answers(held.pool, run_id)),
    }
    case["events"] = [
        {
            "name": row["name"],
            **({"key": row["key"]} if row["key"] is not None else {}),
            "payload": await value_of(held, caller.project, row, "payload"),
            "at": seconds(run["started_at"], row["at"]),
        }
        for row in await fixtures.list_events(held.pool, run_id)
    ]
    if run["status"] == "cancelled" and run["requested_at"] is not None:
        case["cancel_at"] = seconds(run["started_at"], run["requested_at"])
    output = await value_of(held, caller.project, run, "output") if run["status"] == "completed" else None
    case["expect"] = expected_of(run, output, rows)
    return {"cases": [{name: value for name, value in case.items() if value not in ({}, [], None) or name == "input"}]}


async def refuse_unrepeatable(held: Resources, run: Any) -> None:
    """A test repeats what a workflow does by itself, to its end."""
    if run["status"] not in FINAL_RUN:
        raise run_conflict(run, f"The run is {run['status']}; a fixture is made of one that has ended.")
    if run["status"] == "terminated":
        raise run_conflict(run, "The run was terminated from outside, which no test can repeat.")
    path = await fixtures.find_skipped_by_hand(held.pool, run["id"])
    if path is not None:
        raise run_conflict(run, f"A person skipped {path} in this run, which no test can repeat.")
    if run["started_at"] is None:
        raise run_conflict(run, "The run was cancelled before it began: there is nothing to repeat.")
    size = await fixtures.measure_outputs(held.pool, run["id"])
    if size + run["input_size"] + (run["output_size"] or 0) > LIMIT:
        message = f"The values of this run have more than {LIMIT // 1024 // 1024} MiB, too much for a fixture."
        raise Refusal("too_large", message, limit_bytes=LIMIT)


async def mocks_of(held: Resources, project: str, plan: Plan, rows: list[Record]) -> dict[str, Any]:
    """What each node that acts on the world gave, by path; an agent as a whole."""
    mocks: dict[str, Any] = {}
    for row in rows:
        gave = row["attempts"] or row["status"] == "completed"
        behaviour = plan.find(row["node"]).behaviour
        inside = behaviour == "agent" and row["path"].rpartition(".")[2] != row["node"]
        if gave and behaviour in MOCKED and not inside:
            output = await value_of(held, project, row, "output") if row["status"] == "completed" else None
            mocks[row["path"]] = mock_of(row, output)
    return mocks


async def value_of(held: Resources, project: str, row: Any, column: str) -> Any:
    """A stored value of a row, wherever it is kept; null where there is none."""
    stored = value_in(row, column)
    return None if stored is None else await held.payloads.value(project, stored)
