"""Spending in Postgres: the accounts that a batch of the Recorder counts on, and what becomes of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from asyncpg import Record

from interpreter.state import FINAL_RUN
from plait.store.accounts import COUNTED, Account, Limits, post
from plait.store.changes import Amount, Entry, EventRow, StoredValue, Written
from plait.store.ledger import RunNow
from plait.store.pool import to_json
from plait.store.runs import Database
from plait.store.sql import as_columns, load
from plait.store.values import value_in

queries = load("money")

Month = tuple[str, date]
"""A project, and the first day of a month in UTC."""
NodeKey = tuple[UUID, str, int]


@dataclass(slots=True)
class _Purse:
    """What a run has spent with its sub-workflows (`whole`) and without (`own`), and who above it pays too."""

    payers: list[UUID]
    whole: Account
    own: Account


@dataclass(slots=True)
class _Month:
    """What a project has spent in a month, and of which shares of its budget people are told."""

    account: Account
    alert_at: list[Decimal] = field(default_factory=list)
    alerted: list[Decimal] = field(default_factory=list)


@dataclass(slots=True)
class Books:
    """The accounts of a batch, as they stand under their locks, and what the batch makes of them."""

    runs: Mapping[UUID, RunNow]
    purses: dict[UUID, _Purse]
    months: dict[Month, _Month]
    entries: dict[UUID, Entry]
    posted: dict[UUID, Entry] = field(default_factory=dict)
    touched: set[UUID] = field(default_factory=set)

    def apply(self, entry: Entry) -> Written:
        """Count an entry, unless a limit keeps it from being reserved, or it is counted already."""
        run = self.runs[entry.run_id]
        if entry.status == "reserved":
            if run.status in FINAL_RUN and entry.id not in self.entries:
                return Written(accepted=False, status=str(run.status))
            for left in self._left_by_earlier_attempts(entry):
                self._post(replace(left, status="assumed", settled_at=entry.reserved_at))
        known = self.entries.get(entry.id)
        if known is None and entry.status in ("assumed", "released"):
            # It was never reserved, so nothing was called.
            return Written(accepted=False, status=str(run.status))
        over = self._post(entry if known is None else replace(entry, reserved_at=known.reserved_at))
        return over or Written(accepted=True, status=str(run.status))

    def _left_by_earlier_attempts(self, entry: Entry) -> list[Entry]:
        return [
            each
            for each in self.entries.values()
            if each.status == "reserved" and _node_of(each) == _node_of(entry) and each.attempt < entry.attempt
        ]

    def _post(self, entry: Entry) -> Written | None:
        purse, month = self.purses[entry.run_id], self.months[_month_of(entry)]
        above = [self.purses[payer].whole for payer in purse.payers if payer in self.purses]
        result = post(entry, self.entries.get(entry.id), [purse.own, purse.whole, *above, month.account])
        if result == "known":
            return None
        if result != "posted":
            return Written(accepted=False, status=str(self.runs[entry.run_id].status), over=result)
        self.entries[entry.id] = self.posted[entry.id] = entry
        self.runs[entry.run_id].refer(entry.answer)
        self.touched.update((entry.run_id, *(payer for payer in purse.payers if payer in self.purses)))
        if entry.status in COUNTED:
            self._tell(entry, purse, month)
        return None

    def _tell(self, entry: Entry, purse: _Purse, month: _Month) -> None:
        """Say what the run has cost by now, and the runs above, and whether the project has come to a share."""
        at = entry.settled_at or entry.reserved_at
        key = f"run:workflow.cost.updated:{entry.id}:{entry.status}"
        took = {"status": entry.status, "model": entry.model, "agent": entry.agent, **_said(entry.amount)}
        self._add(
            entry.run_id,
            EventRow(
                key, "workflow.cost.updated", at, path=entry.path, attempt=entry.attempt,
                data={**self._sums(purse), "took": took},
            ),
        )  # fmt: skip
        for payer in purse.payers:
            if payer in self.purses:
                data = {**self._sums(self.purses[payer]), "run_id": str(entry.run_id)}
                self._add(payer, EventRow(key, "workflow.cost.updated", at, data=data))
        for share in _shares(month):
            month.alerted.append(share)
            data = {"share": f"{share:f}", "month": f"{_month_of(entry)[1]:%Y-%m}", **_spent(month.account)}
            named = f"run:workflow.run.budget_alert:{data['month']}:{data['share']}"
            self._add(entry.run_id, EventRow(named, "workflow.run.budget_alert", at, data=data))

    def _sums(self, purse: _Purse) -> dict[str, Any]:
        known = purse.whole
        return {
            "cost_usd": None if known.unknown else f"{known.spent_usd:f}",
            "own_cost_usd": None if purse.own.unknown else f"{purse.own.spent_usd:f}",
            "tokens": {"input": known.input_tokens, "output": known.output_tokens},
        }

    def _add(self, run_id: UUID, event: EventRow) -> None:
        run = self.runs.get(run_id)
        if run is not None and run.status not in FINAL_RUN:
            run.tell(event)


async def open_books(connection: Any, runs: Mapping[UUID, RunNow], entries: Sequence[Entry]) -> Books:
    """The accounts on which these entries count; the runs are locked."""
    purses = {row["id"]: _purse_in(row) for row in await connection.fetch(queries.read_runs, list(runs))}
    nodes = {_node_of(entry) for entry in entries if entry.status == "reserved"}
    ids = [entry.id for entry in entries]
    found = await connection.fetch(queries.read_entries, ids, *as_columns(nodes, 3))
    known = {row["id"]: entry_in(row) for row in found}
    months = sorted({_month_of(known.get(entry.id, entry)) for entry in (*entries, *known.values())})
    wanted = as_columns(months, 2)
    rows = await connection.fetch(queries.lock_months, *wanted)
    if len(rows) < len(months):
        # The first entry of a month.
        await connection.execute(queries.begin_months, *wanted)
        rows = await connection.fetch(queries.lock_months, *wanted)
    return Books(runs, purses, {(row["project"], row["month"]): _month_in(row) for row in rows}, known)


async def write_books(connection: Any, books: Books) -> None:
    """Write what the batch has made of the accounts."""
    if not books.posted:
        return
    entries = [_entry_columns(entry) for entry in books.posted.values()]
    months = [_month_columns(month, book) for month, book in books.months.items()]
    runs = [_run_columns(run_id, books.purses[run_id]) for run_id in books.touched]
    await connection.execute(queries.write, *(to_json(rows).decode() for rows in (entries, months, runs)))
    nodes = {_node_of(entry) for entry in books.posted.values() if entry.status != "reserved"}
    if nodes:
        agents = {agent for node in nodes for agent in _agents_of(node)}
        await connection.execute(queries.write_nodes, *as_columns(nodes, 3), *as_columns(agents, 3))


async def read_earlier(db: Database, run_id: UUID, path: str, generation: int, attempt: int) -> StoredValue | None:
    """The answer that an attempt before this one got and could not commit."""
    row = await db.fetchrow(queries.read_earlier, run_id, path, generation, attempt)
    return None if row is None else value_in(dict(row), "answer")


async def list_orphans(db: Database, at: datetime) -> list[Entry]:
    """What is reserved by attempts that are over, and whose cost nobody knows."""
    return [entry_in(row) for row in await db.fetch(queries.list_orphans, at)]


def entry_in(row: Record) -> Entry:
    """A row of `spending`."""
    return Entry(
        id=UUID(str(row["id"])),
        project=row["project"],
        run_id=UUID(str(row["run_id"])),
        path=row["path"],
        generation=row["generation"],
        attempt=row["attempt"],
        status=row["status"],
        model=row["model"],
        amount=Amount(row["cost_usd"], row["input_tokens"], row["output_tokens"]),
        reserved_at=row["reserved_at"],
        settled_at=row["settled_at"],
        agent=row["agent"],
        cached_tokens=row["cached_tokens"],
        answer=value_in(dict(row), "answer"),
    )


def limits_in(budget: Mapping[str, Any] | None) -> Limits:
    """A run's `budget` as its row has it."""
    said = budget or {}
    cost = said.get("cost_usd")
    return Limits(None if cost is None else Decimal(str(cost)), said.get("tokens"))


def _purse_in(row: Record) -> _Purse:
    whole = Account(
        row["id"], limits_in(row["budget"]), row["spent_usd"], row["input_tokens"], row["output_tokens"],
        row["reserved_usd"], row["reserved_tokens"], int(row["cost_usd"] is None),
    )  # fmt: skip
    own = Account(
        row["id"], Limits(), row["own_cost_usd"] or Decimal(0), row["own_input_tokens"], row["own_output_tokens"],
        unknown=int(row["own_cost_usd"] is None),
    )  # fmt: skip
    return _Purse(list(row["payers"]), whole, own)


def _month_in(row: Record) -> _Month:
    limits = Limits(row["limit_usd"], row["limit_tokens"])
    account = Account(
        None, limits, row["spent_usd"], row["input_tokens"], row["output_tokens"], row["reserved_usd"],
        row["reserved_tokens"], row["unknown_costs"],
    )  # fmt: skip
    return _Month(account, list(row["alert_at"] or ()), list(row["alerted"]))


def _shares(month: _Month) -> Iterable[Decimal]:
    """The shares of the budget that are spent by now, and of which nobody was told."""
    limits, account = month.account.limits, month.account
    tokens = account.input_tokens + account.output_tokens
    for share in month.alert_at:
        by_cost = limits.cost_usd is not None and account.spent_usd >= share * limits.cost_usd
        by_tokens = limits.tokens is not None and tokens >= share * limits.tokens
        if share not in month.alerted and (by_cost or by_tokens):
            yield share


def _spent(account: Account) -> dict[str, Any]:
    limits = account.limits
    return {
        "spent": {"cost_usd": f"{account.spent_usd:f}", "tokens": account.input_tokens + account.output_tokens},
        "limit": {"cost_usd": None if limits.cost_usd is None else f"{limits.cost_usd:f}", "tokens": limits.tokens},
    }


def _said(amount: Amount) -> dict[str, Any]:
    return {
        "cost_usd": None if amount.cost_usd is None else f"{amount.cost_usd:f}",
        "tokens": {"input": amount.input_tokens, "output": amount.output_tokens},
    }


def _agents_of(node: NodeKey) -> Iterator[NodeKey]:
    """The agents in whose turns the node stands."""
    run_id, path, generation = node
    for turn in re.finditer(r"\.turn~", path):
        yield run_id, path[: turn.start()], generation


def _node_of(entry: Entry) -> NodeKey:
    return entry.run_id, entry.path, entry.generation


def _month_of(entry: Entry) -> Month:
    return entry.project, entry.reserved_at.date().replace(day=1)


def _entry_columns(entry: Entry) -> dict[str, Any]:
    answer = entry.answer
    return {
        "id": entry.id,
        "project": entry.project,
        "run_id": entry.run_id,
        "path": entry.path,
        "generation": entry.generation,
        "attempt": entry.attempt,
        "status": entry.status,
        "model": entry.model,
        "agent": entry.agent,
        "input_tokens": entry.amount.input_tokens,
        "output_tokens": entry.amount.output_tokens,
        "cached_tokens": entry.cached_tokens,
        "cost_usd": None if entry.amount.cost_usd is None else str(entry.amount.cost_usd),
        "answer": answer and answer.inline,
        "answer_ref": answer and answer.ref,
        "answer_size": answer and answer.size,
        "answer_sha256": answer and answer.sha256,
        "reserved_at": entry.reserved_at,
        "settled_at": entry.settled_at,
    }


def _run_columns(run_id: UUID, purse: _Purse) -> dict[str, Any]:
    whole, own = purse.whole, purse.own
    return {
        "id": run_id,
        "spent": str(whole.spent_usd),
        "input": whole.input_tokens,
        "output": whole.output_tokens,
        "unknown": whole.unknown > 0,
        "reserved": str(whole.reserved_usd),
        "reserved_tokens": whole.reserved_tokens,
        "own_spent": str(own.spent_usd),
        "own_input": own.input_tokens,
        "own_output": own.output_tokens,
        "own_unknown": own.unknown > 0,
    }


def _month_columns(month: Month, book: _Month) -> dict[str, Any]:
    account = book.account
    return {
        "project": month[0],
        "month": month[1],
        "spent_usd": str(account.spent_usd),
        "input_tokens": account.input_tokens,
        "output_tokens": account.output_tokens,
        "reserved_usd": str(account.reserved_usd),
        "reserved_tokens": account.reserved_tokens,
        "unknown_costs": account.unknown,
        "alerted": [str(share) for share in book.alerted],
    }
