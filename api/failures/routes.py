"""The route of failures."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query

from api.failures.schemas import FailureGroup, FailureLinks
from api.http.errors import Refusal
from api.http.models import AskedTime, Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanReadRuns
from api.resources import Held
from plait.clock import now
from plait.errors import NotFound
from plait.store import failures as store
from plait.store.failures import FailureFilter
from plait.store.fingerprints import pattern_of
from plait.store.runs import find_workflow

router = slice_router("runs")
SINCE = timedelta(days=30)
RUNS = "/api/v1/workflow_runs"


@router.get("/errors", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_failures(
    caller: CanReadRuns,
    held: Held,
    page: Paging,
    workflow: Annotated[str | None, Query(max_length=100, description="Id or slug.")] = None,
    environment: Annotated[str, Query(max_length=63, description="`*` is all of them.")] = "dev",
    since: Annotated[AskedTime | None, Query(description="Failures from then on; 30 days without it.")] = None,
) -> Page[FailureGroup]:
    """Failures grouped by fingerprint, the group that was seen last first: of runs that failed, and of held nodes."""
    if page.total:
        raise Refusal("unknown_parameter", "Groups are not counted; `total` is not known here.")
    workflow_id = None
    if workflow is not None and (workflow_id := await find_workflow(held.pool, caller.project, workflow)) is None:
        raise NotFound(f"There is no workflow {workflow!r}.")
    chosen = FailureFilter(
        caller.project, None if environment == "*" else environment, workflow_id, since or now() - SINCE
    )
    filters = [workflow, environment, since]
    rows = await store.group_failures(held.pool, chosen, page.after(filters, by_last), page.limit + 1)
    kept, cursor = page.cut(rows, filters, lambda row: (row["last_seen"], row["fingerprint"]))
    narrowed = {"environment": environment} | ({"workflow": workflow} if workflow else {})
    return Page(items=[group_of(row, narrowed) for row in kept], next_cursor=cursor)


def by_last(parts: Any) -> tuple[datetime, str]:
    """The place of a group among those that were seen last."""
    at, fingerprint = parts
    return datetime.fromisoformat(at).astimezone(UTC), str(fingerprint)


def group_of(row: Any, narrowed: dict[str, str]) -> FailureGroup:
    """A group's row as it is shown, with links that mean its runs and no other."""
    error, query = row["error"], urlencode({"fingerprint": row["fingerprint"], **narrowed})
    return FailureGroup(
        fingerprint=row["fingerprint"],
        type=error["type"],
        category=error["category"],
        node=error.get("node"),
        pattern=pattern_of(error["message"]),
        message=error["message"],
        count=row["failed"] + row["held"],
        failed=row["failed"],
        held=row["held"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        workflows=row["workflows"],
        example_run_id=row["run_id"],
        links=FailureLinks(runs=f"{RUNS}?{query}", retry_held=f"{RUNS}/bulk?{query}" if row["held"] else None),
    )
