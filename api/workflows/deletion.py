"""Deleting a workflow with live runs: they are cancelled one by one, and it goes with the last of them."""

from typing import Any
from uuid import UUID

from api.operations.work import NotYet, Work
from api.resources import Resources
from api.runs.control import cancel_run
from plait.errors import Conflict, NotFound
from plait.store import workflows as store
from plait.store.operations import Item


async def delete_part(held: Resources, work: Work, item: Item) -> Any:
    """Cancel one live run, or, last of all, see the workflow off."""
    if (run_id := item.subject.get("run_id")) is not None:
        await cancel_live(held, UUID(run_id), work)
        return
    await store.sweep_deleted(held.pool)
    if await store.is_there(held.pool, work.caller.project, UUID(item.subject["workflow_id"])):
        raise NotYet


async def cancel_live(held: Resources, run_id: UUID, work: Work) -> None:
    """Ask for the run's end, unless it is ending or has ended meanwhile: then there is nothing to ask for."""
    try:
        await cancel_run(held, run_id, work.caller, f"the workflow {work.arguments['slug']} is deleted")
    except (Conflict, NotFound):
        return
