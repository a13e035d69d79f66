"""Sub-workflows that are waited for pause and go on with the run above them."""

from uuid import UUID

from api.control.service import write_command
from api.resources import Resources
from plait.auth import Actor
from plait.clock import now
from plait.errors import PlaitError, Unavailable
from plait.store.commands import Follower, Kind, NewCommand, list_to_pause, list_to_resume


async def follow_pauses(held: Resources) -> list[tuple[UUID, UUID]]:
    """Write what follows from runs that were paused or go on, each once; (run, command) of what was written."""
    pauses = [_command(follower, "pause") for follower in await list_to_pause(held.pool)]
    resumes = [_command(follower, "resume") for follower in await list_to_resume(held.pool)]
    return [(command.run_id, command.id) for command in (*pauses, *resumes) if await _is_written(held, command)]


def _command(follower: Follower, kind: Kind) -> NewCommand:
    reason = "the run above it was paused" if kind == "pause" else "the run above it goes on"
    by = Actor("run", str(follower.above), follower.slug).json()
    command_id = follower.command_id(kind)
    return NewCommand(
        command_id, follower.project, follower.run_id, kind, by, now(), reason=reason, cause=follower.cause
    )


async def _is_written(held: Resources, command: NewCommand) -> bool:
    """What contradicts by now is left."""
    try:
        return await write_command(held, command)
    except Unavailable:
        raise
    except PlaitError:
        return False
