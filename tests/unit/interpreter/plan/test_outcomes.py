"""Edges against the outcomes of their sources."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from tests.support.documents import a_node
from tests.unit.interpreter.plan.checking import asks, compiled, gate, problems, the_problem


def test_an_edge_after_a_condition_says_its_case():
    problem = the_problem("ask -> b; ask -[yes]-> c; ask -[no]-> d", nodes={"ask": asks("yes", default="no")})
    assert (problem.code, problem.dotted) == ("missing_on", "edges[0].on")
    assert "yes and no" in (problem.fix or "")


def test_an_edge_after_a_gate_says_its_outcome():
    assert the_problem("g -> b", nodes={"g": gate()}).code == "missing_on"


def test_an_edge_into_an_always_node_need_not_say_an_outcome():
    assert problems("g -> b", nodes={"g": gate(), "b": {"join": {"mode": "always"}}}) == []


def test_an_outcome_that_the_node_does_not_have_names_the_one_that_was_meant():
    problem = the_problem("g -[aproved]-> b", nodes={"g": gate()})
    assert (problem.code, problem.dotted, problem.fix) == ("unknown_outcome", "edges[0].on", "Did you mean `approved`?")


def test_an_outcome_is_named_by_its_place_in_a_list():
    assert problems("a -[success, good]-> b") == [("unknown_outcome", "edges[0].on[1]")]


def test_every_node_has_the_outcomes_of_every_node():
    document = "a -[error]-> b; a -[timeout]-> c; a -[skipped, success]-> d; a -[ended]-> e"
    assert problems(document, nodes={"a": {"when": "input.x == 1"}}) == []


def test_each_case_needs_an_edge():
    problem = the_problem("ask -[yes]-> b", nodes={"ask": asks("yes", default="no")})
    assert problem.code == "case_without_edge"
    assert "`no`" in problem.message


def test_each_outcome_of_a_gates_own_needs_an_edge():
    problem = the_problem("g -[approved]-> b", nodes={"g": gate(outcomes=["redo"])})
    assert (problem.code, problem.dotted) == ("outcome_without_edge", "nodes[0].with.outcomes")


def test_a_gate_in_a_chain_has_no_outcomes_of_its_own():
    found = compiled(chain=[{"id": "ask", **gate(outcomes=["later"])}, a_node("b")]).problems
    assert [(one.code, one.dotted, one.fix) for one in found] == [
        ("outcome_without_edge", "chain[0].with.outcomes", "Write `nodes` and `edges` in place of `chain`.")
    ]


def test_a_condition_has_no_place_in_a_chain():
    found = problems(chain=[a_node("a"), {"id": "ask", **asks("yes", default="no")}, a_node("c")])
    assert found == [("condition_in_chain", "chain[1]")]


def test_nothing_follows_an_end():
    problem = the_problem("a -> e -> b", nodes={"e": {"type": "end"}})
    assert (problem.code, problem.dotted) == ("edge_after_end", "edges[1]")


@pytest.mark.parametrize("on", ["error", "skipped"])
def test_an_end_that_did_not_happen_may_be_followed(on: str):
    nodes = {"e": {"type": "end", "when": "input.x > 1", "with": {"output": "{{ input.x }}"}}}
    assert problems(f"a -> e -[{on}]-> b", nodes=nodes) == []


def test_what_always_runs_may_follow_an_end():
    assert problems("a -> e -> b", nodes={"e": {"type": "end"}, "b": {"join": {"mode": "always"}}}) == []
