"""Gates, conditions and waits beyond the types of their parameters."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from tests.unit.interpreter.plan.checking import asks, gate, problems, the_problem


@pytest.mark.parametrize("approvers", [None, [], ""])
def test_a_gate_without_approvers_is_a_problem(approvers):
    problem = the_problem("g", nodes={"g": gate(approvers=approvers)})
    assert (problem.code, problem.dotted) == ("gate_without_approvers", "nodes[0].with.approvers")


@pytest.mark.parametrize("approver", ["ann", "user:", 5])
def test_an_approver_says_what_it_is(approver):
    assert problems("g", nodes={"g": gate(approvers=["user:bo", approver])}) == [
        ("wrong_parameter", "nodes[0].with.approvers[1]")
    ]


@pytest.mark.parametrize("approvers", ["group:legal", "{{ input.approvers }}", ["user:ann", "role:{{ input.role }}"]])
def test_approvers_are_one_or_several_or_computed(approvers):
    assert problems("g", nodes={"g": gate(approvers=approvers)}) == []


@pytest.mark.parametrize("quorum", [0, "two", True, {}, {"group:legal": 0}])
def test_a_quorum_is_a_number_of_votes(quorum):
    assert problems("g", nodes={"g": gate(quorum=quorum)}) == [("wrong_parameter", "nodes[0].with.quorum")]


def test_a_quorum_may_be_one_for_each_group():
    assert problems("g", nodes={"g": gate(quorum={"group:legal": 2})}) == []


def test_a_quorum_above_the_number_of_voters_is_a_problem():
    assert problems("g", nodes={"g": gate(approvers=["user:ann"], quorum=2)}) == [
        ("quorum_too_high", "nodes[0].with.quorum")
    ]
    assert problems("g", nodes={"g": gate(approvers=["user:ann", "user:bo"], quorum=2)}) == []


@pytest.mark.parametrize("name", ["approved", "error", "Later", 5])
def test_an_outcome_of_a_gates_own_has_a_name_of_its_own(name):
    assert ("invalid_outcome", "nodes[0].with.outcomes") in problems("g", nodes={"g": gate(outcomes=[name])})


def test_an_outcome_stands_once():
    nodes = {"g": gate(outcomes=["redo", "redo"])}
    assert problems("g -[redo]-> a", nodes=nodes) == [("duplicate_outcome", "nodes[0].with.outcomes[1]")]


def test_a_form_is_an_object():
    assert problems("g", nodes={"g": gate(form={"type": "string"})}) == [("wrong_parameter", "nodes[0].with.form.type")]
    assert problems("g", nodes={"g": gate(form={"properties": []})}) == [
        ("invalid_schema", "nodes[0].with.form.properties")
    ]


def test_a_form_requires_only_fields_that_it_has():
    form = {"type": "object", "required": ["noet"], "properties": {"note": {"type": "string"}}}
    problem = the_problem("g", nodes={"g": gate(form=form)})
    assert (problem.code, problem.fix) == ("unknown_field", "Did you mean `note`?")


def test_a_condition_has_cases():
    found = problems("c -[x]-> a", nodes={"c": {"type": "condition", "with": {"cases": [], "default": "x"}}})
    assert found == [("missing_parameter", "nodes[0].with.cases")]


@pytest.mark.parametrize("case", [{"name": "x"}, {"when": "true"}, 5])
def test_a_case_has_a_name_and_a_guard(case):
    nodes = {"c": {"type": "condition", "with": {"cases": [{"name": "y", "when": "input.y"}, case], "default": "z"}}}
    assert ("wrong_parameter", "nodes[0].with.cases[1]") in problems("c -[y]-> a; c -[z]-> b", nodes=nodes)


def test_a_case_has_nothing_else():
    cases = [{"name": "y", "when": "input.y", "wen": 1}]
    nodes = {"c": {"type": "condition", "with": {"cases": cases, "default": "z"}}}
    assert problems("c -[y]-> a; c -[z]-> b", nodes=nodes) == [("unknown_field", "nodes[0].with.cases[0].wen")]


def test_a_condition_has_no_outcome_that_every_node_has():
    found = problems("c -[yes]-> a; c -[error]-> b", nodes={"c": asks("yes", default="error")})
    assert ("invalid_outcome", "nodes[0].with.default") in found


def test_cases_that_are_no_list_are_a_wrong_parameter():
    assert ("wrong_parameter", "nodes[0].with.cases") in problems(
        "c", nodes={"c": {"type": "condition", "with": {"cases": 5}}}
    )


def test_a_wait_has_a_duration_or_a_time():
    assert problems("w", nodes={"w": {"type": "wait", "with": {}}}) == [("missing_parameter", "nodes[0].with")]
    both = {"type": "wait", "with": {"for": "1s", "at": "2026-01-01T00:00:00Z"}}
    assert problems("w", nodes={"w": both}) == [("wrong_parameter", "nodes[0].with")]
    assert problems("w", nodes={"w": {"type": "wait", "with": {"at": "{{ input.at }}"}}}) == []


@pytest.mark.parametrize(
    ("name", "value"), [("for", "soon"), ("for", -1), ("at", "2026-01-31T09:00:00"), ("at", "tomorrow"), ("at", 5)]
)
def test_a_wait_for_what_is_no_time_is_a_problem(name, value):
    problem = the_problem("w", nodes={"w": {"type": "wait", "with": {name: value}}})
    assert (problem.code, problem.dotted) == ("wrong_parameter", f"nodes[0].with.{name}")


@pytest.mark.parametrize(("name", "value"), [("for", 0), ("for", "1.5h"), ("at", "2026-01-31T09:00:00+02:00")])
def test_a_wait_takes_any_duration_and_any_time_with_its_offset(name, value):
    assert problems("w", nodes={"w": {"type": "wait", "with": {name: value}}}) == []
