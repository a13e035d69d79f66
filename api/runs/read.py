"""Reading runs: one query each, from Postgres alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.resources import Resources
from api.runs.filters import RunQuery, filter_of, filters_key
from api.runs.nodes import every_node
from api.runs.schemas import PatchRun, Run, RunSummary
from api.runs.views import run_of, summary_of
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, NotFound
from plait.store import runs as store
from plait.store.runs import RunFilter


async def read_run(held: Resources, run_id: UUID, caller: Caller, *, with_nodes: bool = False) -> Run:
    """A run as it is now. `last_seq` is read before the nodes, so events behind it miss nothing."""
    row = await store.read_run(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    plan = await held.plans.of(held.pool, caller.project, row["plan_hash"])
    redacted = may_not_read_data(caller)
    nodes = await every_node(held, plan, run_id, redacted=redacted) if with_nodes else None
    return run_of(row, plan, held.settings, now(), redacted=redacted, nodes=nodes)


def may_not_read_data(caller: Caller) -> bool:
    """Whether inputs and outputs are kept from this caller."""
    return "runs:read_data" not in caller.scopes


async def list_runs(held: Resources, query: RunQuery, metadata: dict[str, str], caller: Caller) -> Page[RunSummary]:
    """A page of summaries."""
    chosen = filter_of(caller.project, query, metadata)
    total = await store.count_runs(held.pool, chosen) if query.total else None
    paging, filters = PageOrder(query.limit, query.cursor, query.total), filters_key(query, metadata)
    longest = query.sort == "-duration_ms"
    if longest and (behind := paging.after(filters, by_length)):
        chosen.after_duration(behind)
    elif not longest and (place := paging.after(filters, by_age)):
        chosen.after(place)
    rows = await store.list_runs(held.pool, chosen, query.limit + 1, store.LONGEST if longest else store.NEWEST)
    kept, cursor = paging.cut(rows, filters, longest_place if longest else newest_place)
    at = now()
    items = [summary_of(row, held.settings, at) for row in kept]
    return Page(items=items, next_cursor=cursor, **paging.totals(total))


async def show_runs(held: Resources, ids: Sequence[UUID], caller: Caller) -> list[RunSummary]:
    """Summaries of these runs, those that there are, in the order of the ids."""
    chosen = RunFilter.of(caller.project)
    chosen.add("ids", list(ids))
    at = now()
    found = {
        row["id"]: summary_of(row, held.settings, at) for row in await store.list_runs(held.pool, chosen, len(ids))
    }
    return [found[each] for each in ids if each in found]


def newest_place(row: Any) -> tuple[datetime, UUID]:
    """Where a row lies among the newest."""
    return row["created_at"], row["id"]


def longest_place(row: Any) -> tuple[int, UUID]:
    """Where a row lies among the longest, in microseconds."""
    ended = row["completed_at"] and row["started_at"]
    length = row["completed_at"] - row["started_at"] if ended else timedelta()
    return length // timedelta(microseconds=1), row["id"]


def by_length(parts: Sequence[Any]) -> tuple[int, UUID]:
    """The place of a row in a list that is sorted by length."""
    microseconds, identifier = parts
    return int(microseconds), UUID(identifier)


async def only_of(held: Resources, ref: str, query: RunQuery, caller: Caller) -> RunQuery:
    """The query narrowed to one workflow, which must exist."""
    workflow_id = await store.find_workflow(held.pool, caller.project, ref)
    if workflow_id is None:
        raise NotFound(f"There is no workflow {ref!r}.")
    return query.model_copy(update={"workflow": str(workflow_id)})


async def patch_run(held: Resources, run_id: UUID, patch: PatchRun, caller: Caller) -> None:
    """Change tags, metadata and note; in metadata each key by itself, null taking it away."""
    row = await store.read_envelope(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    said = patch.model_fields_set
    tags = list(dict.fromkeys(patch.tags or [])) if "tags" in said else row["tags"]
    metadata = row["metadata"] if "metadata" in said and patch.metadata is not None else {}
    metadata = metadata | (patch.metadata or {}) if "metadata" in said else row["metadata"]
    metadata = {name: value for name, value in metadata.items() if value is not None}
    note = patch.note if "note" in said else row["note"]
    if not await store.patch_run(held.pool, caller.project, run_id, tags, metadata, note):
        raise NotFound("There is no such run.")


async def delete_run(held: Resources, run_id: UUID, caller: Caller) -> None:
    """Delete an ended run with everything below it."""
    if await store.delete_run(held.pool, caller.project, run_id):
        return
    row = await store.read_status(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    message = f"The run is {row['status']}; cancel it before you delete it."
    raise Conflict(message, run_status=row["status"], allowed_actions=["cancel"])
