"""Whatever calls do, what was spent never passes the limit by more than those in flight took beyond their estimates."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.store.accounts import Account, Limits, post
from plait.store.changes import Amount, Entry, Over
from tests.support.runs import NOON, PROJECT

RUN = UUID(int=1)
CENT = Decimal("0.01")
STEPS = st.lists(
    st.tuples(st.sampled_from(["reserve", "settle", "release", "die", "again"]), st.integers(0, 9), st.integers(0, 40)),
    max_size=60,
)


def an_entry(number: int, cents: int | None, tokens: int = 0, status: str = "reserved") -> Entry:
    """A call that may come to so much."""
    amount = Amount(None if cents is None else cents * CENT, tokens)
    return Entry(uuid5(RUN, str(number)), PROJECT, RUN, "ask", 1, 1, status, "acme:one", amount, NOON)  # pyright: ignore[reportArgumentType]


@given(STEPS, st.integers(0, 100), st.integers(0, 100))
def test_no_order_of_reserving_settling_and_dying_passes_a_limit(
    steps: Sequence[tuple[str, int, int]], run_limit: int, project_limit: int
) -> None:
    run, project = Account(RUN, Limits(run_limit * CENT)), Account(None, Limits(project_limit * CENT))
    known: dict[UUID, Entry] = {}
    beyond = Decimal(0)
    for verb, number, cents in steps:
        entry = an_entry(number, cents)
        before = known.get(entry.id)
        match verb:
            case "reserve":
                wanted = entry
            case _ if before is None:
                continue
            case "settle":
                wanted = replace(entry, status="spent")
            case "release":
                wanted = replace(before, status="released", amount=Amount())
            case "die":
                wanted = replace(before, status="assumed")
            case _:
                wanted = before
        result = post(wanted, before, [run, project])
        if result == "posted":
            known[entry.id] = wanted
            if verb == "settle" and before is not None and before.status in ("reserved", "assumed"):
                beyond += max(wanted.amount.usd - before.amount.usd, Decimal(0))
        for account, limit in ((run, run_limit), (project, project_limit)):
            assert account.spent_usd + account.reserved_usd <= limit * CENT + beyond
    spent = sum((one.amount.usd for one in known.values() if one.status in ("spent", "assumed")), Decimal(0))
    reserved = sum((one.amount.usd for one in known.values() if one.status == "reserved"), Decimal(0))
    assert (run.spent_usd, run.reserved_usd) == (project.spent_usd, project.reserved_usd) == (spent, reserved)


def test_a_call_that_one_account_refuses_is_reserved_on_none() -> None:
    run, project = Account(RUN), Account(None, Limits(CENT))
    over = post(an_entry(1, 2), None, [run, project])
    assert isinstance(over, Over)
    assert (over.limit, over.amount, over.wanted, over.run_id) == ("cost_usd", "0.01", "0.02", None)
    assert (run.reserved_usd, project.reserved_usd) == (0, 0)


def test_tokens_are_a_limit_of_their_own() -> None:
    run = Account(RUN, Limits(tokens=100))
    assert post(an_entry(1, None, tokens=80), None, [run]) == "posted"
    over = post(an_entry(2, None, tokens=21), None, [run])
    assert isinstance(over, Over)
    assert (over.limit, over.amount, over.reserved, over.wanted) == ("tokens", "100", "80", "21")


@pytest.mark.parametrize(("limits", "refused"), [(Limits(CENT), True), (Limits(CENT, 1000), False), (Limits(), False)])
def test_a_model_without_a_known_price_wants_a_limit_of_tokens_beside_one_of_dollars(
    limits: Limits, *, refused: bool
) -> None:
    result = post(an_entry(1, None, tokens=5), None, [Account(RUN, limits)])
    assert (isinstance(result, Over) and result.limit == "price") is refused


def test_what_others_have_reserved_passes_and_what_was_spent_does_not() -> None:
    run = Account(RUN, Limits(10 * CENT))
    post(an_entry(1, 8), None, [run])
    over = post(an_entry(2, 3), None, [run])
    assert isinstance(over, Over)
    assert over.passes
    post(replace(an_entry(1, 8), status="spent"), an_entry(1, 8), [run])
    over = post(an_entry(2, 3), None, [run])
    assert isinstance(over, Over)
    assert not over.passes


def test_a_call_that_was_assumed_to_be_spent_is_set_right_by_who_comes_back() -> None:
    run, reserved = Account(RUN), an_entry(1, 8)
    assumed = replace(reserved, status="assumed")
    spent = replace(an_entry(1, 2), status="spent")
    for wanted, before in ((reserved, None), (assumed, reserved), (spent, assumed), (spent, spent)):
        post(wanted, before, [run])
    assert (run.spent_usd, run.reserved_usd) == (2 * CENT, 0)
