"""Reads a person's word on a node: checks and keeps the output that it gives, finds what its parameters read."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from asyncpg import Record
from temporalio import activity

from activities.kind import NodeError
from activities.services import Services
from activities.shell.inputs import Parameters
from activities.shell.names import node_of
from activities.shell.results import facts_of, fits_schema, normalised
from interpreter.plan.model import Plan
from interpreter.shell.wire import LOAD_OVERRIDE, LoadedOverride, LoadOverride, NodeResult
from plait.ids import uuid_of
from plait.store.changes import Change, VoteMark
from plait.store.tasks import find_override, keep_output
from plait.store.values import value_in


def loading_overrides(services: Services) -> Callable[[LoadOverride], Awaitable[LoadedOverride]]:
    """The activity `plait.load_override`."""

    @activity.defn(name=LOAD_OVERRIDE)
    async def load_override(wanted: LoadOverride) -> LoadedOverride:
        run_id, plan = UUID(wanted.run_id), await services.plans.find(wanted.project, wanted.hash)
        override = uuid_of(wanted.id)
        row = await find_override(services.pool, wanted.project, run_id, override) if override is not None else None
        if row is None:
            return LoadedOverride(found=False)
        if node_of(row["path"]) not in plan.places:
            await _refuse(services, wanted, row, "the version that runs has no such node")
            return LoadedOverride(found=False)
        result = None
        if row["action"] == "succeed":
            try:
                result = await _kept(services, wanted, plan, row)
            except NodeError as error:
                await _refuse(services, wanted, row, f"output_invalid: {error.message}")
                return LoadedOverride(found=False)
        return LoadedOverride(
            found=True,
            id=str(row["id"]),
            path=row["path"],
            generation=row["generation"],
            action=row["action"],
            result=result,
            reads=None if row["given"] is None else _reads(plan, row),
        )

    return load_override


async def _kept(services: Services, wanted: LoadOverride, plan: Plan, row: Record) -> NodeResult:
    """Check the output and keep it with its facts, so that the node's end needs to name the override only."""
    node, stored = plan.find(node_of(row["path"])), value_in(dict(row), "output")
    output = row["output"] if stored is None else await services.payloads.value(wanted.project, stored)
    output = normalised(output)
    fits_schema(node, output)
    facts = facts_of(plan, node, {"status": "completed", "outcome": "success", "output": output})
    if stored is None:
        stored = await services.payloads.store(wanted.project, output)
        await keep_output(services.pool, row["id"], stored, facts)
    return NodeResult(stored.size, stored.sha256, facts=facts)


def _reads(plan: Plan, row: Record) -> list[str]:
    """The ids of the nodes that the new parameters name."""
    node = plan.find(node_of(row["path"]))
    named = {read for read, _ in Parameters(node.kind, row["given"]).wanted.values}
    return sorted(read for read in named if read in plan.places)


async def _refuse(services: Services, wanted: LoadOverride, row: Record, why: str) -> None:
    mark = VoteMark(row["id"], "refused", why)
    await services.recorder.put(Change(run_id=UUID(wanted.run_id), project=wanted.project, overrides=(mark,)))
