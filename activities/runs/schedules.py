"""Schedules that are due: start a run for each time, once, and tell whoever waits for it of its end."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError

from activities.services import Services
from interpreter.shell.wire.schedules import (
    CANCEL_SCHEDULED,
    LOAD_SCHEDULED,
    START_SCHEDULED,
    FollowScheduled,
    ScheduledRun,
    StartScheduled,
)
from interpreter.state import FINAL_RUN
from plait.auth import Actor
from plait.clock import now, rfc3339
from plait.delivery import cancel_run_workflow, signal_ended, terminate_run_workflow
from plait.errors import Conflict, Invalid, NotFound, PlaitError
from plait.schedules.starts import wanted_at
from plait.starts import KeyTaken, Replayed, write_run
from plait.starts.admission import begin_run
from plait.store import schedules as store
from plait.store.runs import NewRun, cancel_pending, cancel_run, read_status

GOES_ON = "its schedule has come to its next time"
MESSAGE = 1_000
"""Characters of the reason why a time had no run."""

logger = logging.getLogger("plait.schedules")


def starting_scheduled(services: Services, client: Client) -> Callable[[StartScheduled], Awaitable[ScheduledRun]]:
    """The activity `plait.start_scheduled`. Asked again it is about the same run."""

    @activity.defn(name=START_SCHEDULED)
    async def start_scheduled(wanted: StartScheduled) -> ScheduledRun:
        schedule, at = UUID(wanted.schedule), datetime.fromisoformat(wanted.at)
        row = await store.read_due(services.pool, wanted.project, schedule)
        if row is None or row["paused"]:
            return ScheduledRun(refusal="not_found" if row is None else "paused")
        try:
            run_id = await _written(services, row, at)
        except (NotFound, Conflict, Invalid) as error:
            if error.code == "version_moved":
                raise
            return await _refused(services, row, at, error)
        await store.wait_for_run(services.pool, store.Waiter(run_id, wanted.workflow))
        if row["refusal"] is not None:
            await store.note_refusal(services.pool, wanted.project, schedule, None)
        await _tell(begin_run(services.pool, client, run_id, open_mode=wanted.open_mode))
        if row["overlap"] == "terminate_other":
            await _terminate_others(services, client, row, run_id)
        return await _state(services, wanted.project, run_id)

    return start_scheduled


def loading_scheduled(services: Services) -> Callable[[FollowScheduled], Awaitable[ScheduledRun]]:
    """The activity `plait.load_scheduled`."""

    @activity.defn(name=LOAD_SCHEDULED)
    async def load_scheduled(wanted: FollowScheduled) -> ScheduledRun:
        return await _state(services, wanted.project, UUID(wanted.run_id))

    return load_scheduled


def cancelling_scheduled(services: Services, client: Client) -> Callable[[FollowScheduled], Awaitable[bool]]:
    """The activity `plait.cancel_scheduled`; always true."""

    @activity.defn(name=CANCEL_SCHEDULED)
    async def cancel_scheduled(wanted: FollowScheduled) -> bool:
        run_id, by = UUID(wanted.run_id), Actor("schedule", wanted.schedule, "schedule")
        reason = "its schedule stopped it"
        await cancel_run(services.pool, wanted.project, run_id, now(), reason, by.json())
        await _tell(cancel_run_workflow(client, run_id))
        return True

    return cancel_scheduled


async def tell_waiter(services: Services, client: Client, run_id: UUID) -> None:
    """Tell the schedule whose run has ended, if it is one's."""
    waiter = await store.find_waiter(services.pool, run_id, now())
    if waiter is not None:
        await _tell(signal_ended(client, waiter.workflow))


async def _written(services: Services, row: Any, at: datetime) -> UUID:
    """The run of this time."""
    match await write_run(services, wanted_at(row, at)):
        case NewRun(id=run_id) | Replayed(run_id):
            return run_id
        case KeyTaken():
            raise AssertionError("a scheduled run has no business key")
        case other:
            assert_never(other)


async def _refused(services: Services, row: Any, at: datetime, error: PlaitError) -> ScheduledRun:
    """This time has no run, and the schedule says why until the next one has."""
    refusal = {"scheduled_at": rfc3339(at), "at": rfc3339(now()), "code": error.code, "message": str(error)[:MESSAGE]}
    await store.note_refusal(services.pool, row["project"], row["id"], refusal)
    return ScheduledRun(refusal=error.code)


async def _terminate_others(services: Services, client: Client, row: Any, run_id: UUID) -> None:
    """Temporal has terminated the workflows that waited for these runs; the runs follow, and the reconciler notes it."""
    by = Actor("schedule", str(row["id"]), row["name"]).json()
    for other in await store.list_others(services.pool, row["project"], row["id"], run_id):
        if not await cancel_pending(services.pool, row["project"], other, now(), GOES_ON, by):
            await _tell(terminate_run_workflow(client, other, GOES_ON))


async def _state(services: Services, project: str, run_id: UUID) -> ScheduledRun:
    """How the run stands. Once it has ended, nobody needs to be told."""
    row: Any = await read_status(services.pool, project, run_id)
    ended = row is None or row["status"] in FINAL_RUN
    if ended:
        await store.stop_waiting(services.pool, run_id)
    return ScheduledRun(str(run_id), row["status"] if row else None, ended)


async def _tell(call: Awaitable[object]) -> None:
    """What Temporal does not hear now, the sweeper tells it."""
    try:
        await call
    except RPCError as error:
        logger.warning("temporal was not told, the sweeper will: %s", error)
