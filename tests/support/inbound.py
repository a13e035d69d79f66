"""Builders of external events for tests: what does not matter is filled in."""

from pathlib import Path
from typing import Any, cast
from uuid import UUID

from activities.catalogue import NODE_TYPES
from activities.services import Services
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Catalogue
from interpreter.plan.definition import definition_of
from plait.clock import new_id
from plait.store.changes import Change
from plait.store.inbound import NewEvent, Recorded, record_event
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.documents import a_document
from tests.support.runs import NOON, PROJECT, a_node, a_run, an_event

ANN = {"type": "user", "id": "ann", "name": "Ann"}


async def record(
    pool: Pool, run_id: UUID, name: str = "payment", payload: Any = None, *, sender_id: str | None = None
) -> Any:
    """What becomes of an event that is sent to a run: mostly `Recorded`."""
    stored = await Payloads(pool).store(PROJECT, payload)
    return await record_event(pool, NewEvent(new_id(), PROJECT, run_id, sender_id, name, None, stored, ANN))


async def recorded(pool: Pool, run_id: UUID, payload: Any = None, name: str = "payment") -> UUID:
    """The id of an event that a run has."""
    answer = await record(pool, run_id, name, payload)
    assert isinstance(answer, Recorded)
    return answer.row["id"]


async def statuses(pool: Pool, run_id: UUID) -> list[str]:
    """How the run's events stand, in the order in which they came."""
    rows = await pool.fetch("select status from inbound_events where run_id = $1 order by at, id", run_id)
    return [row["status"] for row in rows]


def services_of(pool: Pool, recorder: Recorder) -> Services:
    """What the activities around events need."""
    return Services(pool, recorder, Payloads(pool), cast("Any", None), ToolRegistry(), Path())


async def a_waiting_run(pool: Pool, recorder: Recorder, *, schema: Any = None) -> tuple[UUID, str]:
    """A run whose nodes `paid` and `paid_too` wait for an event each, and its plan's hash. The fact that a
    guard wants of `paid` is `nodes.paid.output.amount`.
    """
    same = "nodes.paid.output.amount == nodes.paid_too.output.amount"
    promised = {} if schema is None else {"output_schema": schema}
    nodes: dict[str, dict[str, Any]] = {
        "paid": {"type": "event", "with": {"name": "payment"}, **promised},
        "paid_too": {"type": "event", "with": {"name": "payment"}},
        "route": {"type": "condition", "with": {"cases": [{"name": "same", "when": same}]}},
    }
    catalogue = Catalogue(node_types=dict(NODE_TYPES))
    definition, plan_hash, _ = definition_of(a_document("(paid, paid_too) -> route", nodes=nodes), catalogue)
    run_id = await a_run(pool)
    await pool.execute(
        "insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source,"
        " source_type, total_nodes, created_by, created_at)"
        " select workflow_id, 1, project, 'hash', $2, $3, '', 'application/json', 3, '{}', $4"
        "   from workflow_runs where id = $1",
        run_id, plan_hash, definition, NOON,
    )  # fmt: skip
    for path in ("paid", "paid_too"):
        waiting = a_node(path, "waiting", attempt=0, type="event", ready_at=NOON, started_at=NOON)
        told = (an_event("workflow.node.waiting", path),)
        await recorder.put(Change(run_id, PROJECT, node=waiting, events=told))
    return run_id, plan_hash
