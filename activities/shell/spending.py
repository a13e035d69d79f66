"""The purse of an attempt: reserves what a call of a model may cost before it is made, and settles what it took."""

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from activities import gen_ai
from activities.node_error import NodeError
from activities.patience import patiently
from interpreter.values import Json
from plait.clock import new_id, now
from plait.money import Estimate, Usage
from plait.store.changes import Amount, Change, Entry, Over, StoredValue
from plait.store.money import read_earlier
from plait.store.payloads import ResultTooLarge

if TYPE_CHECKING:
    from activities.services import Services
    from interpreter.shell.wire import NodeTask

LOOK_SECONDS, LONGEST_LOOK = 0.1, 2.0
WAIT_SECONDS = 20.0
"""For so long a call waits for room that others have reserved and mostly do not use up."""
PRICE_UNKNOWN = "PriceUnknown"
BUDGET_EXCEEDED = "BudgetExceeded"


class BudgetReached(NodeError):
    """There is no room for the call: the run is to pause, and the node to wait until there is."""

    def __init__(self, over: Over) -> None:
        of = "the run" if over.run_id is not None else "the project"
        message = f"The budget of {of} is reached: {over.limit} {over.amount}, spent {over.spent}."
        super().__init__(BUDGET_EXCEEDED, message, category="platform", details=over.json())
        self.over = over


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is set aside for one call."""

    entry: Entry


class Purse:
    """The money of one attempt: what a call may cost is on record before it is made, what it took soon after."""

    def __init__(self, services: "Services", task: "NodeTask", attempt: int) -> None:
        self._services, self._task, self._attempt = services, task, attempt
        self._open: dict[UUID, Entry] = {}

    async def reserve(self, estimate: Estimate) -> Reservation:
        """Set aside what a call may cost, on the accounts of the run, of the runs that wait for it and of the project.

        Where only reservations of others stand in the way, waits for a while. Raises BudgetReached, NodeError
        (`PriceUnknown`) where a budget of dollars alone meets a model whose price is not known, `RunEnded`.
        """
        usage, task = estimate.usage, self._task
        entry = Entry(
            new_id(),
            task.project,
            UUID(task.run_id),
            task.path,
            task.generation,
            self._attempt,
            "reserved",
            estimate.model,
            Amount(estimate.cost_usd, usage.input_tokens, usage.output_tokens),
            now(),
            agent=estimate.agent,
        )
        waited, pause = 0.0, LOOK_SECONDS
        while True:
            self._open[entry.id] = entry
            written = await self._services.recorder.put(Change(entry.run_id, entry.project, entry=entry))
            if written.accepted:
                return Reservation(entry)
            del self._open[entry.id]
            if written.over is None:
                raise NodeError("RunEnded", f"The run is {written.status} already.", category="platform")
            if written.over.limit == "price":
                raise NodeError(PRICE_UNKNOWN, _unpriced(entry.model, written.over), category="input")
            if not written.over.passes or waited >= WAIT_SECONDS:
                raise BudgetReached(written.over)
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_LOOK)

    async def settle(
        self, reservation: Reservation, usage: Usage, cost_usd: Decimal | None, answer: Json | None = None
    ) -> None:
        """Put on record what the call took; a cost of None is not known.

        With an `answer` the next attempt has it from `earlier`, should this one die before its end is on record.
        """
        entry = reservation.entry
        gen_ai.paid(entry.model, entry.agent, cost_usd)
        spent = replace(
            entry,
            status="spent",
            amount=Amount(cost_usd, usage.input_tokens, usage.output_tokens),
            cached_tokens=usage.cached_tokens,
            answer=None if answer is None else await self._kept(answer),
            settled_at=now(),
        )
        self._note(spent)

    async def release(self, reservation: Reservation) -> None:
        """Nothing was billed: the call was not made, or was refused."""
        released = replace(reservation.entry, status="released", amount=Amount(), settled_at=now())
        self._note(released)

    def close(self) -> None:
        """The attempt is over: what it has neither settled nor released may have been billed, and counts so.

        Nobody waits for this; should it be lost, the sweeper does the same later.
        """
        for entry in self._open.values():
            assumed = replace(entry, status="assumed", settled_at=now())
            self._services.recorder.put(Change(entry.run_id, entry.project, entry=assumed))
        self._open.clear()

    async def earlier(self) -> Json | None:
        """The answer that an attempt before this one got, and which died before it could say how it ended."""
        if self._attempt == 1:
            return None
        services, task, run_id = self._services, self._task, UUID(self._task.run_id)
        kept = await patiently(lambda: read_earlier(services.pool, run_id, task.path, task.generation, self._attempt))
        return None if kept is None else await patiently(lambda: services.payloads.value(task.project, kept))

    async def _kept(self, answer: Json) -> StoredValue | None:
        """The answer, stored; None where it is too large: what it has cost is told all the same."""
        try:
            return await patiently(lambda: self._services.payloads.store(self._task.project, answer))
        except ResultTooLarge:
            return None

    def _note(self, entry: Entry) -> None:
        """Written with the node's end, which stands behind it and is waited for, or within a few milliseconds.

        Who dies before that leaves the reservation, which then counts as spent.
        """
        self._open.pop(entry.id, None)
        self._services.recorder.note(Change(entry.run_id, entry.project, entry=entry))


def _unpriced(model: str, over: Over) -> str:
    """That a budget of dollars cannot hold for the model, whose budget that is, and how to mend it."""
    of = "budget of the run" if over.run_id is not None else "project's budget of this month"
    provider, _, name = model.partition(":")
    return (
        f"The price of {model} is not known, so the {of} cannot hold: say it with plait models set {provider}"
        f" --price {name}=IN/OUT, or limit its tokens too."
    )
