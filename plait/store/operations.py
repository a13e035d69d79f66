"""Operations: work too long for one request, kept as frozen items that are settled one by one.

An operation runs until its last item is settled or somebody cancels it. Its items never change once it is
written, so what is done is what was seen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("operations")
MOST_ITEMS = 100_000
MOST_AT_ONCE = 20
"""How many operations are carried out side by side."""

Kind = Literal["archive", "backfill", "backtest", "bulk", "delete_workflow", "eval", "restore"]
Status = Literal["running", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class NewOperation:
    """An operation to be written. `title` says in a few words what it does; `arguments` hold for every item;
    `request_hash` marks a preview, which runs only once it is confirmed; `at_once` items are done side by side.
    """

    id: UUID
    project: str
    kind: Kind
    title: str
    arguments: dict[str, Any]
    by: dict[str, str]
    scopes: Sequence[str]
    at: datetime
    per_minute: int | None = None
    request_hash: str | None = None
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One item, by its number from 1. `subject` is what was frozen, `{"run_id": ...}` for one."""

    operation_id: UUID
    n: int
    subject: dict[str, Any]
    due_at: datetime

    @property
    def key(self) -> UUID:
        """The same whenever this item is done again: what it makes takes its id or idempotency key from here."""
        return uuid5(self.operation_id, str(self.n))


async def insert_operation(db: Database, new: NewOperation, subjects: Sequence[dict[str, Any]]) -> None:
    """Write an operation with its items, at most `MOST_ITEMS`; one of this id stays as it is, for its request is sent
    again. To be called in a transaction.
    """
    status = "running" if new.request_hash is None else "proposed"
    written = await db.fetchval(
        queries.insert_operation,
        new.id,
        new.project,
        new.kind,
        new.title,
        status,
        new.arguments,
        new.request_hash,
        len(subjects),
        new.per_minute,
        new.by,
        sorted(new.scopes),
        new.at,
        new.at_once,
    )
    if written is not None:
        await db.execute(queries.insert_items, new.id, list(subjects))


async def find_proposed(db: Database, project: str, operation_id: UUID, kind: Kind) -> Record | None:
    """The operation that a preview froze, locked; also one that was confirmed already."""
    return await db.fetchrow(queries.find_proposed, project, operation_id, kind)


async def confirm(
    db: Database, operation_id: UUID, per_minute: int | None, by: dict[str, str], scopes: Sequence[str], at: datetime
) -> bool:
    """Let a preview run. False if it does already."""
    values = (operation_id, per_minute, by, sorted(scopes), at)
    return await db.fetchval(queries.confirm_operation, *values) is not None


async def read_operation(db: Database, project: str, operation_id: UUID) -> Record | None:
    """An operation with its first hundred `failures`."""
    return await db.fetchrow(queries.read_operation, project, operation_id)


async def list_operations(
    db: Database,
    project: str,
    kinds: Sequence[str] | None,
    statuses: Sequence[str] | None,
    place: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Record]:
    """A page of operations, newest first."""
    return await db.fetch(queries.list_operations, project, kinds, statuses, *(place or (None, None)), limit)


async def count_operations(
    db: Database, project: str, kinds: Sequence[str] | None, statuses: Sequence[str] | None
) -> int:
    """How many match; 10,001 stands for more than ten thousand."""
    return await db.fetchval(queries.count_operations, project, kinds, statuses)


async def list_items(db: Database, operation_id: UUID, after: int, status: str | None, limit: int) -> list[Record]:
    """Items behind a number, in their order."""
    return await db.fetch(queries.list_items, operation_id, after, status, limit)


async def cancel_operation(db: Database, project: str, operation_id: UUID, at: datetime) -> bool:
    """Do no further item. False if it has ended."""
    return await db.fetchval(queries.cancel_operation, project, operation_id, at) is not None


async def list_running(db: Database) -> list[Record]:
    """The operations to carry out, the oldest first."""
    return await db.fetch(queries.list_running, MOST_AT_ONCE)


async def next_item(db: Database, operation_id: UUID, under_way: Collection[int] = ()) -> Item | None:
    """The next item that is not `under_way`; None when there is none, or the operation was cancelled."""
    row = await db.fetchrow(queries.next_item, operation_id, list(under_way))
    return Item(operation_id, row["n"], row["subject"], row["due_at"]) if row else None


async def settle_item(db: Database, item: Item, at: datetime, result: Any, error: dict[str, Any] | None) -> None:
    """Record what became of an item, and count it once."""
    status = "done" if error is None else "failed"
    await db.execute(queries.settle_item, item.operation_id, item.n, status, result, error, at)


async def complete_operation(db: Database, operation_id: UUID, at: datetime) -> None:
    """End an operation whose items are all settled."""
    await db.execute(queries.complete_operation, operation_id, at)


async def sweep_operations(db: Database, proposed_before: datetime, ended_before: datetime) -> None:
    """Forget previews that nobody confirmed, and operations that ended long ago."""
    await db.execute(queries.sweep_operations, proposed_before, ended_before)
