"""Previewing one action on many runs, and letting it run on the set that was previewed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.bulk.actions import SCOPES, archiver_of, kind_of, narrow
from api.bulk.schemas import BulkOrder, BulkPreview
from api.http.security import require_scope
from api.resources import Resources
from api.runs.filters import RunFilters, filter_of, filters_key
from api.runs.read import show_runs
from interpreter.problems import Problem
from interpreter.values import canonical, digest
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid
from plait.store import lists
from plait.store import operations as store

SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is asked, by whom: the body, and the filters of the address."""

    order: BulkOrder
    filters: RunFilters
    metadata: dict[str, str]
    caller: Caller

    @property
    def request_hash(self) -> str:
        """Equal for a preview and the call that confirms it."""
        asked: dict[str, Any] = self.order.model_dump(mode="json", exclude={"dry_run", "confirm", "per_minute"})
        return digest(canonical([asked, filters_key(self.filters, self.metadata)]))


async def preview(held: Resources, bulk: Bulk) -> BulkPreview:
    """Freeze the set of runs, and show it. Nothing is done to them."""
    order, caller = bulk.order, bulk.caller
    require_scope(caller, SCOPES[order.action])
    refuse_unclear(held, bulk)
    ids = list(dict.fromkeys(order.ids)) if order.ids else await find_runs(held, bulk)
    proposed = store.NewOperation(
        id=new_id(),
        project=caller.project,
        kind=kind_of(order.action),
        title=f"{order.action.replace('_', ' ')} {len(ids)} run{'' if len(ids) == 1 else 's'}",
        arguments=arguments_of(order),
        by=caller.actor.json(),
        scopes=sorted(caller.scopes),
        at=now(),
        request_hash=bulk.request_hash,
    )
    async with held.pool.acquire() as db, db.transaction():
        await store.insert_operation(db, proposed, [{"run_id": str(each)} for each in ids])
    return BulkPreview(count=len(ids), sample=await show_runs(held, ids[:SAMPLE], caller), confirm=proposed.id)


def arguments_of(order: BulkOrder) -> dict[str, Any]:
    """What holds for each of the runs."""
    said: dict[str, Any] = {"action": order.action, "reason": order.reason}
    if order.action == "rerun":
        version = {} if order.version is None else {"version": order.version}
        said["rerun"] = {"from": order.from_ or "failure", **version}
    return said


async def find_runs(held: Resources, bulk: Bulk) -> list[UUID]:
    """The runs that the filters let through and the action applies to, the oldest first."""
    chosen = filter_of(bulk.caller.project, bulk.filters, bulk.metadata)
    narrow(chosen, bulk.order.action)
    found = await lists.list_ids(held.pool, chosen, store.MOST_ITEMS + 1)
    if len(found) > store.MOST_ITEMS:
        raise Invalid(f"These are more than {store.MOST_ITEMS:,} runs: narrow the filters, and do it in parts.")
    return found


def refuse_unclear(held: Resources, bulk: Bulk) -> None:
    """Every run is never meant by leaving something out, and two sets never as one."""
    order = bulk.order
    if order.action != "rerun" and (order.from_ or order.version):
        raise Invalid(f"`from` and `version` say how runs are rerun; {order.action} takes neither.")
    if kind_of(order.action) != "bulk":
        archiver_of(held)
    filtered = bool(bulk.filters.model_fields_set or bulk.metadata)
    if bulk.order.ids is None and not filtered:
        raise Invalid("Name the runs in `ids`, or say at least one filter; `environment=*` is every run.")
    if bulk.order.ids is not None and filtered:
        raise Invalid("Name the runs in `ids` or filter them, not both.")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The operation that runs; `now` False if it did already."""

    operation_id: UUID
    now: bool


async def confirm(held: Resources, bulk: Bulk) -> Confirmed:
    """Let what was previewed run."""
    order, caller = bulk.order, bulk.caller
    require_scope(caller, SCOPES[order.action])
    refuse_unclear(held, bulk)
    if order.confirm is None:
        message = "Ask with `dry_run: true` first, and send the `confirm` that it gives."
        raise Invalid(message, problems=[Problem("missing", message, ("confirm",))])
    async with held.pool.acquire() as db, db.transaction():
        row = await store.find_proposed(db, caller.project, order.confirm, kind_of(order.action))
        if row is None:
            message = "This preview is not known, or more than an hour old: ask with `dry_run: true` again."
            raise Invalid(message, problems=[Problem("unknown_preview", message, ("confirm",))])
        if row["request_hash"] != bulk.request_hash:
            raise Conflict(
                "The preview was of another request; ask with `dry_run: true` again.", code="preview_changed"
            )
        by, scopes = caller.actor.json(), sorted(caller.scopes)
        moved = await store.confirm(db, order.confirm, order.per_minute, by, scopes, now())
    return Confirmed(order.confirm, moved)
