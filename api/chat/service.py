"""One message of a conversation: noted, understood, acted on, answered. Each step may be the last before a crash: what
is said again is done once, because a proposal starts one run and a vote is one vote.
"""

from uuid import UUID

from asyncpg import Record

from api.chat.acting import Done, Standing, act, gates_of, proposal_of
from api.chat.asking import ask_model
from api.chat.filling import filled
from api.chat.intents import Intent
from api.chat.schemas import Proposed, Reply, Say
from api.chat.words import guess, settled_by_words
from api.http.errors import Refusal
from api.offers.offered import list_offered
from api.resources import Resources
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import NotFound
from plait.store import conversations as store

MOST_OFFERS = 200


async def answer(held: Resources, say: Say, caller: Caller) -> Reply:
    """What is said back to a message."""
    turn = await note(held, say, caller)
    standing = await standing_of(held, turn, caller)
    done = await act(standing, await understand(standing, turn, say.message))
    after = done.after
    kept = None
    if after.proposal is not None:
        kept = {"id": str(after.proposal_id), "workflow": after.proposal.workflow, "input": after.proposal.input}
    if not await store.add_reply(held.pool, turn, done.reply, kept, after.run_id, now()):
        raise Refusal("stale", "Something else was said in this conversation meanwhile; say it again.")
    return reply_of(turn["id"], done)


async def note(held: Resources, say: Say, caller: Caller) -> Record:
    """The conversation with this message in it; one that is nobody's or somebody else's is none."""
    async with held.pool.acquire() as db, db.transaction():
        identity = say.conversation_id or new_id()
        if say.conversation_id is None:
            await store.insert_conversation(db, identity, caller, say.environment, now())
        turn = await store.add_message(db, identity, caller, say.message, now())
        if turn is None:
            raise NotFound("There is no such conversation.")
        return turn


async def standing_of(held: Resources, turn: Record, caller: Caller) -> Standing:
    """How the conversation stands, and what it may lead to."""
    identity, proposal = proposal_of(turn["proposal"])
    return Standing(
        held=held,
        caller=caller,
        environment=turn["environment"],
        offers=await list_offered(held, turn["environment"], "chat", caller, limit=MOST_OFFERS),
        proposal_id=identity,
        proposal=proposal,
        run_id=turn["run_id"],
        gates=await gates_of(held, turn["run_id"], turn["environment"], caller),
    )


async def understand(standing: Standing, turn: Record, message: str) -> Intent:
    """What the message wants: by exact words, by a model, or by what words it shares."""
    settled = settled_by_words(
        message,
        [outcome for gate in standing.gates for outcome in gate.outcomes],
        proposed=standing.proposal is not None,
        followed=standing.run_id is not None,
    )
    if settled is not None:
        return settled
    asked = await ask_model(standing.held, turn, message, standing.offers, standing.proposal, standing.caller)
    return asked or guess(message, standing.offers, standing.proposal)


def reply_of(conversation_id: UUID, done: Done) -> Reply:
    """The answer as it is sent."""
    after, proposed = done.after, None
    if after.proposal is not None and (offered := after.offered(after.proposal.workflow)) is not None:
        missing = filled(offered.arguments, after.proposal.input).missing
        proposed = Proposed(workflow=offered.slug, input=after.proposal.input, missing=list(missing))
    return Reply(conversation_id=conversation_id, reply=done.reply, proposed=proposed, run_id=after.run_id)
