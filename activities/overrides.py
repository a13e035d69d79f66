"""Reads a person's word on a held node; for `succeed`, checks and stores the output it gives."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from asyncpg import Record
from temporalio import activity

from activities.kind import NodeError
from activities.names import node_of
from activities.results import facts_of, fits_schema, normalised
from activities.services import Services
from interpreter.plan.model import Plan
from interpreter.shell.wire import LOAD_OVERRIDE, LoadedOverride, LoadOverride, NodeResult
from interpreter.state import NodeStatus
from plait.clock import now
from plait.ids import uuid_of
from plait.store.changes import Change, NodeRow, VoteMark
from plait.store.tasks import find_override


def loading_overrides(services: Services) -> Callable[[LoadOverride], Awaitable[LoadedOverride]]:
    """The activity `plait.load_override`."""

    @activity.defn(name=LOAD_OVERRIDE)
    async def load_override(wanted: LoadOverride) -> LoadedOverride:
        run_id, plan = UUID(wanted.run_id), await services.plans.find(wanted.project, wanted.hash)
        override = uuid_of(wanted.id)
        row = await find_override(services.pool, wanted.project, run_id, override) if override is not None else None
        if row is None or node_of(row["path"]) not in plan.places:
            return LoadedOverride(found=False)
        result = None
        if row["action"] == "succeed":
            try:
                result = await _store(services, wanted, plan, row)
            except NodeError as error:
                await _refuse(services, wanted, row, error)
                return LoadedOverride(found=False)
        return LoadedOverride(
            found=True,
            id=str(row["id"]),
            path=row["path"],
            generation=row["generation"],
            action=row["action"],
            result=result,
        )

    return load_override


async def _store(services: Services, wanted: LoadOverride, plan: Plan, row: Record) -> NodeResult:
    """Put the output into the row that waits, so that its end needs to name it only."""
    node = plan.find(node_of(row["path"]))
    output = normalised(row["output"])
    fits_schema(node, output)
    facts = facts_of(plan, node, {"status": "completed", "outcome": "success", "output": output})
    stored = await services.payloads.store(wanted.project, output)
    held = NodeRow(
        path=row["path"],
        generation=row["generation"],
        node=node.id,
        type=node.kind.name,
        name=node.name,
        status=NodeStatus.HELD,
        at=now(),
        output=stored,
        facts=facts,
    )
    await services.recorder.put(Change(run_id=UUID(wanted.run_id), project=wanted.project, node=held))
    return NodeResult(stored.size, stored.sha256, facts=facts)


async def _refuse(services: Services, wanted: LoadOverride, row: Record, error: NodeError) -> None:
    mark = VoteMark(row["id"], "refused", f"output_invalid: {error.message}")
    await services.recorder.put(Change(run_id=UUID(wanted.run_id), project=wanted.project, overrides=(mark,)))
