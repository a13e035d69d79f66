"""How many runs there are by status, as a list's tabs show it."""

from typing import get_args

from pydantic import Field

from api.http.models import View
from api.resources import Resources
from api.runs.filters import Status
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import counts
from plait.store.runs import find_workflow

STATUSES: tuple[Status, ...] = get_args(Status)


class RunCounts(View):
    """How many runs there are."""

    by_status: dict[str, int] = Field(description="Every status, also those that no run has.")
    total: int


async def count_runs(held: Resources, workflow: str | None, environment: str, caller: Caller) -> RunCounts:
    """The counts, of one workflow if it is named, of one environment unless that is `*`."""
    workflow_id = await find_workflow(held.pool, caller.project, workflow) if workflow else None
    if workflow and workflow_id is None:
        raise NotFound(f"There is no workflow {workflow!r}.")
    chosen = None if environment == "*" else environment
    found = await counts.read_counts(held.pool, caller.project, workflow_id, chosen)
    return RunCounts(by_status={status: found.get(status, 0) for status in STATUSES}, total=sum(found.values()))
