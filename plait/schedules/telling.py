"""Bringing Temporal into line with one schedule's row, from the process that changed it or from the sweeper."""

from uuid import UUID

from temporalio.client import Client

from plait.clock import now
from plait.schedules.temporal import has_schedule, tell_schedule
from plait.store import schedules as store
from plait.store.pool import Pool


async def bring_into_line(pool: Pool, client: Client, schedule: UUID, *, open_mode: bool) -> None:
    """Tell Temporal how the row is now. Raises RPCError where Temporal does not take it; then it is to be told again."""
    row = await store.read_untold(pool, schedule)
    if row is None:
        return
    await tell_schedule(client, row, open_mode=open_mode)
    if row["deleted_at"] is not None:
        await store.forget_schedule(pool, schedule)
    else:
        await store.mark_told(pool, schedule, row["revision"], now())


async def look_after(pool: Pool, client: Client, schedule: UUID, *, open_mode: bool) -> None:
    """Have a schedule told again that Temporal has lost, or has otherwise than the row is."""
    row = await store.read_untold(pool, schedule)
    if row is not None and not await has_schedule(client, row, open_mode=open_mode):
        await store.mark_told(pool, schedule, 0, now())
        await bring_into_line(pool, client, schedule, open_mode=open_mode)
