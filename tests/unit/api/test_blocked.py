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


def test_an_agent_of_which_all_calls_wait_for_approval_is_blocked() -> None:
    agent = {"type": "agent_call", "with": {"agent": "researcher", "task": "Find it."}}
    plan = a_plan("research", nodes={"research": agent})
    called, inside = "research.turn~1.writer~1", "research.turn~1.writer~1.turn~1.pay~1.approval"
    rows = [("research", "running", "agent_call"), ("research.turn~1", "completed", "agent_turn")]
    rows += [(called, "running", "agent_call"), (inside, "waiting", "human_gate")]

    def is_it(*more: tuple[str, str, str]) -> bool:
        found = [{"path": path, "items": None, "status": status, "type": kind} for path, status, kind in (*rows, *more)]
        return is_blocked(plan, found)

    assert is_it()
    assert not is_it(("research.turn~1.work~1", "running", "agent_tool"))
    assert not is_it((inside, "completed", "human_gate"))


def test_a_timer_moves_a_run_by_itself() -> None:
    plan = a_plan("a -> pause -> b", nodes={"pause": {"type": "wait", "with": {"for": 5}}})
    assert not blocked(plan, a="completed", pause="waiting")


def test_a_fork_without_a_row_is_over_when_what_leads_into_it_is() -> None:
    plan = a_plan("a -> fork -> (gate, b); gate -[approved]-> c", nodes={"gate": GATE, "fork": {"type": "parallel"}})
    assert not blocked(plan, a="completed", gate="waiting")
    assert blocked(plan, a="completed", gate="waiting", b="completed")
