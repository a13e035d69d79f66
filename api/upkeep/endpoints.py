"""Tells Temporal of the deliveries to webhook endpoints that are due. Any number of processes may do so at once."""

import asyncio
from typing import Any

from temporalio.client import Client

from api.resources import Resources
from api.upkeep.telling import went_well
from plait.clock import now
from plait.delivery import start_delivery
from plait.store import endpoint_deliveries as store

TOLD_SECONDS = 1.0
BATCH = 50


async def tell_deliveries(held: Resources) -> None:
    """Tell of all that is due. Nothing is claimed while Temporal is away; what it does not take is due again soon."""
    client = await held.temporal.client()
    while due := await store.claim_due(held.pool, now(), BATCH):
        taken = await asyncio.gather(*(tell(client, row) for row in due))
        await store.mark_told(
            held.pool, [row["id"] for row, is_taken in zip(due, taken, strict=True) if is_taken], now()
        )


async def tell(client: Client, row: Any) -> bool:
    """Whether Temporal took it."""
    return await went_well(start_delivery(client, row["project"], row["id"], row["round"]))
