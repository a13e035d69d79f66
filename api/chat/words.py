"""What a message wants, by its words alone: exact for yes, no, votes and "how far is it?", and where no model can be
asked a sensible floor for the rest. Pure.
"""

import re
from collections.abc import Sequence

from api.chat.filling import WORD, filled, said_in, value_of
from api.chat.intents import Confirm, Decline, Follow, Intent, Propose, Talk, Vote
from api.offers.offered import Offered
from plait.values.inputs import follow

YES = frozenset({"yes", "y", "ok", "okay", "sure", "go", "go ahead", "start", "start it", "run it", "do it", "yes please",
                 "confirm", "confirmed", "yes start it"})  # fmt: skip
NO = frozenset({"no", "n", "no thanks", "stop", "forget it", "never mind", "nevermind", "cancel", "drop it"})
FOLLOWING = re.compile(r"\b(how far|how is it|status|progress|finished|is it done|any news|what is it waiting for)\b")
VOTES = {"approve": "approved", "reject": "rejected"}
NOISE = frozenset(
    WORD.findall(
        "a an and are can could do for from have i in into is it like me my need of on please run start that the this "
        "to want we with workflow would you"
    )
)
NAMED, DESCRIBED = 3, 1
"""What a word counts that stands in the name, and in the description."""


def plain(message: str) -> str:
    """A short message without case and punctuation."""
    return " ".join(WORD.findall(message.casefold()))


def settled_by_words(message: str, outcomes: Sequence[str], *, proposed: bool, followed: bool) -> Intent | None:
    """What needs no guessing; None for everything else. `outcomes` are those of the gates that the run waits at.

    Only these words of the caller's own decide a gate, whatever a model would say.
    """
    decision, colon, comment = message.partition(":")
    said = VOTES.get(plain(decision), plain(decision).replace(" ", "_"))
    if said in outcomes:
        return Vote(said, comment.strip()[:4000] or None if colon else None)
    words = plain(message)
    if proposed and words in YES:
        return Confirm()
    if proposed and words in NO:
        return Decline()
    if followed and FOLLOWING.search(words):
        return Follow()
    return None


def guess(message: str, offers: Sequence[Offered], proposal: Propose | None) -> Intent:
    """The workflow whose name and description share most words with the message; while one is proposed that lacks
    something, the message is the answer.
    """
    chosen = next((each for each in offers if proposal and each.slug == proposal.workflow), None)
    best = matching(message, offers)
    if chosen is not None and proposal is not None and (best in ([], [chosen]) or lacks(chosen, proposal)):
        return Propose(chosen.slug, proposal.input | answered(message, chosen, proposal))
    if len(best) == 1:
        return Propose(best[0].slug, said_in(message, best[0].arguments))
    return Talk(tuple(each.slug for each in best))


def lacks(offered: Offered, proposal: Propose) -> bool:
    """Whether something was asked for."""
    return bool(filled(offered.arguments, proposal.input).missing)


def answered(message: str, offered: Offered, proposal: Propose) -> dict[str, object]:
    """The fields that an answer fills: those that it names, else the first that was asked for."""
    if found := said_in(message, offered.arguments):
        return found
    missing = filled(offered.arguments, proposal.input).missing
    fields = offered.arguments.get("properties", {})
    return {missing[0]: value_of(message.strip(), follow(fields.get(missing[0]), offered.arguments))} if missing else {}


def matching(message: str, offers: Sequence[Offered]) -> list[Offered]:
    """Those that share most with the message; none where none shares anything."""
    scores = [(score_of(message, each), each) for each in offers]
    most = max((points for points, _ in scores), default=0)
    return [each for points, each in scores if points == most] if most else []


def score_of(message: str, offered: Offered) -> int:
    """How much of a workflow's own words a message has."""
    said, named = stems_in(message), stems_in(f"{offered.slug} {offered.name}")
    described = stems_in(offered.description) - named
    return NAMED * len(said & named) + DESCRIBED * len(said & described)


def stems_in(text: str) -> set[str]:
    """The words that say something, without the endings that matter little."""
    return {stem(word) for word in WORD.findall(text.casefold())} - NOISE


def stem(word: str) -> str:
    """A word without the endings that matter little."""
    return re.sub(r"(ing|ed|es|s)$", "", word) if len(word) > 4 else word
