"""Joins that can never fire, and fields that a mode does not have."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from tests.unit.interpreter.plan.checking import asks, problems, the_problem


def join(**said):
    return {"join": said}


def test_a_quorum_needs_its_number():
    assert the_problem("(a, b) -> c", nodes={"c": join(mode="quorum")}).code == "missing_field"


def test_only_a_quorum_has_a_number():
    assert problems("(a, b) -> c", nodes={"c": join(mode="all", n=2)}) == [("unknown_field", "nodes[2].join.n")]


def test_a_number_above_the_in_edges_is_a_problem():
    assert problems("(a, b) -> c", nodes={"c": join(mode="quorum", n=3)}) == [("join_never_fires", "nodes[2].join.n")]


def test_only_a_race_cancels_the_rest():
    found = problems("(a, b) -> c", nodes={"c": join(mode="all", cancel_rest=True)})
    assert found == [("unknown_field", "nodes[2].join.cancel_rest")]
    assert problems("(a, b) -> c", nodes={"c": join(mode="any", cancel_rest=True)}) == []


def test_a_join_without_in_edges_never_fires():
    assert problems("a -> b", nodes={"a": join(mode="all")}) == [("join_never_fires", "nodes[0].join")]


def test_all_failed_joins_error_edges():
    found = problems("a -[success]-> c; b -> c", nodes={"c": join(mode="all_failed")})
    assert ("join_never_fires", "edges[0].on") in found
    assert ("join_never_fires", "edges[1].on") not in found


def test_branches_that_exclude_each_other_are_never_all_taken():
    problem = the_problem(
        "ask -[yes]-> a -> c; ask -[no]-> b -> c", nodes={"ask": asks("yes", default="no"), "c": join(mode="all")}
    )
    assert (problem.code, problem.dotted) == ("join_never_fires", "nodes[2].join")


def test_branches_that_exclude_each_other_never_reach_a_quorum_of_two():
    nodes = {"ask": asks("yes", default="no"), "c": join(mode="quorum", n=2)}
    assert the_problem("ask -[yes]-> a -> c; ask -[no]-> b -> c", nodes=nodes).code == "join_never_fires"
