"""What the process holds open, from its start to its end; handed to whoever needs a part of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.compute import Computer
from api.events.together import Together
from api.http.turns import Turns
from api.plans import Plans
from api.temporal import TemporalLink
from api.upkeep.delivery import Deliveries
from api.workflows.reader import WorkflowReader
from plait.archive import Archiver, open_archive, terms_of
from plait.errors import Unavailable
from plait.models import default_registry
from plait.settings import Settings
from plait.store.migrate import wait_for_schema
from plait.store.models import Models
from plait.store.notify import RunFeed
from plait.store.payloads import Payloads
from plait.store.pool import Pool, open_pool
from plait.store.recorder import Recorder
from plait.telemetry import Telemetry
from plait.temporal import connect

RETRY_SECONDS = 1.0
SCHEMA_SECONDS = 600.0
NO_SECRETS: Mapping[str, str] = {}

STARTS_AT_ONCE = 8
"""Starts that are written at once: fewer than the pool has connections, so that reads go on through a burst."""
START_SECONDS = 2.0

log = logging.getLogger("plait.api")


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that services are made of."""

    settings: Settings
    pool: Pool
    recorder: Recorder
    payloads: Payloads
    feed: RunFeed
    temporal: TemporalLink
    deliveries: Deliveries
    plans: Plans
    computer: Computer
    workflows: WorkflowReader
    models: Models
    archiver: Archiver | None
    metrics_text: Callable[[], bytes]
    secrets: Mapping[str, str]
    starts: Turns = field(default_factory=lambda: Turns(STARTS_AT_ONCE, START_SECONDS))
    together: Together = field(default_factory=Together)


@asynccontextmanager
async def open_resources(
    settings: Settings, telemetry: Telemetry | None = None, secrets: Mapping[str, str] = NO_SECRETS
) -> AsyncIterator[Resources]:
    """Open everything, in the order in which one needs another, and close it the other way round.

    `secrets` are those that webhook triggers name.

    Temporal is not asked for here: the API starts and answers reads without it.
    """
    async with AsyncExitStack() as stack:
        pool = await open_pool_patiently(settings)
        stack.push_async_callback(pool.close)
        await wait_for_schema(pool, SCHEMA_SECONDS)
        recorder = await stack.enter_async_context(Recorder(pool))
        feed = await stack.enter_async_context(RunFeed(settings.database_url))
        temporal = TemporalLink(lambda: connect(settings, telemetry=telemetry))
        deliveries = Deliveries(temporal, open_mode=settings.open_mode)
        stack.push_async_callback(deliveries.close)
        archive = open_archive(settings)
        models = Models(pool, default_registry(settings))
        computer = Computer()
        stack.callback(computer.close)
        yield Resources(
            settings=settings,
            pool=pool,
            recorder=recorder,
            payloads=Payloads(pool),
            feed=feed,
            temporal=temporal,
            deliveries=deliveries,
            plans=Plans(),
            computer=computer,
            workflows=WorkflowReader(pool, computer, models),
            models=models,
            archiver=Archiver(pool, archive, terms_of(settings)) if archive else None,
            metrics_text=telemetry.metrics_text if telemetry else bytes,
            secrets=secrets,
        )


async def open_pool_patiently(settings: Settings) -> Pool:
    """The pool, once Postgres answers; says what it waits for."""
    while True:
        try:
            return await open_pool(settings.database_url, size=settings.database_pool)
        except Unavailable as error:
            log.warning("waiting: %s", error)
        await asyncio.sleep(RETRY_SECONDS)


def resources_of(connection: HTTPConnection) -> Resources:
    """The resources of the app that a request came to."""
    return cast("Resources", connection.app.state.resources)


Held = Annotated[Resources, Depends(resources_of)]
"""For a dependency that builds a service."""
