"""Migrations: a report from the run's own workflow, then a row, then a signal; the workflow looks again and decides."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record
from temporalio.client import WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from api.migrate.schemas import MigratedNode, MigrateRun, Migration
from api.resources import Resources
from api.runs.control import run_conflict
from api.runs.views import allowed_actions
from api.runs.waiting import wait_for
from api.temporal import temporal_away
from api.workflows.reader import accepted
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from interpreter.shell.wire import QUERY_MIGRATION, AskReport, MigrationReport, workflow_id
from interpreter.state import FINAL_RUN
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound
from plait.starts.given import variables_of
from plait.store import carry_over as store
from plait.store import runs
from plait.store.carry_over import NewMigration
from plait.store.workflows import NewVersion

SETTLE_SECONDS = 12.0
"""How long an answer waits for the run to come to rest and go on."""
REPORT_SECONDS = 5.0
WAITS = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The version that a run is to go on under. `number` is None for a document that is not saved."""

    number: int | None
    definition: str
    plan_hash: str
    new: NewVersion | None = None


async def migrate_run(held: Resources, run_id: UUID, order: MigrateRun, caller: Caller) -> Migration:
    """Report, or carry the run over."""
    run = await store.read_run(held.pool, caller.project, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    refuse_moved(run)
    candidate = await _candidate(held, run, order, caller)
    plan = await held.plans.load(candidate.definition, candidate.plan_hash)
    env = await _variables(held, run, plan, caller)
    if order.dry_run:
        report = await _ask(held, run_id, candidate)
        nodes = [MigratedNode(**vars_of(entry)) for entry in report.entries]
        return _shown(run, candidate.number, "dry_run", nodes, report.obstacles)
    number = candidate.number or await _save(held, run, candidate, caller)
    new = NewMigration(new_id(), caller.project, run_id, number, env, order.reason, caller.actor.json(), now())
    if not await store.insert_migration(held.pool, new):
        raise run_conflict(run, "The run has moved, or another migration of it is under way.")
    held.deliveries.command(run_id, new.id)
    return await _settle(held, run, new)


def refuse_moved(run: Record) -> None:
    """Refuse a run that cannot go on under anything."""
    if run["status"] in FINAL_RUN:
        raise run_conflict(run, f"The run is {run['status']}; rerun it with the other version.")
    if run["status"] not in WAITS or run["requested"] == "cancel":
        raise run_conflict(run, f"The run is {run['status']}; only a run that waits or is paused can be migrated.")


async def _candidate(held: Resources, run: Record, order: MigrateRun, caller: Caller) -> Candidate:
    if (order.version is None) == (order.document is None):
        message = "Say either `version` or `document`."
        raise Invalid(message, problems=[Problem("request_invalid", message, ("version",))])
    if order.version is not None:
        row = await store.find_version(held.pool, run["workflow_id"], order.version)
        if row is None:
            raise NotFound(f"The workflow {run['slug']} has no version {order.version}.")
        return Candidate(row["version"], row["definition"], row["plan_hash"])
    version = await _compiled(held, order, caller)
    if version.slug != run["slug"]:
        message = f"The document says the slug {version.slug}; this run is of {run['slug']}."
        raise Invalid(message, code="workflow_invalid", problems=[Problem("other_slug", message, ("document", "slug"))])
    same = await store.find_same(held.pool, run["workflow_id"], version)
    return Candidate(None if same is None else same["version"], version.definition, version.plan_hash, version)


async def _compiled(held: Resources, order: MigrateRun, caller: Caller) -> NewVersion:
    if isinstance(order.document, str):
        return accepted(await held.workflows.examine(order.document.encode(), "application/yaml", caller))
    return accepted(await held.workflows.examine(orjson.dumps(order.document), "application/json", caller))


async def _variables(held: Resources, run: Record, plan: Plan, caller: Caller) -> dict[str, Any]:
    """What the version reads of the run's environment."""
    target = await runs.read_target(held.pool, caller.project, run["slug"], None, run["environment"])
    assert target is not None, "a workflow with a run that goes on stays"
    return variables_of(plan, target)


async def _save(held: Resources, run: Record, candidate: Candidate, caller: Caller) -> int:
    assert candidate.new is not None, "what has no number is new"
    return await store.insert_ad_hoc(
        held.pool, caller.project, run["workflow_id"], candidate.new, caller.actor.json(), now()
    )


async def _ask(held: Resources, run_id: UUID, candidate: Candidate) -> MigrationReport:
    """The report of the run's own workflow."""
    client = await held.temporal.client()
    handle = client.get_workflow_handle(workflow_id(str(run_id)))
    asked = AskReport(candidate.definition, candidate.plan_hash)
    try:
        return await asyncio.wait_for(handle.query(QUERY_MIGRATION, asked, result_type=MigrationReport), REPORT_SECONDS)
    except (RPCError, TimeoutError, WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
            raise NotFound("The run has not begun yet.") from error
        raise temporal_away() from error


async def _settle(held: Resources, run: Record, new: NewMigration) -> Migration:
    """What became of it within the time that an answer waits; refused is a conflict, with the report."""
    last: dict[str, Any] = {}

    async def is_settled() -> bool:
        row = await store.read_migration(held.pool, new.id)
        last.update(dict(row) if row else {"status": "refused", "refusal": "the run was deleted", "report": None})
        return last["status"] != "recorded"

    await wait_for(held, new.run_id, is_settled, SETTLE_SECONDS)
    report = last["report"] or {"entries": [], "obstacles": []}
    if last["status"] == "refused":
        raise _refused(run, last["refusal"], report)
    nodes = [MigratedNode(**entry) for entry in report["entries"]]
    status = "applied" if last["status"] == "applied" else "recorded"
    return _shown(run, new.version, status, nodes, report["obstacles"])


def _refused(run: Record, why: str, report: dict[str, Any]) -> Conflict:
    blocks = [entry for entry in report["entries"] if entry["change"] == "blocks"]
    said = [*report["obstacles"], *(f"{entry['path']}: {entry['because']}" for entry in blocks)]
    message = f"The run goes on as it is: {why}. {' '.join(said)}".rstrip()
    return Conflict(message, run_status=run["status"], allowed_actions=allowed_actions(run), nodes=blocks)


def vars_of(entry: Any) -> dict[str, Any]:
    """A dataclass with slots as the fields of a view."""
    return {name: getattr(entry, name) for name in ("node", "path", "change", "status", "because")}


def _shown(run: Record, to: int | None, status: Any, nodes: list[MigratedNode], obstacles: list[str]) -> Migration:
    return Migration(
        run_id=run["id"],
        status=status,
        from_version=run["version"],
        to_version=to,
        blocked=bool(obstacles) or any(node.change == "blocks" for node in nodes),
        obstacles=obstacles,
        nodes=nodes,
    )
