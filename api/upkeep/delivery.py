"""Telling Temporal of a row at once, without waiting; what is lost on the way, with this process or with
Temporal away, is told again by the sweeper.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from temporalio.client import Client
from temporalio.service import RPCError

from api.temporal import TemporalLink
from plait.clock import now
from plait.delivery import (
    cancel_run_workflow,
    signal_command,
    signal_events,
    signal_override,
    signal_vote,
    start_run_workflow,
)
from plait.errors import Unavailable
from plait.schedules.telling import bring_into_line
from plait.starts.admission import let_in
from plait.store.delivery import StartOrder
from plait.store.pool import Pool, is_outage

CALLS_AT_ONCE = 50
"""Calls that Temporal is asked at once; each has to be answered within its own few seconds."""

log = logging.getLogger("plait.delivery")


class Deliveries:
    """Calls to Temporal that nobody waits for. Those that fail are left to the sweeper."""

    def __init__(self, temporal: TemporalLink, *, open_mode: bool) -> None:
        self._temporal = temporal
        self._open_mode = open_mode
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)

    def start(self, order: StartOrder) -> None:
        """Begin a run."""
        self._tell(lambda client: start_run_workflow(client, order, open_mode=self._open_mode, at=now()))

    def let_in(self, pool: Pool, slot: str) -> None:
        """Begin what a slot has room for."""
        self._tell(lambda client: let_in(pool, client, slot, open_mode=self._open_mode))

    def cancel(self, run_id: UUID) -> None:
        """Cancel a run."""
        self._tell(lambda client: cancel_run_workflow(client, run_id))

    def vote(self, run_id: UUID, vote_id: UUID) -> None:
        """Tell of a vote."""
        self._tell(lambda client: signal_vote(client, run_id, vote_id))

    def override(self, run_id: UUID, override_id: UUID) -> None:
        """Tell of an override."""
        self._tell(lambda client: signal_override(client, run_id, override_id))

    def command(self, run_id: UUID, command_id: UUID) -> None:
        """Tell of what somebody wants of a run."""
        self._tell(lambda client: signal_command(client, run_id, command_id))

    def event(self, run_id: UUID, event_id: UUID) -> None:
        """Tell of an external event."""
        self._tell(lambda client: signal_events(client, run_id, [event_id]))

    def schedule(self, pool: Pool, schedule: UUID) -> None:
        """Tell of a schedule that was changed."""
        self._tell(lambda client: bring_into_line(pool, client, schedule, open_mode=self._open_mode))

    async def close(self) -> None:
        """Let what is under way end."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tell(self, call: Callable[[Client], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._try(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, call: Callable[[Client], Awaitable[None]]) -> None:
        try:
            async with self._calls:
                await call(await self._temporal.client())
        except (RPCError, Unavailable) as error:
            log.warning("temporal was not told, the sweeper will: %s", error)
        except Exception as error:
            if not is_outage(error):
                log.exception("a delivery failed, the sweeper will repeat it")
