"""Keeps Temporal's schedules as their rows are, and tells those who wait for a run's end."""

from datetime import timedelta

from temporalio.client import Client

from api.resources import Resources
from api.upkeep.telling import went_well
from plait.clock import now
from plait.delivery import signal_ended
from plait.schedules.telling import bring_into_line, look_after
from plait.store import schedules as store

QUIET = timedelta(minutes=1)
"""After so long Temporal is asked once more whether it still has a schedule."""


async def sweep_schedules(held: Resources, client: Client) -> None:
    """What was not told, what may have been lost, and whose runs have ended."""
    open_mode = held.settings.open_mode
    for schedule in await store.claim_untold(held.pool, now()):
        await went_well(bring_into_line(held.pool, client, schedule, open_mode=open_mode))
    for schedule in await store.claim_unasked(held.pool, now(), QUIET):
        await went_well(look_after(held.pool, client, schedule, open_mode=open_mode))
    for waiter in await store.claim_waiters(held.pool, now()):
        if not await signal_ended(client, waiter.workflow):
            await store.stop_waiting(held.pool, waiter.run_id)
