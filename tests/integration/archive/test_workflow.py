"""Retention goes by itself: Temporal starts it by the clock, once for all workers."""

import asyncio
from pathlib import Path

from temporalio.client import Client

from activities.services import Services
from plait.archive import Archiver
from plait.clock import new_id
from plait.egress import open_egress
from plait.retention import EVERY, SCHEDULE, keep_schedule
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.integration.archive.runs import ended_run, row_of
from tests.support.tools import registry
from worker.build import build_worker


async def test_the_schedule_archives_what_is_due(
    pool: Pool, recorder: Recorder, archiver: Archiver, temporal: Client, tmp_path: Path
) -> None:
    run_id, queue = await ended_run(pool, recorder), f"retention-{new_id()}"
    for _ in range(2):
        await keep_schedule(temporal, queue)
    handle = temporal.get_schedule_handle(SCHEDULE)
    assert [each.every for each in (await handle.describe()).schedule.spec.intervals] == [EVERY]
    async with open_egress() as egress:
        tools = registry()
        services = Services(pool, recorder, Payloads(pool), egress, tools, tmp_path, archiver=archiver)
        async with build_worker(temporal, services, task_queue=queue, sandboxed=True):
            await handle.trigger()
            async with asyncio.timeout(20):
                while (await row_of(pool, run_id))["purged_at"] is None:
                    await asyncio.sleep(0.05)
        for each in (tools, services.custom, services.sandbox):
            each.close()
    await handle.delete()


async def test_whoever_pauses_the_schedule_means_it(temporal: Client) -> None:
    await keep_schedule(temporal, "retention")
    handle = temporal.get_schedule_handle(SCHEDULE)
    await handle.pause(note="not now")
    await keep_schedule(temporal, "retention")
    assert (await handle.describe()).schedule.state.paused
    await handle.delete()
