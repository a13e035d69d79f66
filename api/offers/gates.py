"""What waits for people in the runs of what is offered."""

from uuid import UUID

from api.gates import service as gates
from api.gates.schemas import Gate
from api.gates.views import gate_of
from api.resources import Resources
from plait.auth import Caller
from plait.store import exposed
from plait.store.exposed import Door


async def open_gates(
    held: Resources, environment: str, door: Door, caller: Caller, run_id: UUID | None, limit: int
) -> list[Gate]:
    """Open gates of such runs, or of one of them and what runs for it, as the caller sees them; the newest first."""
    ids = await exposed.list_open_gates(held.pool, caller.project, environment, door, run_id, limit)
    return [gate_of(await gates.read_gate(held, each, caller), caller) for each in ids]
