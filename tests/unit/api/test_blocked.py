"""When only people can move a run."""

from typing import Any

from api.runs.blocked import is_blocked
from interpreter.plan.model import Plan
from tests.support.documents import a_plan

GATE = {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}


def blocked(plan: Plan, **statuses: str) -> bool:
    rows: list[dict[str, Any]] = [
        {"path": node, "node": node, "items": None, "status": status, "type": plan.nodes[plan.index_of[node]].kind.name}
        for node, status in statuses.items()
    ]
    return is_blocked(plan, rows)


def test_a_run_that_waits_for_people_alone_is_blocked() -> None:
    plan = a_plan("a -> gate -[approved]-> b", nodes={"gate": GATE})
    assert blocked(plan, a="completed", gate="waiting")


def test_a_run_that_has_not_begun_is_not_blocked() -> None:
    assert not blocked(a_plan("a -> gate -[approved]-> b", nodes={"gate": GATE}))


def test_a_run_of_which_another_branch_goes_on_is_not_blocked() -> None:
    plan = a_plan("a -> (gate, b); gate -[approved]-> c", nodes={"gate": GATE})
    assert not blocked(plan, a="completed", gate="waiting", b="running")
    assert not blocked(plan, a="completed", gate="waiting", b="retrying")


def test_a_node_whose_row_is_still_to_be_written_is_not_forgotten() -> None:
    plan = a_plan("a -> (gate, b); gate -[approved]-> c", nodes={"gate": GATE})
    assert not blocked(plan, a="completed", gate="waiting")
    assert blocked(plan, a="completed", gate="waiting", b="completed")


def test_a_held_node_needs_a_person_too() -> None:
    assert blocked(a_plan("a -> b"), a="held")


def test_a_timer_moves_a_run_by_itself() -> None:
    plan = a_plan("a -> pause -> b", nodes={"pause": {"type": "wait", "with": {"for": 5}}})
    assert not blocked(plan, a="completed", pause="waiting")


def test_a_fork_without_a_row_is_over_when_what_leads_into_it_is() -> None:
    plan = a_plan("a -> fork -> (gate, b); gate -[approved]-> c", nodes={"gate": GATE, "fork": {"type": "parallel"}})
    assert not blocked(plan, a="completed", gate="waiting")
    assert blocked(plan, a="completed", gate="waiting", b="completed")
