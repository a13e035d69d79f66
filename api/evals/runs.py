"""The runs of an evaluation: each is started once, under the key of its row, and waited for."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.http.errors import Refusal
from api.operations.work import NotYet, Work
from api.resources import Resources
from api.runs.start import start_wanted
from api.runs.views import cost_text
from api.runs.waiting import wait_for_end
from plait.starts import Wanted
from plait.store import evals as store
from plait.store.values import value_in

WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run came to. `status` is `deleted` where it is gone; an error is its type alone."""

    run_id: UUID
    status: str
    output: Any = None
    error: str | None = None
    cost_usd: str | None = None
    tokens: int = 0
    duration_ms: int | None = None


async def start_run_of(held: Resources, work: Work, workflow: str, version: int, value: Any, key: str) -> UUID:
    """The run that has this key: started now, unless it was before. Raises NotYet while the process is too busy."""
    wanted = Wanted(
        project=work.caller.project,
        workflow=workflow,
        input=value,
        by=work.caller.actor,
        origin={"kind": "eval", "run_id": None, "node": None, "id": str(work.id)},
        version=version,
        environment=work.arguments["environment"],
        idempotency_key=f"eval:{key}",
        request_hash="eval",
    )
    try:
        return (await start_wanted(held, wanted, "reject", work.caller)).run_id
    except Refusal as error:
        if error.code == "rate_limited":
            raise NotYet from None
        raise


async def ended_run(held: Resources, work: Work, run_id: UUID) -> Ended:
    """The run at its end, however long that takes."""
    project = work.caller.project
    while not await wait_for_end(held, project, run_id, WAIT_SECONDS):
        pass
    row = await store.read_end(held.pool, project, run_id)
    if row is None:
        return Ended(run_id, "deleted")
    stored = value_in(dict(row), "output")
    return Ended(
        run_id=run_id,
        status=row["status"],
        output=None if stored is None else await held.payloads.value(project, stored),
        error=(row["error"] or {}).get("type"),
        cost_usd=cost_text(row["cost_usd"]),
        tokens=row["tokens"],
        duration_ms=row["duration_ms"],
    )
