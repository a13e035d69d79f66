"""What Temporal starts at each time of a schedule: it starts a run and lasts as long as that, so that the
policies for overlaps count the runs themselves. To cancel it is to cancel the run.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from interpreter.shell.ask import ask
from interpreter.shell.wire.schedules import (
    CANCEL_SCHEDULED,
    LOAD_SCHEDULED,
    SCHEDULE,
    SIGNAL_ENDED,
    START_SCHEDULED,
    FollowScheduled,
    ScheduledRun,
    ScheduleInput,
    StartScheduled,
)

Answer = TypeVar("Answer")
DUE_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""Temporal notes there for which time it started the workflow, without the jitter."""


@workflow.defn(name=SCHEDULE)
class ScheduleWorkflow:
    """One time of a schedule."""

    def __init__(self) -> None:
        self._told = self._cancelled = False

    @workflow.run
    async def run(self, wanted: ScheduleInput) -> ScheduledRun:
        """Start the run, wait for its end, and end as it did."""
        info = workflow.info()
        at = info.typed_search_attributes.get(DUE_AT) or info.start_time
        order = StartScheduled(wanted.schedule, wanted.project, at.isoformat(), info.workflow_id, wanted.open_mode)
        run = await self._unbroken(ask(START_SCHEDULED, order, ScheduledRun))
        asked = False
        while run.run_id is not None and not run.ended:
            follow = FollowScheduled(wanted.schedule, wanted.project, run.run_id)
            if self._cancelled and not asked:
                asked = await self._unbroken(ask(CANCEL_SCHEDULED, follow, bool))
            else:
                await self._news()
            run = await self._unbroken(ask(LOAD_SCHEDULED, follow, ScheduledRun))
        if self._cancelled:
            raise asyncio.CancelledError
        return run

    @workflow.signal(name=SIGNAL_ENDED)
    def ended(self) -> None:
        """The run has ended."""
        self._told = True

    async def _news(self) -> None:
        """Return once the run has ended, or is to be cancelled."""
        await self._unbroken(workflow.wait_condition(lambda: self._told or self._cancelled))
        self._told = False

    async def _unbroken(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """What the work gives; a cancel that comes meanwhile is noted, and acted on after."""
        task = asyncio.ensure_future(work)
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                # Without a reason the workflow only leaves the worker's cache.
                if workflow.cancellation_reason() is None or self._cancelled:
                    raise
                self._cancelled = True
        return task.result()
