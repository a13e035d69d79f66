"""Tells the API what this worker offers, again and again while it lives."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from interpreter.catalogue import NodeType, Tool
from plait.agents import Definition
from plait.background import beside
from plait.clock import now
from plait.store import catalogue
from plait.store.pool import Pool, is_outage

logger = logging.getLogger("plait.worker")


def this_worker(**info: Any) -> catalogue.Worker:
    """This process, as others see it."""
    identity = f"{os.getpid()}@{socket.gethostname()}"
    return catalogue.Worker(id=identity, started_at=now(), info={"version": version("plait"), **info})


@asynccontextmanager
async def publishing(
    pool: Pool,
    worker: catalogue.Worker,
    node_types: Mapping[str, NodeType],
    tools: Mapping[str, Tool],
    agents: Mapping[str, Definition],
) -> AsyncIterator[None]:
    """What is offered is known once inside, renewed every 15 s, and the worker is forgotten after."""
    await catalogue.publish(pool, worker, node_types, tools, agents, now=now())
    try:
        async with beside(_renew(pool, worker, node_types, tools, agents), "publish"):
            yield
    finally:
        try:
            await catalogue.forget(pool, worker)
        except Exception as error:
            if not is_outage(error):
                raise


async def _renew(
    pool: Pool,
    worker: catalogue.Worker,
    node_types: Mapping[str, NodeType],
    tools: Mapping[str, Tool],
    agents: Mapping[str, Definition],
) -> None:
    while True:
        await asyncio.sleep(catalogue.RENEW_SECONDS)
        try:
            await catalogue.publish(pool, worker, node_types, tools, agents, now=now())
        except Exception as error:
            if not is_outage(error):
                raise
            logger.warning("Postgres is away: what this worker offers is not renewed (%s)", type(error).__name__)
