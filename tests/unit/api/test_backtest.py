"""What a backtest says of one recorded run: its results are given, the candidate is another document."""

from typing import Any

import pytest

from api.backtest.judge import Recorded, judged
from interpreter.plan.model import Plan
from tests.support.documents import a_plan

RECORDED = [
    Recorded("a", "completed", "success"),
    Recorded("route", "completed", "big"),
    Recorded("c", "skipped", None),
    Recorded("b", "completed", "success"),
    Recorded("b~undo", "completed", "success"),
]


def a_case(**changes: Any) -> dict[str, Any]:
    mocks = {"a": [{"output": 7, "after": 1}], "b": [{"output": 1, "after": 1}]}
    return {"name": "a run", "input": {}, "mocks": mocks, **changes}


def candidate(when: str = "nodes.a.output > 5", behind: str = "", **nodes: Any) -> Plan:
    route = {"type": "condition", "with": {"cases": [{"name": "big", "when": when}], "default": "small"}}
    graph = f"a -> route -[big]-> b{behind}; route -[small]-> c"
    return a_plan(graph, nodes={"route": route, **nodes})


def said(plan: Plan, status: str = "completed", **changes: Any) -> tuple[str, str | None, str | None]:
    found = judged(plan, a_case(**changes), status, RECORDED)
    return found.verdict, found.path, found.because


def test_a_candidate_that_decides_alike_takes_the_same_path() -> None:
    assert said(candidate()) == ("same_path", None, None)


def test_another_decision_is_named_with_what_was() -> None:
    assert said(
        candidate("nodes.a.output > 5 && nodes.a.output < 3"), mocks={"a": [{"output": 7}], "c": [{"output": 1}]}
    ) == (
        "other_path",
        "route",
        "route ended as big in the run and ended as small here",
    )


def test_a_node_that_is_new_and_does_not_run_changes_no_path() -> None:
    assert said(candidate(behind=" -> d", d={"when": "false"}))[0] == "same_path"


def test_a_node_that_is_new_and_runs_by_itself_is_another_path() -> None:
    d = {"type": "transform", "with": {"value": 1}}
    assert said(candidate(behind=" -> d", d=d)) == ("other_path", "d", "d did not run in the run and completed here")


def test_a_node_without_a_recorded_result_makes_the_end_unknown() -> None:
    assert said(candidate(behind=" -> d")) == (
        "unknown",
        "d",
        "d did not work in the run, so its result is not known",
    )


def test_a_new_gate_is_unknown_for_nobody_was_asked() -> None:
    gate = {"type": "human_gate", "with": {"title": "T", "approvers": ["group:x"]}}
    assert said(candidate(behind=" -> g", g=gate)) == ("unknown", "g", "nobody was asked at g in the run")


def test_an_answer_that_does_not_decide_any_more_waits_for_ever() -> None:
    gate = {"type": "human_gate", "with": {"title": "T", "approvers": ["group:x"], "quorum": 2}}
    answers = {"g": [{"decision": "approved", "by": "ana"}]}
    assert said(candidate(behind=" -> g", g=gate), gates=answers) == ("waits", "g", "it would wait for ever at g")


def test_a_run_that_would_fail_says_where_and_why() -> None:
    verdict, path, because = said(candidate("nodes.a.output.x > 5"))
    assert (verdict, path) == ("fails", "route")
    assert because


def test_what_failed_before_and_fails_alike_is_the_same_path() -> None:
    recorded = [Recorded("a", "failed", "error")]
    mocks = {"a": [{"error": {"type": "Broken", "message": "it broke", "retryable": False}}]}
    assert judged(a_plan("a"), a_case(mocks=mocks), "failed", recorded).verdict == "same_path"


@pytest.mark.parametrize(
    ("top", "verdict"),
    [
        ({"input": {"type": "object", "required": ["n"]}}, "fails"),
        ({"env": {"NEW": {}}}, "unknown"),
        ({"env": {"NEW": {"default": 1, "type": "integer"}}}, "same_path"),
    ],
)
def test_a_candidate_that_asks_for_more_than_the_run_was_given(top: dict[str, Any], verdict: str) -> None:
    recorded = [Recorded("a", "completed", "success")]
    assert judged(a_plan("a", **top), a_case(), "completed", recorded).verdict == verdict
