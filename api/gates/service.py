"""Decisions of people: a row while the gate is open, then a signal; the workflow alone decides."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import orjson

from api.gates.approvers import approves_own, approving_names, groups_of, user_name
from api.gates.schemas import Decide, Gate, GateSummary
from api.gates.views import gate_of, summary_of
from api.http.errors import Refusal
from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.resources import Resources
from api.runs.waiting import wait_for
from interpreter.problems import Problem
from interpreter.values import canonical
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, Gone, Invalid, NotFound
from plait.starts import DEFAULT_ENVIRONMENT, files_in
from plait.store import gates as store
from plait.store.gates import GateFilter, NewVote
from plait.values.schema import compiled

SETTLE_SECONDS = 2.0
UNDECIDED = ("expired", "cancelled")


@dataclass(frozen=True, slots=True)
class Decided:
    """The gate after a decision. `settled`: the read model shows what became of it."""

    gate: Gate
    settled: bool


async def list_gates(
    held: Resources, chosen: GateFilter, filters: object, paging: PageOrder, caller: Caller
) -> Page[GateSummary]:
    """A page of gates, the newest first."""
    place = paging.after(filters, by_age)
    rows = await store.list_gates(held.pool, caller.project, chosen, paging.limit + 1, place)
    counted = await store.count_gates(held.pool, caller.project, chosen) if paging.total else None
    kept, cursor = paging.cut(rows, filters, lambda row: (row["opened_at"], row["id"]))
    return Page(items=[summary_of(row, caller) for row in kept], next_cursor=cursor, **paging.totals(counted))


def assigned_to(caller: Caller) -> str | None:
    """The name by which a list finds the caller's gates; None finds all."""
    everybody = caller.open_mode and approving_names(["user:"], caller)
    return None if everybody else user_name(caller)


def shown_environment(asked: str | None, run_id: UUID | None) -> str | None:
    """The one environment that a list shows; None is all of them. A run is in one anyway."""
    chosen = asked or ("*" if run_id else DEFAULT_ENVIRONMENT)
    return None if chosen == "*" else chosen


async def read_gate(held: Resources, gate_id: UUID, caller: Caller) -> Any:
    """A gate's row, or that there is none."""
    row = await store.read_gate(held.pool, caller.project, gate_id)
    if row is None:
        raise NotFound("There is no such gate.")
    return row


async def decide(held: Resources, gate_id: UUID, order: Decide, caller: Caller) -> Decided:
    """Record a decision and wait a moment for the workflow to take it. The same one again is no other."""
    row = await read_gate(held, gate_id, caller)
    names = refuse_strangers(row, caller)
    form = checked_form(row, order)
    vote = NewVote(
        id=vote_id(gate_id, order, caller),
        project=caller.project,
        gate_id=gate_id,
        decision=order.decision,
        form=form,
        comment=order.comment,
        by=caller.actor.json(),
        groups=groups_of(names),
        at=now(),
        files=files_in(form),
    )
    if await store.insert_vote(held.pool, vote):
        held.deliveries.vote(row["run_id"], vote.id)
    else:
        row = await read_gate(held, gate_id, caller)
        if not any(each["id"] == str(vote.id) for each in row["votes"]):
            raise closed(row, caller)
    return await settle(held, row, vote.id, caller)


def refuse_strangers(row: Any, caller: Caller) -> list[str]:
    """The gate's names that the caller answers to; nobody else may decide."""
    names = approving_names(row["approvers"], caller)
    if not names:
        raise Refusal("not_an_approver", f"This gate is for {', '.join(row['approvers'])}.")
    if approves_own(row["started_by"]["id"], caller, allowed=row["allow_self_approval"]):
        raise Refusal("self_approval", "You started this run; somebody else has to decide.")
    return names


def checked_form(row: Any, order: Decide) -> Any:
    """The form's answer, once outcome and form are what the gate takes. A rejection may leave the form out, and
    so may who lets an agent's call be made with the arguments that it has.
    """
    if order.decision not in row["outcomes"]:
        message = f"This gate takes {', '.join(row['outcomes'])}."
        problem = Problem("unknown_outcome", message, ("decision",))
        raise Invalid(message, problems=[problem])
    schema = row["form_schema"]
    if schema is None:
        if order.form is not None:
            raise Invalid("This gate has no form.", code="form_invalid")
        return None
    if order.form is None and (order.decision == "rejected" or row["kind"] == "tool_approval"):
        return None
    form = {} if order.form is None else order.form
    refuse_unstorable(form)
    if violations := compiled(schema).violations(form):
        problems = [Problem("form_invalid", each.message, ("form", *each.path)) for each in violations]
        raise Invalid(f"The form does not match: {violations[0]}.", code="form_invalid", problems=problems)
    return form


def refuse_unstorable(form: Any) -> None:
    """Refuse a number that no store takes."""
    try:
        orjson.dumps(form)
    except TypeError:
        message = "The form has an integer of more than 64 bits; send it as text."
        raise Invalid(message, code="form_invalid") from None


def vote_id(gate_id: UUID, order: Decide, caller: Caller) -> UUID:
    """The same for the identical vote of the same person."""
    body = canonical(order.model_dump(mode="json"))
    return uuid5(gate_id, f"{caller.actor.type}:{caller.actor.id}\n{body}")


async def settle(held: Resources, row: Any, vote: UUID, caller: Caller) -> Decided:
    """The gate once the workflow has taken or refused the vote; unsettled when that takes too long."""
    last: dict[str, Any] = {"status": "recorded", "reason": None}

    async def is_settled() -> bool:
        found = await store.read_vote(held.pool, vote)
        last.update(dict(found) if found else {"status": "refused", "reason": "gate_closed"})
        return last["status"] != "recorded"

    settled = await wait_for(held, row["run_id"], is_settled, SETTLE_SECONDS)
    row = await read_gate(held, row["id"], caller)
    if last["status"] == "refused":
        raise refused(row, caller, last["reason"])
    return Decided(gate_of(row, caller), settled)


def refused(row: Any, caller: Caller, reason: str | None) -> Exception:
    """Why the workflow did not take a vote."""
    if row["status"] != "open":
        return closed(row, caller)
    message = {"already_voted": "You have decided otherwise here before."}.get(
        reason or "", f"The decision was refused: {reason}."
    )
    return Conflict(message, code="gate_conflict", gate=gate_of(row, caller).model_dump(mode="json"))


def closed(row: Any, caller: Caller) -> Exception:
    """The gate takes no more decisions; the answer has the gate, who decided and when."""
    gate = gate_of(row, caller).model_dump(mode="json")
    if row["status"] in UNDECIDED:
        return Gone(f"The gate is {row['status']}.", code="gate_closed", gate=gate)
    return Conflict(f"The gate was decided: {row['status']}.", code="gate_conflict", gate=gate)
