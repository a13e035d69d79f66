"""The approval of a promotion: a run of Plait's own workflow, whose one gate is an ordinary gate.

The promotion's row is written before the run, and names it after: what died in between is done again by
`settle_promotions`, and one idempotency key makes it one run. The pointer moves once the run has completed,
if it still stands where it stood when that was asked for, and nothing that the version needs went meanwhile.
"""

import logging
from importlib.resources import files
from typing import Any

from asyncpg import Record

from api.catalogue import read_offer
from api.environments.missing import missing_there
from api.resources import Resources
from api.workflows.diff import compare
from api.workflows.own import save_own
from api.workflows.schemas import document_of
from plait.auth import Actor
from plait.clock import now
from plait.errors import Conflict, Invalid, NotFound
from plait.starts import KeyTaken, Replayed, Wanted, order_of, write_run
from plait.store import environments as pointers
from plait.store import promotions as store
from plait.store import workflows

SLUG = "plait-promotion"
SETTLE_SECONDS = 1.0

log = logging.getLogger("plait.promotions")


async def open_approval(held: Resources, promotion: Record) -> Record:
    """Ask the approvers, once: the run, of which the promotion's row knows from then on."""
    project = promotion["project"]
    environment = await pointers.read_environment(held.pool, project, promotion["environment"])
    assert environment is not None, "a promotion keeps its environment"
    version = await save_own(held, project, SLUG, files("api.environments").joinpath("approval.yaml").read_bytes())
    wanted = Wanted(
        project=project,
        workflow=SLUG,
        version=version,
        input=await shown(held, promotion, environment["approvers"]),
        by=Actor(**promotion["by"]),
        origin={"kind": "promotion", "run_id": None, "node": None, "id": str(promotion["id"])},
        environment=promotion["environment"],
        idempotency_key=f"promotion:{promotion['id']}",
        request_hash="promotion",
    )
    match await write_run(held, wanted):
        case Replayed(run_id) | KeyTaken(run_id):
            pass
        case run:
            run_id = run.id
            held.deliveries.start(order_of(run))
    return await store.note_run(held.pool, promotion["id"], run_id)


async def shown(held: Resources, promotion: Record, approvers: list[str]) -> dict[str, Any]:
    """What the gate shows of a promotion."""
    before, after = [
        await workflows.read_version(held.pool, promotion["project"], promotion["workflow_id"], number)
        for number in (promotion["previous"] or promotion["version"], promotion["version"])
    ]
    assert before is not None, "versions stay"
    assert after is not None, "versions stay"
    numbers = (before["version"], after["version"])
    changes = compare(document_of(before["definition"]), document_of(after["definition"]), numbers)
    previous = promotion["previous"]
    return {
        "workflow": promotion["slug"],
        "version": promotion["version"],
        "previous": f"runs version {previous}" if previous else "runs no version of it",
        "environment": promotion["environment"],
        "approvers": approvers,
        "changes": {
            "added": changes.nodes.added,
            "removed": changes.nodes.removed,
            "changed": [each.id for each in changes.nodes.changed],
            "edges": len(changes.edges.added) + len(changes.edges.removed),
            "fields": [each.field for each in changes.fields],
        },
        "reason": promotion["reason"] or "none was given",
        "by": promotion["by"]["name"],
    }


async def settle_promotions(held: Resources) -> None:
    """Go on with every promotion whose approval was not opened, or has ended. Any number of processes may do so."""
    for row in await store.list_unsettled(held.pool):
        try:
            await settle(held, row)
        except (Conflict, Invalid, NotFound) as error:
            log.warning("promotion %s: %s", row["id"], error)
            await store.refuse(held.pool, row["id"], str(error), now())


async def settle(held: Resources, row: Record) -> None:
    """Open the approval, move the pointer, or say why it is not moved."""
    if row["run_id"] is None:
        await open_approval(held, row)
    elif row["run_status"] == "completed":
        await move_approved(held, row)
    else:
        await store.refuse(held.pool, row["id"], why_not(row), now())


async def move_approved(held: Resources, row: Record) -> None:
    """Move the pointer as was agreed, or refuse, where things have changed since it was asked for."""
    project, environment = row["project"], row["environment"]
    version = await workflows.read_version(held.pool, project, row["workflow_id"], row["version"])
    assert version is not None, "versions stay"
    offer = await read_offer(held.pool, project, held.models)
    if lacking := await missing_there(held, project, version, environment, offer):
        await store.refuse(held.pool, row["id"], f"Since it was asked for: {lacking[0].message}", now())
        return
    async with held.pool.acquire() as db, db.transaction():
        await workflows.lock_workflow(db, project, str(row["workflow_id"]))
        current = await pointers.read_pointer(db, row["workflow_id"], environment)
        if current != row["previous"]:
            await store.refuse(db, row["id"], f"{environment} was moved to version {current} meanwhile.", now())
        else:
            await store.move(db, row, now())


def why_not(row: Record) -> str:
    """Why an approval that has ended did not agree."""
    kind = (row["run_error"] or {}).get("type")
    said = {"Rejected": "It was rejected.", "Expired": "Nobody decided in time."}
    return said.get(kind or "", f"The run that asked for approval is {row['run_status'] or 'gone'}.")
