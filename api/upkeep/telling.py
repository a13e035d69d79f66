"""Telling Temporal one thing of many: one that it refuses must not keep the others waiting."""

import logging
from collections.abc import Awaitable

from temporalio.service import RPCError, RPCStatusCode

log = logging.getLogger("plait.sweeper")
AWAY = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}


async def went_well(call: Awaitable[object]) -> bool:
    """Whether Temporal took it. Where it is away, all wait."""
    try:
        await call
    except RPCError as error:
        if error.status in AWAY:
            raise
        log.warning("temporal did not take a delivery, it will be told again: %s", error)
        return False
    return True
