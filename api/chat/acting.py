"""Doing what a message wants. Only what the caller says starts a run or decides a gate: nothing that a run gave is
read for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never
from uuid import UUID

from api.chat.filling import filled
from api.chat.intents import Confirm, Decline, Follow, Intent, Propose, Talk, Vote
from api.chat.telling import told_of_offers, told_of_proposal, told_of_run
from api.gates import service as gates
from api.gates.schemas import Decide, Gate
from api.offers.gates import open_gates
from api.offers.offered import Offered
from api.offers.starting import start_offered
from api.resources import Resources
from api.runs.read import read_run
from plait.auth import Caller
from plait.clock import new_id
from plait.errors import PlaitError, Unavailable

MOST_GATES = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands. `proposal` has an id of its own: whatever is started from it is one run."""

    held: Resources
    caller: Caller
    environment: str
    offers: Sequence[Offered]
    proposal_id: UUID | None
    proposal: Propose | None
    run_id: UUID | None
    gates: Sequence[Gate]

    @property
    def votable(self) -> Gate | None:
        """The one gate that the caller may decide here, with a word."""
        mine = [each for each in self.gates if each.my.can_decide and "gates:decide" in self.caller.scopes]
        return mine[0] if len(mine) == 1 and mine[0].form_schema is None else None

    def offered(self, slug: str) -> Offered | None:
        """A workflow that is offered."""
        return next((each for each in self.offers if each.slug == slug), None)


@dataclass(frozen=True, slots=True)
class Done:
    """What was answered, and how the conversation stands with it."""

    reply: str
    after: Standing


async def act(standing: Standing, intent: Intent) -> Done:
    """Do it. What is refused is said in the reply, with its mend."""
    try:
        return await do(standing, intent)
    except Unavailable:
        raise
    except PlaitError as error:
        problems = "".join(f"\n- {each.dotted}: {each.message}" for each in getattr(error, "problems", ()))
        return Done(f"{error}{problems}", standing)


async def do(standing: Standing, intent: Intent) -> Done:
    """Each kind of wish."""
    match intent:
        case Propose():
            return propose(standing, intent)
        case Confirm():
            return await start(standing)
        case Decline():
            return Done("Nothing was started.", replace(standing, proposal=None, proposal_id=None))
        case Follow():
            return await follow(standing)
        case Vote():
            return await vote(standing, intent)
        case Talk(between):
            return Done(told_of_offers(standing.offers, between), standing)
        case other:
            assert_never(other)


def propose(standing: Standing, wish: Propose) -> Done:
    """Show what would be started, or ask for what is missing."""
    offered = standing.offered(wish.workflow)
    if offered is None:
        return Done(told_of_offers(standing.offers), standing)
    known = filled(offered.arguments, wish.input)
    kept = Propose(offered.slug, known.input)
    identity = standing.proposal_id if kept == standing.proposal else new_id()
    return Done(told_of_proposal(offered, known), replace(standing, proposal=kept, proposal_id=identity))


async def start(standing: Standing) -> Done:
    """Start what was proposed, once, if nothing is missing."""
    proposal, offered = standing.proposal, standing.offered(standing.proposal.workflow) if standing.proposal else None
    if proposal is None or offered is None:
        return Done(told_of_offers(standing.offers), replace(standing, proposal=None, proposal_id=None))
    if not filled(offered.arguments, proposal.input).ready:
        return propose(standing, proposal)
    run_id = await start_offered(
        standing.held,
        offered.slug,
        offered.input_of(proposal.input),
        standing.caller,
        standing.environment,
        "chat",
        f"chat:{standing.proposal_id}",
    )
    reply = f"{offered.name} is started: run {run_id}. Ask how far it is whenever you like."
    return Done(reply, replace(standing, proposal=None, proposal_id=None, run_id=run_id))


async def follow(standing: Standing) -> Done:
    """How the run stands."""
    if standing.run_id is None:
        return Done("Nothing was started here yet.", standing)
    if "runs:read" not in standing.caller.scopes:
        return Done(f"You may not read runs; this one is {standing.run_id}.", standing)
    run = await read_run(standing.held, standing.run_id, standing.caller)
    return Done(told_of_run(run, standing.gates), standing)


async def vote(standing: Standing, wish: Vote) -> Done:
    """The caller's vote; where it is not theirs, or takes more than a word, who decides and where."""
    gate = standing.votable
    if gate is None or wish.decision not in gate.outcomes:
        return await follow(standing)
    order = Decide(decision=wish.decision, comment=wish.comment)
    decided = await gates.decide(standing.held, gate.id, order, standing.caller)
    counted = decided.gate.status if decided.gate.status != "open" else "open still, and your vote counts"
    return Done(f"{gate.title}: {counted}.", standing)


async def gates_of(held: Resources, run_id: UUID | None, environment: str, caller: Caller) -> list[Gate]:
    """The open gates of the run that a conversation follows, and of what runs for it."""
    if run_id is None or "runs:read" not in caller.scopes:
        return []
    return await open_gates(held, environment, "chat", caller, run_id, MOST_GATES)


def proposal_of(row: dict[str, Any] | None) -> tuple[UUID | None, Propose | None]:
    """A proposal as rows keep it."""
    return (UUID(row["id"]), Propose(row["workflow"], row["input"])) if row else (None, None)
