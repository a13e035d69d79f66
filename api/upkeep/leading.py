"""Doing what one process does for all: whenever nobody else leads, this one does.

The lead is an advisory lock on a connection of its own: when the process or the connection dies,
another takes over. For a moment two may believe that they lead, so what they do bears being done twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import asyncpg
from temporalio.service import RPCError

from plait.errors import Unavailable
from plait.store.leading import Lead, take_lead
from plait.store.pool import is_outage

TAKE_OVER_SECONDS = 1.0
"""How often at most those that do not lead ask whether they may."""

log = logging.getLogger("plait.leading")
Act = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """For a lead that leaves nothing behind."""


async def lead_forever(dsn: str, lead: Lead, once: Act, seconds: float, let_go: Act = nothing) -> None:
    """Call `once` every so many seconds in one process of all, until cancelled; an outage is waited out.

    `let_go` is called when the lead is lost, however that comes.
    """
    while True:
        try:
            await hold_lead(dsn, lead, once, seconds, let_go)
        except (RPCError, Unavailable) as error:
            log.warning("leading the %s broke off: %s", lead.name.lower(), error)
        except Exception as error:
            if not is_outage(error):
                log.exception("leading the %s failed", lead.name.lower())
        await asyncio.sleep(max(seconds, TAKE_OVER_SECONDS))


async def hold_lead(dsn: str, lead: Lead, once: Act, seconds: float, let_go: Act = nothing) -> None:
    """Lead for as long as this process holds the lock; return at once where another does."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=5)
    try:
        while await take_lead(connection, lead):
            await once()
            await asyncio.sleep(seconds)
    finally:
        await let_go()
        await connection.close(timeout=1)
