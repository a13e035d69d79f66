"""The route of retention. Archiving and restoring by hand are bulk actions."""

from collections import Counter
from datetime import timedelta

from api.http.models import Reference
from api.http.paging import COUNTED
from api.http.routing import slice_router
from api.http.security import CanReadRuns
from api.resources import Held
from api.retention.schemas import Retention, WorkflowRetention
from plait.archive import terms_of
from plait.archive.files import S3
from plait.clock import now
from plait.store import archives as store

router = slice_router("runs")
DAY = timedelta(days=1)


@router.get("/retention")
async def get_retention(caller: CanReadRuns, held: Held) -> Retention:
    """How long ended runs are kept, and which would be archived and purged now. Does nothing."""
    terms, own = terms_of(held.settings), await store.list_terms(held.pool, caller.project)
    archived = await store.count_archived(held.pool, caller.project)
    due = await store.list_due(held.pool, own, terms, now(), COUNTED + 1) if held.archiver else []
    counts = Counter(row["workflow_id"] for row in due[:COUNTED])
    place = held.settings.archive
    return Retention(
        archive=None if not place else "s3" if place.startswith(S3) else "folder",
        keep_days=terms.completed / DAY,
        keep_days_failed=terms.others / DAY,
        due=min(len(due), COUNTED),
        due_is_exact=len(due) <= COUNTED,
        archived=archived,
        workflows=[
            WorkflowRetention(
                workflow=Reference(id=row["id"], slug=row["slug"], name=row["name"]),
                keep_days=None if row["kept"] is None else row["kept"] / DAY,
                due=counts[row["id"]],
            )
            for row in own
            if row["kept"] is not None or counts[row["id"]]
        ],
    )
