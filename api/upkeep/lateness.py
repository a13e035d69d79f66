"""Tells of runs that go on for longer than their document expects."""

from datetime import datetime
from typing import Any

from api.resources import Resources
from plait.store import reconcile as store
from plait.store.changes import Change, EventRow


async def flag_late(held: Resources, at: datetime) -> None:
    """Flag each such run once, with an event. The event comes first: its key makes it one, should this be done again."""
    for row in await store.list_late(held.pool, at):
        await held.recorder.put(late(row, at))
        await store.set_flag(held.pool, row["id"], "late", on=True)


def late(row: Any, at: datetime) -> Change:
    """The event."""
    kind = "workflow.run.late"
    event = EventRow(f"run:{kind}:1", kind, at, data={"expect_seconds": row["expect_seconds"]})
    return Change(row["id"], row["project"], events=(event,))
