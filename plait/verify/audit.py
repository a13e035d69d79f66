"""Audits runs: reads both sides, compares, and says what does not agree."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from interpreter.plan.definition import load_plan
from interpreter.shell.wire import workflow_id
from interpreter.state import FINAL_RUN
from plait.store import runs, verify
from plait.store.pool import Pool
from plait.store.verify import RunRecord
from plait.verify.compare import compare
from plait.verify.findings import Finding
from plait.verify.rebuild import rebuild
from plait.verify.record import check_record
from plait.verify.replay import NotDeterministic, asked_in, executions_of

PAGE = 200
YOUNG = timedelta(minutes=1)
"""A run this young may be on its way to Temporal."""


async def audit_runs(
    pool: Pool, client: Client, since: datetime | None, now: datetime
) -> AsyncIterator[tuple[UUID, list[Finding]]]:
    """Every run that was created since then, with what is wrong with it."""
    after = verify.NIL
    while page := await verify.list_runs(pool, after, since, PAGE):
        for run_id in page:
            yield run_id, await audit_run(pool, client, run_id, now)
        after = page[-1]


async def audit_run(pool: Pool, client: Client, run_id: UUID, now: datetime) -> list[Finding]:
    """What is wrong with one run; nothing where it is gone, or where only its archive has what it did."""
    found = await verify.read_record(pool, run_id)
    if found is None or found.run["purged_at"] is not None:
        return []
    definition = await runs.read_definition(pool, found.run["project"], found.run["plan_hash"])
    if definition is None:
        return [Finding(str(run_id), "lost", "the version that it executes is not there")]
    findings = list(check_record(found, load_plan(definition, found.run["plan_hash"])))
    return [*findings, *await _against_history(client, found, now)]


async def _against_history(client: Client, found: RunRecord, now: datetime) -> list[Finding]:
    run_id, status = str(found.run["id"]), found.run["status"]
    try:
        asked = await asked_in(client, await executions_of(client, workflow_id(run_id)))
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return list(_without_history(found, now))
    except NotDeterministic:
        return [Finding(run_id, "determinism", f"the run is {status}, and its history does not replay")]
    return list(compare(found, rebuild(asked)))


def _without_history(found: RunRecord, now: datetime) -> Iterable[Finding]:
    """Temporal forgets ended runs after a while, and knows none that has not begun."""
    run = found.run
    is_open = run["status"] not in FINAL_RUN and run["status"] != "pending"
    if is_open and run["created_at"] < now - YOUNG:
        yield Finding(str(run["id"]), "lost", f"the run is {run['status']}, and Temporal does not know it")
