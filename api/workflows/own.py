"""Workflows of Plait's own: stored in a project when they are first needed, and out of the way of its own."""

from api.catalogue import read_offer
from api.resources import Resources
from api.workflows.compiler import examine
from api.workflows.reader import accepted
from plait.auth import Actor
from plait.clock import new_id, now
from plait.store import workflows

PLAIT = Actor("system", "plait", "Plait")


async def save_own(held: Resources, project: str, slug: str, source: bytes) -> int:
    """The version of a workflow of the system in this project, saved now where it is missing or of an older Plait."""
    offer = await read_offer(held.pool, project, held.models)
    version = accepted(examine(source, "application/yaml", offer.catalogue))
    async with held.pool.acquire() as db, db.transaction():
        workflow = workflows.NewWorkflow(new_id(), slug, slug, PLAIT.json(), now(), system=True)
        await workflows.insert_workflow(db, project, workflow)
        row = await workflows.lock_workflow(db, project, slug, system=True)
        assert row is not None, "nobody deletes a workflow of Plait's own"
        if row["hash"] == version.hash:
            return row["version"]
        place = workflows.NewPlace(row["id"], row["last_version"] + 1, PLAIT.json(), now())
        await workflows.insert_version(db, project, version, place)
        return place.number
