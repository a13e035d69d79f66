"""What the API does by itself, again and again. Every part may run in several processes at once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from api.environments.approval import SETTLE_SECONDS, settle_promotions
from api.resources import Resources
from api.upkeep import operations
from api.upkeep.aftermath import answer_failures
from api.upkeep.endpoints import TOLD_SECONDS, tell_deliveries
from api.upkeep.feed import feed_once
from api.upkeep.lateness import flag_late
from api.upkeep.leading import lead_forever
from api.upkeep.money import ORPHANS_SECONDS, assume_orphans
from api.upkeep.operations import Operator
from api.upkeep.reconcile import EVERY_SECONDS, reconcile_once
from api.upkeep.sweeper import sweep_forever
from plait.clock import now
from plait.store import (
    conversations,
    counts,
    endpoint_deliveries,
    failures,
    feed,
    idempotency,
    mailbox,
    rollups,
    streams,
    tickets,
    webhooks,
    workflows,
)
from plait.store.leading import Lead

DELETED_SECONDS = 2.0
LATE_SECONDS = 15.0
FAILURES_SECONDS = 2.0
COUNTED_SECONDS = 5.0
SAID_SECONDS = 30.0
SAID = timedelta(seconds=10)
"""How long those who watch have for the last words of a node."""
HOURLY = 3600.0
CAME_IN = timedelta(days=7)
TALKED = timedelta(days=30)
"""How long a conversation is kept in which nothing is said."""
ORPHANED = timedelta(hours=1)
FED = timedelta(days=30)
"""How far back the feed and the log of deliveries go; the events themselves stay with their runs."""

log = logging.getLogger("plait.api")


@asynccontextmanager
async def keeping_house(resources: Resources) -> AsyncIterator[None]:
    """Keep house while inside."""
    pool = resources.pool
    chores: tuple[tuple[str, float, Callable[[], Awaitable[object]]], ...] = (
        ("promotions", SETTLE_SECONDS, lambda: settle_promotions(resources)),
        ("deleted workflows", DELETED_SECONDS, lambda: workflows.sweep_deleted(pool)),
        ("counts of runs", COUNTED_SECONDS, lambda: counts.add_up(pool)),
        ("hours of rollups", HOURLY, lambda: rollups.sweep_hours(pool)),
        ("idempotency keys", HOURLY, lambda: idempotency.sweep(pool)),
        ("fingerprints", HOURLY, lambda: failures.fill_all(pool)),
        ("old operations", HOURLY, lambda: operations.sweep_operations(resources)),
        ("failures", FAILURES_SECONDS, lambda: answer_failures(resources)),
        ("late runs", LATE_SECONDS, lambda: flag_late(resources, now())),
        ("orphaned reservations", ORPHANS_SECONDS, lambda: assume_orphans(resources)),
        ("mailbox", HOURLY, lambda: mailbox.sweep_mail(pool, now())),
        ("webhooks that came in", HOURLY, lambda: webhooks.sweep_deliveries(pool, now() - CAME_IN)),
        ("orphaned payloads", HOURLY, lambda: resources.payloads.sweep(now() - ORPHANED)),
        ("texts of nodes that ended", SAID_SECONDS, lambda: streams.sweep(pool, now() - SAID)),
        ("old conversations", HOURLY, lambda: conversations.sweep(pool, now() - TALKED)),
        ("stream tickets", HOURLY, lambda: tickets.sweep(pool, now())),
        ("feed", HOURLY, lambda: feed.sweep(pool, now() - FED)),
        ("webhook deliveries", TOLD_SECONDS, lambda: tell_deliveries(resources)),
        ("old webhook deliveries", HOURLY, lambda: endpoint_deliveries.sweep(pool, now() - FED)),
    )
    tasks = [asyncio.create_task(repeat(*chore), name=chore[0]) for chore in chores]
    tasks.append(asyncio.create_task(sweep_forever(resources), name="sweeper"))
    leads: tuple[tuple[Lead, float, Callable[[], Awaitable[object]]], ...] = (
        (Lead.RECONCILER, EVERY_SECONDS, lambda: reconcile_once(resources)),
        (Lead.FEED, 0.0, lambda: feed_once(resources)),
    )
    dsn = resources.settings.database_url
    for lead, seconds, once in leads:
        tasks.append(asyncio.create_task(lead_forever(dsn, lead, once, seconds), name=lead.name.lower()))
    operator = Operator(resources)
    operating = lead_forever(dsn, Lead.OPERATIONS, operator.look, operations.EVERY_SECONDS, operator.close)
    tasks.append(asyncio.create_task(operating, name="operations"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def repeat(name: str, seconds: float, chore: Callable[[], Awaitable[object]]) -> None:
    """Do a chore every so many seconds. One that fails is done again at its next time."""
    while True:
        try:
            await chore()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next time may go well
            log.warning("%s: %s", name, error)
        await asyncio.sleep(seconds)
