"""Asking a model, on a worker, by a run of Plait's own workflow: durable, within budgets, and paid for like all else."""

import logging
from collections.abc import Sequence
from uuid import UUID

import orjson
from asyncpg import Record

from api.chat.instructions import MODEL, MOST_OFFERS, SLUG, chat_document, intent_in, question_of
from api.chat.intents import Intent, Propose
from api.chat.words import score_of
from api.offers.offered import Offered
from api.resources import Resources
from api.runs.control import cancel_run
from api.runs.read import read_run
from api.runs.start import start_wanted
from api.runs.waiting import wait_until
from api.workflows.own import PLAIT, save_own
from interpreter.state import FINAL_RUN
from plait.auth import ALL_SCOPES, Caller
from plait.errors import PlaitError
from plait.models import UnknownModel, resolve
from plait.starts import Wanted
from plait.store.conversations import list_said

ANSWER_SECONDS = 40.0
REMEMBERED = 10
"""Earlier messages that the model is shown."""

log = logging.getLogger("plait.chat")


async def ask_model(
    held: Resources, turn: Record, message: str, offers: Sequence[Offered], proposal: Propose | None, caller: Caller
) -> Intent | None:
    """What the message wants, as a model understands it; None where none can be asked, or none answered."""
    if not offers or not await has_model(held, caller):
        return None
    shown = offers if len(offers) <= MOST_OFFERS else best_of(message, offers, proposal)
    said = await list_said(held.pool, turn, REMEMBERED)
    question = question_of(message, said, shown, proposal)
    try:
        run_id = await start_question(held, turn, question, shown, caller)
        return intent_in(await answer_of(held, run_id, caller), shown)
    except PlaitError as error:
        log.warning("no model understands conversation %s: %s", turn["id"], error)
        return None


async def has_model(held: Resources, caller: Caller) -> bool:
    """Whether the project's `fast` is a model; the demo in its place understands nothing."""
    try:
        return resolve(MODEL, await held.models.of(caller.project)).kind != "local"
    except UnknownModel:
        return False


def best_of(message: str, offers: Sequence[Offered], proposal: Propose | None) -> list[Offered]:
    """Those that the message means most likely, and the one that is proposed."""
    ranked = sorted(
        offers, key=lambda each: (not (proposal and each.slug == proposal.workflow), -score_of(message, each))
    )
    return sorted(ranked[:MOST_OFFERS], key=lambda each: each.slug)


async def start_question(
    held: Resources, turn: Record, question: str, offers: Sequence[Offered], caller: Caller
) -> UUID:
    """The run that asks: one a message, however often it is tried."""
    version = await save_own(held, caller.project, SLUG, orjson.dumps(chat_document(offers)), "application/json")
    wanted = Wanted(
        project=caller.project,
        workflow=SLUG,
        version=version,
        input={"question": question},
        by=caller.actor,
        origin={"kind": "chat", "run_id": None, "node": None, "id": str(turn["id"])},
        environment=turn["environment"],
        idempotency_key=f"chat:{turn['id']}:{turn['messages']}",
        request_hash="chat",
    )
    return (await start_wanted(held, wanted, "reject", caller)).run_id


async def answer_of(held: Resources, run_id: UUID, caller: Caller) -> object:
    """What the model answered. One that is late, or waits for money, is not waited for, nor paid for any more."""
    reader = Caller(PLAIT, caller.project, ALL_SCOPES)
    await wait_until(held, caller.project, run_id, "blocked", ANSWER_SECONDS)
    run = await read_run(held, run_id, reader)
    if run.status not in FINAL_RUN:
        await cancel_run(held, run_id, reader, "nobody waits for its answer any more")
    return run.output if run.status == "completed" else None
