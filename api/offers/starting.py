"""Starting a run of what is offered, by the caller, as `POST …/run` would."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from api.http.security import require_scope
from api.resources import Resources
from api.runs.schemas import StartRun
from api.runs.start import start_wanted, wanted_of
from plait.auth import Caller
from plait.store.exposed import Door


async def start_offered(
    held: Resources, slug: str, value: Any, caller: Caller, environment: str, door: Door, key: str | None = None
) -> UUID:
    """The run, durable once this returns; the one of before where `key` was used with the same input."""
    require_scope(caller, "runs:start")
    order = StartRun(input=value, environment=environment)
    origin = {"kind": door, "run_id": None, "node": None, "id": None}
    wanted = replace(wanted_of(slug, order, caller, key), origin=origin)
    return (await start_wanted(held, wanted, "reject", caller)).run_id
