"""Reading runs: one query each, from Postgres alone."""

from collections.abc import Sequence
from uuid import UUID

from api.http.models import Page
from api.http.paging import PageOrder
from api.http.security import may_not_read_data
from api.resources import Resources
from api.runs.filters import RunQuery, filter_of, filters_key
from api.runs.nodes import every_node
from api.runs.schemas import PatchRun, Run, RunSummary
from api.runs.sorting import SORTS
from api.runs.views import allowed_actions, run_of, summary_of
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, NotFound
from plait.store import lists
from plait.store import runs as store
from plait.store.commands import list_paused_before
from plait.store.lists import RunFilter
from plait.store.search import words_of, words_of_error


async def read_run(held: Resources, run_id: UUID, caller: Caller, *, with_nodes: bool = False) -> Run:
    """A run as it is now. `last_seq` is read before the nodes, so events behind it miss nothing."""
    row = await store.read_run(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    plan = await held.plans.of(held.pool, caller.project, row["plan_hash"])
    redacted = may_not_read_data(caller)
    nodes = await every_node(held, plan, run_id, redacted=redacted) if with_nodes and row["purged_at"] is None else None
    due = await list_paused_before(held.pool, run_id) if row["status"] == "paused" else []
    return run_of(row, plan, held.settings, now(), redacted=redacted, nodes=nodes, paused_before=due)


async def list_runs(held: Resources, query: RunQuery, metadata: dict[str, str], caller: Caller) -> Page[RunSummary]:
    """A page of summaries."""
    chosen = filter_of(caller.project, query, metadata)
    total = await lists.count_runs(held.pool, chosen) if query.total else None
    paging, filters, sort = (
        PageOrder(query.limit, query.cursor, query.total),
        filters_key(query, metadata),
        SORTS[query.sort],
    )
    if place := paging.after(filters, sort.read):
        chosen.behind(sort.order, place)
    rows = await lists.list_runs(held.pool, chosen, query.limit + 1, sort.order)
    kept, cursor = paging.cut(rows, filters, sort.place)
    at = now()
    items = [summary_of(row, held.settings, at) for row in kept]
    return Page(items=items, next_cursor=cursor, **paging.totals(total))


async def show_runs(held: Resources, ids: Sequence[UUID], caller: Caller) -> list[RunSummary]:
    """Summaries of these runs, those that there are, in the order of the ids."""
    chosen = RunFilter.of(caller.project)
    chosen.add("ids", list(ids))
    at = now()
    found = {
        row["id"]: summary_of(row, held.settings, at) for row in await lists.list_runs(held.pool, chosen, len(ids))
    }
    return [found[each] for each in ids if each in found]


async def only_of(held: Resources, ref: str, query: RunQuery, caller: Caller) -> RunQuery:
    """The query narrowed to one workflow, which must exist."""
    workflow_id = await store.find_workflow(held.pool, caller.project, ref)
    if workflow_id is None:
        raise NotFound(f"There is no workflow {ref!r}.")
    return query.model_copy(update={"workflow": str(workflow_id)})


async def patch_run(held: Resources, run_id: UUID, patch: PatchRun, caller: Caller) -> None:
    """Change tags, metadata and note; in metadata each key by itself, null taking it away."""
    said = patch.model_fields_set
    async with held.pool.acquire() as db, db.transaction():
        row = await store.read_envelope(db, caller.project, run_id)
        if row is None:
            raise NotFound("There is no such run.")
        tags = list(dict.fromkeys(patch.tags or [])) if "tags" in said else row["tags"]
        metadata = row["metadata"] if "metadata" in said and patch.metadata is not None else {}
        metadata = metadata | (patch.metadata or {}) if "metadata" in said else row["metadata"]
        metadata = {name: value for name, value in metadata.items() if value is not None}
        note = patch.note if "note" in said else row["note"]
        words = words_of(row["slug"], row["name"], row["key"], *tags, note) + words_of_error(row["error"])
        await store.patch_run(db, run_id, tags, metadata, note, words)


async def delete_run(held: Resources, run_id: UUID, caller: Caller) -> None:
    """Delete an ended run with everything below it."""
    if await store.delete_run(held.pool, caller.project, run_id):
        return
    row = await store.read_status(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    if reruns := await store.list_open_reruns(held.pool, run_id):
        raise Conflict("An open rerun takes results of this run over.", code="in_use", runs=reruns)
    message = f"The run is {row['status']}; cancel it before you delete it."
    raise Conflict(message, run_status=row["status"], allowed_actions=allowed_actions(row))
