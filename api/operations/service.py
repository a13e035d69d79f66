"""Looking at operations, and stopping them. Carrying them out is the upkeep's."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.operations.schemas import Operation, OperationItem, OperationSummary
from api.resources import Resources
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, NotFound
from plait.store import operations as store

SUMMARY = ("id", "kind", "title", "status", "done", "total", "per_minute", "by", "created_at", "ended_at")


async def list_operations(
    held: Resources, kinds: Sequence[str] | None, statuses: Sequence[str] | None, paging: PageOrder, caller: Caller
) -> Page[OperationSummary]:
    """A page of operations, the newest first."""
    filters = [kinds, statuses]
    place = paging.after(filters, by_age)
    rows = await store.list_operations(held.pool, caller.project, kinds, statuses, place, paging.limit + 1)
    counted = await store.count_operations(held.pool, caller.project, kinds, statuses) if paging.total else None
    kept, cursor = paging.cut(rows, filters, lambda row: (row["created_at"], row["id"]))
    items = [OperationSummary(**summary_fields(row)) for row in kept]
    return Page(items=items, next_cursor=cursor, **paging.totals(counted))


async def read_operation(held: Resources, operation_id: UUID, caller: Caller) -> Operation:
    """An operation as it is now."""
    row = await read_row(held, operation_id, caller)
    return Operation(**summary_fields(row), failed=row["failures"], verdicts=row["verdicts"])


async def list_items(
    held: Resources, operation_id: UUID, status: str | None, paging: PageOrder, caller: Caller
) -> Page[OperationItem]:
    """A page of an operation's items in their order."""
    row = await read_row(held, operation_id, caller)
    filters = [operation_id, status]
    place = paging.after(filters, by_number)
    rows = await store.list_items(held.pool, row["id"], place[0] if place else 0, status, paging.limit + 1)
    kept, cursor = paging.cut(rows, filters, lambda item: (item["n"],))
    return Page(items=[OperationItem(**item) for item in kept], next_cursor=cursor)


def by_number(parts: Sequence[Any]) -> tuple[int]:
    """The place of an item among those of its operation."""
    (number,) = parts
    if not 0 <= number < 2**31:
        raise ValueError(number)
    return (number,)


async def cancel_operation(held: Resources, operation_id: UUID, caller: Caller) -> bool:
    """Do no further item; what is done stays done. False if it was cancelled before."""
    if await store.cancel_operation(held.pool, caller.project, operation_id, now()):
        return True
    row = await read_row(held, operation_id, caller)
    if row["status"] != "cancelled":
        raise Conflict("The operation has completed; there is nothing left to cancel.", code="operation_ended")
    return False


async def read_row(held: Resources, operation_id: UUID, caller: Caller) -> Any:
    """The operation's row, or that there is none."""
    row = await store.read_operation(held.pool, caller.project, operation_id)
    if row is None:
        raise NotFound("There is no such operation.")
    return row


def summary_fields(row: Any) -> dict[str, Any]:
    """What an operation and its summary have in common."""
    return {**{name: row[name] for name in SUMMARY}, "failed_total": row["failed"]}
