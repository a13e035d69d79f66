"""Around a run that goes on under another version: loads that, computes facts anew, and puts the change on record."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from asyncpg import Record
from temporalio import activity

from activities.heart import Heart
from activities.kind import NodeError
from activities.rows import moment
from activities.services import Services
from activities.shell.results import facts_of, fitting
from interpreter.messages import FactValue
from interpreter.plan.model import Plan
from interpreter.rules import facts_over
from interpreter.shell.wire import (
    END_MIGRATION,
    LOAD_MIGRATION,
    RECOUNT_FACTS,
    EndMigration,
    LoadedMigration,
    LoadMigration,
    RecountedFacts,
    RecountFacts,
    ValueOf,
)
from interpreter.values import Json
from plait.ids import uuid_of
from plait.store import carry_over as store
from plait.store.changes import Change, EventRow, VersionMark, VoteMark
from plait.store.items import ItemsOf
from plait.store.tasks import find_overrides, look_up
from plait.store.values import value_in


def loading_migrations(services: Services) -> Callable[[LoadMigration], Awaitable[LoadedMigration]]:
    """The activity `plait.load_migration`."""

    @activity.defn(name=LOAD_MIGRATION)
    async def load(wanted: LoadMigration) -> LoadedMigration:
        row = await _find(services, wanted.project, wanted.run_id, wanted.command)
        if row is None:
            return LoadedMigration(found=False)
        return LoadedMigration(True, row["definition"], row["plan_hash"], row["args"]["env"])

    return load


def recounting_facts(services: Services) -> Callable[[RecountFacts], Awaitable[RecountedFacts]]:
    """The activity `plait.recount_facts`."""

    @activity.defn(name=RECOUNT_FACTS)
    async def recount(task: RecountFacts) -> RecountedFacts:
        with Heart():
            plan = await services.plans.find(task.project, task.hash)
            try:
                return RecountedFacts([await _facts(services, plan, task, value) for value in task.values])
            except NodeError as error:
                return RecountedFacts(failure=error.message)

    return recount


def ending_migrations(services: Services) -> Callable[[EndMigration], Awaitable[bool]]:
    """The activity `plait.end_migration`; whether the run goes on under the other version."""

    @activity.defn(name=END_MIGRATION)
    async def end(task: EndMigration) -> bool:
        row = await _find(services, task.project, task.run_id, task.command)
        command = UUID(task.command)
        await store.keep_report(services.pool, command, asdict(task.report))
        if task.refusal is not None or row is None:
            mark = VoteMark(command, "refused", task.refusal)
            await services.recorder.put(Change(UUID(task.run_id), task.project, commands=(mark,)))
            return False
        plan = await services.plans.find(task.project, row["plan_hash"])
        return (await services.recorder.put(_migrated(task, row, plan))).accepted

    return end


def _migrated(task: EndMigration, row: Record, plan: Plan) -> Change:
    """The run's new version, with its event and the answer to who asked for it."""
    at, command = moment(task.at), UUID(task.command)
    kept = [asdict(entry) for entry in task.report.entries if entry.change != "kept"]
    data = {
        "from": {"version": row["version_now"], "plan_hash": row["plan_hash_now"]},
        "to": {"version": row["version"], "plan_hash": row["plan_hash"], "ad_hoc": row["ad_hoc"]},
        "by": row["by"],
        "reason": row["reason"],
        "report": kept[:MOST_TOLD],
    }
    key = f"run:workflow.run.migrated:{task.command}"
    nodes = tuple(node.id for node in plan.nodes if node.behaviour != "parallel")
    return Change(
        run_id=UUID(task.run_id),
        project=task.project,
        version=VersionMark(row["version"], row["plan_hash"], plan.counted, nodes),
        commands=(VoteMark(command, "applied"),),
        events=(EventRow(key, "workflow.run.migrated", at, data=data),),
    )


MOST_TOLD = 200
"""Nodes that the event names; the command's row has them all."""


async def _find(services: Services, project: str, run_id: str, command: str) -> Record | None:
    known = uuid_of(command)
    return None if known is None else await store.find_migration(services.pool, project, UUID(run_id), known)


async def _facts(services: Services, plan: Plan, task: RecountFacts, value: ValueOf) -> dict[str, FactValue]:
    constants = {"vars": plan.document.vars}
    if value.kind == "input":
        given = await _input(services, task)
        return fitting(lambda: facts_over(plan.given, {**constants, "input": given}))
    node = plan.find(value.node)
    if value.kind in {"node", "override"}:
        return facts_of(plan, node, await _entry(services, task, value))
    assert node.body is not None, "only a map and a loop have items and laps"
    body, given = plan.region(node.body), await _given(services, task, value)
    name = "prev" if value.kind == "lap" else body.names[0]
    return fitting(lambda: facts_over(body.given, {**constants, name: given}))


async def _input(services: Services, task: RecountFacts) -> Json:
    found = await look_up(services.pool, task.project, UUID(task.run_id), [], with_input=True)
    assert found is not None, "a run that goes on has a row"
    assert found.input is not None
    return await services.payloads.value(task.project, found.input)


async def _entry(services: Services, task: RecountFacts, value: ValueOf) -> dict[str, Any]:
    """What `nodes.<id>` says of a node that completed, or will by a person's word."""
    if value.override is not None:
        override = UUID(value.override)
        rows = await find_overrides(services.pool, task.project, UUID(task.run_id), [override])
        stored = value_in(dict(rows[override]), "output")
        assert stored is not None, "it was kept when the override was loaded"
        return {
            "status": "completed",
            "outcome": "success",
            "output": await services.payloads.value(task.project, stored),
        }
    found = await look_up(
        services.pool, task.project, UUID(task.run_id), [(value.path, value.generation)], with_input=False
    )
    row = None if found is None else found.nodes.get(value.path)
    if row is None or row.output is None:
        return {"status": "completed"}
    output = await services.payloads.value(task.project, row.output)
    return {"status": row.status, "outcome": row.outcome, "output": output, "meta": row.metadata or {}}


async def _given(services: Services, task: RecountFacts, value: ValueOf) -> Json:
    """The item, or what the lap before gave: in the first lap what the loop began with."""
    if value.kind == "item":
        of = ItemsOf(task.project, UUID(task.run_id), value.path, value.generation)
        (item,) = await services.items.load(of, value.key, value.key + 1)
        return item
    path = value.path if value.key == 1 else f"{value.path}~{value.key - 1}"
    found = await look_up(services.pool, task.project, UUID(task.run_id), [(path, value.generation)], with_input=False)
    row = None if found is None else found.nodes.get(path)
    stored = None if row is None else row.input if value.key == 1 else row.output
    assert stored is not None, "a lap that is open has begun with something"
    given: Any = await services.payloads.value(task.project, stored)
    return given["initial"] if value.key == 1 else given
