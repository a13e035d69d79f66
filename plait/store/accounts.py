"""What may be spent, what is reserved and what was spent: decided here, in memory, under the locks of the accounts.

A call of a model is an `Entry`. It counts on several accounts: its run's, those of the runs above that wait for it,
and its project's of the month. Nothing in this file reads or writes; `plait.store.money` does both around it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from uuid import UUID

from plait.store.changes import Amount, Entry, EntryStatus, Over

SETTLED: frozenset[EntryStatus] = frozenset({"spent", "released"})
COUNTED: frozenset[EntryStatus] = frozenset({"spent", "assumed"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent. Without any there is no limit."""

    cost_usd: Decimal | None = None
    tokens: int | None = None


@dataclass(slots=True)
class Account:
    """A run's, or a project's of a month. `unknown` counts calls whose cost is not known."""

    run_id: UUID | None
    limits: Limits = field(default_factory=Limits)
    spent_usd: Decimal = Decimal(0)
    input_tokens: int = 0
    output_tokens: int = 0
    reserved_usd: Decimal = Decimal(0)
    reserved_tokens: int = 0
    unknown: int = 0

    def refuses(self, wanted: Amount) -> Over | None:
        """The limit that this would break, on top of all that is spent and reserved."""
        usd, tokens = self.limits.cost_usd, self.limits.tokens
        if usd is not None and wanted.cost_usd is None and tokens is None:
            return self._over("price", usd, self.spent_usd, self.reserved_usd, "?")
        if usd is not None and self.spent_usd + self.reserved_usd + wanted.usd > usd:
            return self._over("cost_usd", usd, self.spent_usd, self.reserved_usd, wanted.usd)
        spent = self.input_tokens + self.output_tokens
        if tokens is not None and spent + self.reserved_tokens + wanted.tokens > tokens:
            return self._over("tokens", tokens, spent, self.reserved_tokens, wanted.tokens)
        return None

    def reserve(self, amount: Amount, sign: int = 1) -> None:
        """Set aside, or with -1 no longer."""
        self.reserved_usd += sign * amount.usd
        self.reserved_tokens += sign * amount.tokens

    def spend(self, amount: Amount, sign: int = 1) -> None:
        """Count as spent, or with -1 no longer."""
        self.spent_usd += sign * amount.usd
        self.input_tokens += sign * amount.input_tokens
        self.output_tokens += sign * amount.output_tokens
        self.unknown += sign * (amount.cost_usd is None)

    def _over(self, limit: Literal["cost_usd", "tokens", "price"], *amounts: object) -> Over:
        return Over(limit, *(_text(amount) for amount in amounts), run_id=self.run_id)


def _text(amount: object) -> str:
    return f"{amount.normalize():f}" if isinstance(amount, Decimal) else str(amount)


def post(entry: Entry, known: Entry | None, accounts: Sequence[Account]) -> Over | Literal["posted", "known"]:
    """Bring an entry onto its accounts; `known` is the same entry as it is on them already. Over, where a limit
    keeps it from being reserved: nothing has changed then.
    """
    if known is not None and (known.status in SETTLED or entry.status in (known.status, "reserved")):
        return "known"
    if entry.status == "reserved":
        if over := next(_refusals(entry.amount, accounts), None):
            return over
        for account in accounts:
            account.reserve(entry.amount)
        return "posted"
    for account in accounts:
        if known is not None and known.status == "reserved":
            account.reserve(known.amount, -1)
        elif known is not None:
            account.spend(known.amount, -1)
        if entry.status in COUNTED:
            account.spend(entry.amount)
    return "posted"


def _refusals(wanted: Amount, accounts: Iterable[Account]) -> Iterator[Over]:
    return (over for account in accounts if (over := account.refuses(wanted)) is not None)
