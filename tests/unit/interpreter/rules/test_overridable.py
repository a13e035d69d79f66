"""What may be done by hand, cell by cell: action by status by kind of behaviour."""

from typing import get_args

import pytest

from interpreter.catalogue import Behaviour
from interpreter.rules.overridable import OfOne, objection
from interpreter.state import FINAL_NODE, NodeStatus

ALL, SOME, SKIP = ("retry", "succeed", "skip"), ("succeed", "skip"), ("skip",)
GIVING = ("activity", "transform", "join", "map", "loop", "subworkflow", "agent", "event", "wait")
"""What has an output that somebody else could give."""

CELLS: dict[tuple[str, str], tuple[str, ...]] = {
    **{(behaviour, "held"): ALL for behaviour in get_args(Behaviour)},
    ("activity", "retrying"): ALL,
    ("gate", "waiting"): SKIP,
    ("wait", "waiting"): SOME,
    ("event", "waiting"): SOME,
    ("subworkflow", "running"): SOME,
    **{(behaviour, "pending"): SOME for behaviour in GIVING},
    **{(behaviour, "pending"): SKIP for behaviour in ("gate", "condition", "end")},
}
"""Everything else is refused."""


@pytest.mark.parametrize("action", get_args(OfOne))
@pytest.mark.parametrize("status", list(NodeStatus))
@pytest.mark.parametrize("behaviour", get_args(Behaviour))
def test_each_cell_of_the_table_is_as_it_is_written(behaviour: Behaviour, status: NodeStatus, action: OfOne) -> None:
    if status is NodeStatus.WAITING and behaviour not in {"gate", "wait", "event"}:
        pytest.skip("nothing else waits")
    refusal = objection(behaviour, status, action)
    assert (refusal is None) == (action in CELLS.get((behaviour, status), ()))
    assert refusal is None or refusal.endswith(".")


@pytest.mark.parametrize("status", sorted(FINAL_NODE))
def test_what_has_ended_is_mended_by_a_rerun(status: NodeStatus) -> None:
    assert "rerun" in str(objection("activity", status, "retry"))


def test_parameters_may_be_given_before_the_first_try() -> None:
    assert objection("activity", NodeStatus.PENDING, "retry", given=True) is None


@pytest.mark.parametrize("behaviour", get_args(Behaviour))
@pytest.mark.parametrize("status", NodeStatus)
def test_only_a_map_that_is_held_has_its_items_tried_again(behaviour: Behaviour, status: NodeStatus) -> None:
    allowed = behaviour == "map" and status is NodeStatus.HELD
    assert (objection(behaviour, status, "retry_items") is None) == allowed
