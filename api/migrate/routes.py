"""The route of migrations."""

from uuid import UUID

from fastapi import Response

from api.http.routing import problems, slice_router
from api.http.security import CanOverrideRuns
from api.migrate import service
from api.migrate.schemas import MigrateRun, Migration
from api.resources import Held
from api.runs.routes import RUN

router = slice_router("runs")


@router.post(
    f"{RUN}/migrate",
    responses={
        202: {"model": Migration, "description": "Recorded; the run goes on under it once it is at rest."},
        **problems("run_state_conflict", "workflow_invalid", "request_invalid", "temporal_unavailable"),
    },
)
async def migrate_run(
    run_id: UUID, order: MigrateRun, caller: CanOverrideRuns, held: Held, response: Response
) -> Migration:
    """Have a waiting or paused run go on under another version, or under a document: all of it or nothing.

    With `dry_run` the answer says what would become of each node, and nothing changes.
    """
    migration = await service.migrate_run(held, run_id, order, caller)
    if migration.status == "recorded":
        response.status_code = 202
    return migration
