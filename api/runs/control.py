"""Moving runs by hand: cancelling them. A row first, then Temporal."""

from typing import Any
from uuid import UUID

from api.resources import Resources
from api.runs.standing import Standing, answer
from api.runs.views import allowed_actions
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, NotFound
from plait.store import runs as store


async def cancel_run(held: Resources, run_id: UUID, caller: Caller, reason: str | None) -> bool:
    """Ask for the run's end. False if that was so already. A run that Temporal has not begun ends here."""
    while True:
        row = await read_status(held, run_id, caller)
        match answer("cancel", Standing.of(row)):
            case "holds":
                return False
            case "contradicts":
                raise run_conflict(row, f"The run is {row['status']}; it cannot be cancelled.")
            case "does":
                pass
        if await store.cancel_run(held.pool, caller.project, run_id, now(), reason, caller.actor.json()):
            held.deliveries.cancel(run_id)
            return True


async def read_status(held: Resources, run_id: UUID, caller: Caller) -> Any:
    """How the run stands, or that there is none."""
    row = await store.read_status(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    return row


def run_conflict(row: Any, message: str) -> Conflict:
    """What is asked contradicts the run's state; the answer says what may be done instead."""
    return Conflict(message, run_status=row["status"], allowed_actions=allowed_actions(row))
