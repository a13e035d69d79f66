"""Opens what a worker needs, however long the servers take to come up."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from temporalio.client import Client

from activities.code.sandbox import Sandbox
from activities.custom.registry import CustomTypes
from activities.sending import MailServer
from activities.services import Services
from activities.tools.registry import ToolRegistry
from plait.archive import Archiver, open_archive, terms_of
from plait.egress import open_egress
from plait.errors import NotReady, Unavailable
from plait.models import default_registry
from plait.settings import Settings
from plait.store import migrate
from plait.store.payloads import Payloads
from plait.store.pool import open_pool
from plait.store.recorder import Recorder
from plait.telemetry import Telemetry
from plait.temporal import connect
from worker.health import Readiness

RETRY_SECONDS = 1.0
SAY_EVERY_SECONDS = 10.0
SCHEMA_SECONDS = 600.0

logger = logging.getLogger("plait.worker")
Opened = TypeVar("Opened")


@asynccontextmanager
async def open_services(
    settings: Settings,
    tools: ToolRegistry,
    custom: CustomTypes,
    secrets: Mapping[str, str],
    readiness: Readiness,
) -> AsyncIterator[Services]:
    """What activities reach the world with, once Postgres answers and has the schema."""
    if not settings.database_url:
        raise NotReady("PLAIT_DATABASE_URL is not set: a worker needs the address of Postgres")
    async with AsyncExitStack() as stack:
        egress = await stack.enter_async_context(open_egress(settings.egress_allow))
        readiness.waiting_for = "Postgres"
        pool = await patiently(lambda: open_pool(settings.database_url, size=settings.database_pool))
        stack.push_async_callback(pool.close)
        readiness.waiting_for = "the schema: run `plait migrate up`"
        await migrate.wait_for_schema(pool, SCHEMA_SECONDS)
        archive = open_archive(settings)
        sandbox = Sandbox()
        stack.callback(sandbox.close)
        yield Services(
            pool=pool,
            recorder=await stack.enter_async_context(Recorder(pool)),
            payloads=Payloads(pool),
            egress=egress,
            functions=tools,
            files_dir=settings.files_dir.resolve(),
            secrets=secrets,
            sandbox=sandbox,
            custom=custom,
            archiver=Archiver(pool, archive, terms_of(settings)) if archive else None,
            known_models=default_registry(settings),
            mail=MailServer(settings.smtp_url.get_secret_value(), settings.smtp_from) if settings.smtp_url else None,
        )


async def connect_patiently(settings: Settings, telemetry: Telemetry) -> Client:
    """A client, once Temporal answers."""
    return await patiently(lambda: connect(settings, telemetry=telemetry))


async def patiently(open_it: Callable[[], Awaitable[Opened]]) -> Opened:
    """What `open_it` gives once its server answers; says every 10 s what it waits for."""
    said = float("-inf")
    while True:
        try:
            return await open_it()
        except Unavailable as error:
            if time.monotonic() - said > SAY_EVERY_SECONDS:
                logger.warning("waiting: %s", error)
                said = time.monotonic()
        await asyncio.sleep(RETRY_SECONDS)
