"""Workflows of Plait's own: stored in a project when they are first needed, and out of the way of its own."""

from api.catalogue import read_offer
from api.resources import Resources
from api.workflows.compiler import MediaType, examine
from api.workflows.reader import accepted
from plait.auth import Actor
from plait.clock import new_id, now
from plait.store import carry_over, workflows

PLAIT = Actor("system", "plait", "Plait")


async def save_own(
    held: Resources, project: str, slug: str, source: bytes, media_type: MediaType = "application/yaml"
) -> int:
    """The version that a document of the system's own is in this project, saved now if it is none yet."""
    offer = await read_offer(held.pool, project, held.models)
    version = accepted(examine(source, media_type, offer.catalogue))
    async with held.pool.acquire() as db, db.transaction():
        workflow = workflows.NewWorkflow(new_id(), slug, slug, PLAIT.json(), now(), system=True)
        await workflows.insert_workflow(db, project, workflow)
        row = await workflows.lock_workflow(db, project, slug, system=True)
        assert row is not None, "nobody deletes a workflow of Plait's own"
        if (same := await carry_over.find_same(db, row["id"], version)) is not None:
            return same["version"]
        place = workflows.NewPlace(row["id"], row["last_version"] + 1, PLAIT.json(), now())
        await workflows.insert_version(db, project, version, place)
        return place.number
