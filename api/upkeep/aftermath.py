"""Starts what documents want after a failure. The failed rows are the outbox, so no failure is forgotten."""

import logging
from datetime import timedelta
from typing import Any

from api.resources import Resources
from api.runs.start import deliver_start
from plait.clock import now
from plait.errors import Conflict, Invalid, NotFound
from plait.starts.aftermath import start_on_failure
from plait.store import aftermath as store

log = logging.getLogger("plait.aftermath")
SINCE = timedelta(days=1)
MESSAGE = 1_000


async def answer_failures(held: Resources) -> None:
    """Start the run that each new failure wants, or note why it cannot be."""
    for failed in await store.list_unanswered(held.pool, now() - SINCE):
        await answer(held, failed)


async def answer(held: Resources, failed: Any) -> None:
    """What is done about one failure. Done again it is about the same run."""
    started, refusal = None, None
    try:
        plan = await held.plans.of(held.pool, failed["project"], failed["plan_hash"])
        started = await start_on_failure(held, plan, failed["id"])
    except (NotFound, Conflict, Invalid) as error:
        if error.code == "version_moved":
            return
        log.warning("run %s failed, and its on_failure could not be started: %s", failed["id"], error)
        refusal = {"code": error.code, "message": str(error)[:MESSAGE]}
    if started is not None:
        await deliver_start(held, started)
    await store.note_aftermath(held.pool, failed["id"], now(), started, refusal)
