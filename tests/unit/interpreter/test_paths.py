"""Paths come from rows and from signals: each names one instance of a node, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.messages import RegionOpened, Result, RunStarted
from interpreter.paths import id_at, locate, may_begin, region_at
from interpreter.plan.model import Plan
from interpreter.rules import decide
from interpreter.state import RunState
from tests.support.documents import a_node, a_plan

DRAFT, SIGN_OFF = a_node("draft"), a_node("sign_off", type="human_gate")
REFINE = {
    "id": "refine",
    "type": "loop",
    "with": {"until": "true", "max_iterations": 3, "chain": [DRAFT, SIGN_OFF], "output": 1},
}
EACH = {"type": "map", "with": {"items": "[1, 2, 3]", "nodes": [REFINE, a_node("other")], "edges": []}}


def a_run() -> tuple[Plan, RunState]:
    """A map of three items, in the second of which a loop is in its first lap."""
    plan = a_plan("each -> last", nodes={"each": EACH})
    run = RunState.begin(plan, run={"id": "r1"}, env={})
    decide(plan, run, RunStarted(Result()))
    decide(plan, run, RegionOpened(plan.index_of["each"], 1, 3))
    inside = run.repeats[plan.index_of["each"]].instances[1]
    decide(plan, run, RegionOpened(plan.region(1).index_of["refine"], 1, 1, scope=inside))
    return plan, run


AGENT = {"type": "agent_call", "with": {"agent": "researcher", "task": "Find it."}}


def test_in_an_agent_a_path_leads_to_what_is_open_there_and_to_nothing_else() -> None:
    plan = a_plan("research -> last", nodes={"research": AGENT})
    run = RunState.begin(plan, run={"id": "r1"}, env={})
    decide(plan, run, RunStarted(Result()))
    assert locate(plan, run, "research.turn~1") is None
    decide(plan, run, RegionOpened(plan.index_of["research"], 1, 3))
    scope, node = locate(plan, run, "research.turn~1") or (0, 0)
    assert plan.region(run.scope(scope).region).nodes[node].step == "turn"
    for path in ("research.turn~2", "research.turn~1.search~1", "research.x", "research~1", "research.turn~1.turn"):
        assert locate(plan, run, path) is None
        assert region_at(plan, path) is None
    assert [id_at(plan, path) for path in ("research.turn~1.a~1.approval", "each.3.last")] == ["research", "last"]


def at(plan: Plan, run: RunState, path: str) -> str | None:
    """The path that stands where this one leads."""
    found = locate(plan, run, path)
    if found is None:
        return None
    scope = run.scope(found[0])
    return scope.path_of(plan.region(scope.region).nodes[found[1]].id)


@pytest.mark.parametrize("path", ["each", "last", "each.0.other", "each.1.refine", "each.1.refine~1.sign_off"])
def test_a_path_leads_to_the_instance_that_has_it(path: str) -> None:
    assert at(*a_run(), path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nobody",
        "each.1",
        "each.3.other",
        "each.x.other",
        "each.1.nobody",
        "each~1.other",
        "last.0.other",
        "each.1.refine~1",
        "each.1.refine~2.draft",
        "each.1.refine.1.draft",
        "each.0.refine~1.draft",
        "last~undo",
    ],
)
def test_a_path_of_nothing_that_is_open_leads_nowhere(path: str) -> None:
    assert at(*a_run(), path) is None


@given(st.text(alphabet="each.refin~01²٣ \x00", max_size=30))
def test_whatever_stands_in_a_path_is_no_error(path: str) -> None:
    locate(*a_run(), path)


def test_what_stands_in_an_item_or_a_lap_that_is_open_is_not_ahead() -> None:
    plan, run = a_run()
    for path in ("each", "each.1.refine", "each.1.refine~1.draft", "each.7", "each.x.other", "nothing"):
        assert may_begin(plan, run, path) is None
    ahead = may_begin(plan, run, "each.1.refine~2.draft")
    assert ahead is not None
    assert ahead.id == "draft"


def test_an_item_or_a_lap_is_an_instance_of_its_body_whether_or_not_it_has_begun() -> None:
    plan, _ = a_run()
    each, refine = (plan.region(1), plan.region(2))
    known = {"": plan, "each.7": each, "each.7.refine~3": refine}
    for path, region in known.items():
        assert region_at(plan, path) is region
    for path in ("each", "each.x", "each~1", "each.1.refine.1", "last.1", "nothing.1", "each.1.other~1"):
        assert region_at(plan, path) is None
