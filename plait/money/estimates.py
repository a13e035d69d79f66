"""What a call may come to, before it is made: this much is reserved, and set right by what it then took."""

from dataclasses import dataclass
from decimal import Decimal

from plait.models.registry import Resolved
from plait.money.prices import price
from plait.money.usage import Usage

BYTES_A_TOKEN = 3
"""Models make four letters a token of English, fewer of other languages and of code: rather too many are expected."""
USUAL_OUTPUT = 1_024
"""Tokens of an answer whose length nobody has limited."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call may take. A cost of None is not known. `model` is `provider:model`, `agent` whose turn it is."""

    model: str
    usage: Usage
    cost_usd: Decimal | None
    agent: str | None = None


def estimate(model: Resolved, sent: int, max_tokens: int | None = None, *, agent: str | None = None) -> Estimate:
    """The estimate of a call that sends so many bytes, and is answered by at most so many tokens."""
    usage = Usage(-(-sent // BYTES_A_TOKEN), USUAL_OUTPUT if max_tokens is None else max_tokens)
    return Estimate(model.reference, usage, price(model, usage), agent)
