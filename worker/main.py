"""The process that executes: `plait worker`."""

import asyncio
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.agents.code import code_agents
from activities.catalogue import NODE_TYPES
from activities.custom.registry import CustomTypes
from activities.models.library import loading_ahead
from activities.tools.registry import ToolRegistry
from interpreter.shell.wire import TASK_QUEUE
from plait.agents import Definition
from plait.errors import PlaitError
from plait.process import keep_what_is_loaded, leave
from plait.retention import keep_schedule
from plait.settings import Settings, secrets_in
from plait.telemetry import Telemetry, open_telemetry
from plait.telemetry.logs import configure_logging
from worker.build import build_deliverer, build_worker
from worker.health import Readiness, serving_health
from worker.interceptors import RunContext
from worker.opening import connect_patiently, open_services
from worker.publish import publishing, this_worker

logger = logging.getLogger("plait.worker")


def run_worker(settings: Settings, *, workflows: bool = True, activities: bool = True) -> None:
    """Run a worker until it is told to stop by SIGTERM or SIGINT, and end the process."""
    configure_logging(settings)
    code = 0
    try:
        asyncio.run(serve(settings, workflows=workflows, activities=activities))
    except PlaitError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for whoever started it, not a traceback
        code = 1
    except Exception:
        logger.exception("the worker fails")
        code = 1
    leave(code)


async def serve(settings: Settings, *, workflows: bool, activities: bool) -> None:
    """Everything between start and stop; returns once all of it is closed."""
    stop = _on_signal()
    # Users' modules are imported before anything is opened: what is wrong with them shows at once.
    tools = ToolRegistry.load(settings.tools) if activities else ToolRegistry()
    custom = CustomTypes.load(settings.tools) if activities else CustomTypes()
    agents = code_agents(settings.tools) if activities else {}
    readiness = Readiness()
    async with AsyncExitStack() as stack:
        telemetry = await stack.enter_async_context(open_telemetry(settings, "worker"))
        await stack.enter_async_context(serving_health(settings, telemetry, readiness))
        working = asyncio.create_task(
            _work(
                settings, telemetry, tools, custom, agents, readiness, stop, workflows=workflows, activities=activities
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if readiness.waiting_for is not None:
            working.cancel()
        stopping.cancel()
        try:
            await working
        except asyncio.CancelledError:
            logger.info("stopped before it was ready")
        tools.close()
        custom.close()


async def _work(
    settings: Settings,
    telemetry: Telemetry,
    tools: ToolRegistry,
    custom: CustomTypes,
    agents: Mapping[str, Definition],
    readiness: Readiness,
    stop: asyncio.Event,
    *,
    workflows: bool,
    activities: bool,
) -> None:
    secrets = secrets_in(os.environ)
    async with open_services(settings, tools, custom, secrets, readiness) as services:
        readiness.waiting_for = "Temporal"
        client = await connect_patiently(settings, telemetry)
        names = sorted(secrets) if activities else []
        me = this_worker(workflows=workflows, activities=activities, task_queue=TASK_QUEUE, secrets=names)
        offered = ({**NODE_TYPES, **custom.catalogue()}, tools.catalogue(), agents) if activities else ({}, {}, {})
        async with publishing(services.pool, me, *offered):
            worker = build_worker(
                client, services, workflows=workflows, activities=activities, interceptors=[RunContext()]
            )
            if services.archiver is not None:
                await keep_retention(client)
            workers = [worker, build_deliverer(client, services)] if activities else [worker]
            keep_what_is_loaded()
            readiness.waiting_for = None
            logger.info("the worker is ready")
            async with loading_ahead(services) if activities else nullcontext():
                await _until(stop, workers)


async def keep_retention(client: Client) -> None:
    """Have Temporal start retention by the clock. Where it refuses now, the next worker's start says it again."""
    try:
        await keep_schedule(client, TASK_QUEUE)
    except RPCError as error:
        logger.warning("retention is not scheduled: %s", error)


async def _until(stop: asyncio.Event, workers: Sequence[Worker]) -> None:
    """Work until the signal, then let what is in flight end within its grace; a worker that fails ends all at once."""
    running = [asyncio.create_task(worker.run()) for worker in workers]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not any(task.done() for task in running):
        logger.info("stopping: what is in flight may end")
    await asyncio.gather(*(worker.shutdown() for worker, task in zip(workers, running, strict=True) if not task.done()))
    await asyncio.gather(*running)


def _on_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
