"""Problems of a node against its type, its parameters and its tool."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from tests.unit.interpreter.plan.checking import calls, gate, problems, the_problem, transform


def test_an_unknown_type_names_the_one_that_was_meant():
    problem = the_problem("a", nodes={"a": {"type": "htp_request"}})
    assert (problem.code, problem.dotted, problem.node) == ("unknown_type", "nodes[0].type", "a")
    assert problem.fix == "Did you mean `http_request`?"


def test_a_workflow_is_no_tool_of_a_node_but_has_a_node_of_its_own():
    problem = the_problem("a", nodes={"a": {"with": {"tool": "workflow:greet"}}})
    assert (problem.code, problem.dotted) == ("unknown_tool", "nodes[0].with.tool")
    assert problem.fix == "Write `type: subworkflow` and `with: {workflow: greet}`."


def test_an_unknown_tool_names_the_one_that_was_meant():
    problem = the_problem("a", nodes={"a": {"with": {"tool": "wrok"}}})
    assert (problem.code, problem.dotted, problem.fix) == ("unknown_tool", "nodes[0].with.tool", "Did you mean `work`?")


@pytest.mark.parametrize("field", [{"timeout": 1}, {"retry": {"max_attempts": 2}}, {"accept": "true"}, {"deadline": 3}])
def test_a_field_that_the_type_does_not_take_is_a_problem(field):
    problem = the_problem("t", nodes={"t": {**transform(1), **field}})
    assert (problem.code, problem.dotted) == ("unknown_field", f"nodes[0].{next(iter(field))}")


def test_a_type_that_takes_no_fields_says_so():
    assert the_problem("w", nodes={"w": {"type": "wait", "timeout": 1}}).fix == "Take it out."


def test_a_parameter_that_is_missing_is_a_problem():
    assert problems("a", nodes={"a": {"type": "http_request", "with": {}}}) == [("missing_parameter", "nodes[0].with")]


def test_an_unknown_parameter_names_the_one_that_was_meant():
    problem = the_problem("a", nodes={"a": {"with": {"tool": "work", "arg": {}}}})
    assert (problem.code, problem.dotted, problem.fix) == (
        "unknown_parameter",
        "nodes[0].with.arg",
        "Did you mean `args`?",
    )


def test_a_type_without_parameters_takes_none():
    assert the_problem("p -> a", nodes={"p": {"type": "parallel", "with": {"x": 1}}}).fix == "It has none: take it out."


@pytest.mark.parametrize(
    "said",
    [
        {"type": "http_request", "with": {"url": 5}},
        {"type": "http_request", "with": {"url": "https://example.org", "headers": []}},
        {"type": "http_request", "with": {"url": "https://example.org", "expect_status": "2{{ 1 }}"}},
        {"type": "end", "with": {"status": "done"}},
        {"type": "end", "with": {"cancel_rest": "yes"}},
        gate(remind_after="soon"),
        gate(reject="sometimes"),
    ],
)
def test_a_parameter_of_another_type_is_a_problem(said):
    (code, _), *_ = problems("a", nodes={"a": said})
    assert code == "wrong_parameter"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "http_request", "with": {"url": "{{ input.url }}", "headers": "{{ input.headers }}"}},
        {
            "type": "http_request",
            "with": {"url": "https://{{ input.host }}/", "json": [1, "{{ input.x }}"], "body": None},
        },
        {"type": "end", "with": {"status": "failed", "message": "No {{ input.x }}"}},
        gate(
            remind_after="2h", reject="majority", form={"type": "object", "properties": {"x": {"default": "{{ x }}"}}}
        ),
    ],
)
def test_a_parameter_may_hold_a_template_where_the_type_allows_one(said):
    assert problems("a", nodes={"a": said}) == []


@pytest.mark.parametrize(
    ("args", "code", "place"),
    [
        ({}, "missing_argument", "nodes[0].with.args"),
        ({"text": 5}, "wrong_type", "nodes[0].with.args.text"),
        ({"text": "x", "limt": 3}, "unknown_argument", "nodes[0].with.args.limt"),
        ({"text": "x", "limit": "many"}, "wrong_type", "nodes[0].with.args.limit"),
    ],
)
def test_arguments_are_checked_against_the_tools_schema(args, code, place):
    problem = the_problem("a", nodes={"a": {"with": {"tool": "score", "args": args}}})
    assert (problem.code, problem.dotted) == (code, place)
    assert problem.message.startswith("`score`: ")


def test_arguments_that_are_templates_may_become_anything():
    assert (
        problems("a", nodes={"a": {"with": {"tool": "score", "args": {"text": "{{ input.t }}", "limit": "{{ 3 }}"}}}})
        == []
    )
    assert problems("a", nodes={"a": {"with": {"tool": "score", "args": "{{ input.args }}"}}}) == []


def test_the_type_that_undoes_a_node_is_checked_like_the_node():
    assert problems("a", nodes={"a": {"compensate": {"type": "undo"}}}) == [
        ("unknown_type", "nodes[0].compensate.type")
    ]
    assert problems("a", nodes={"a": {"compensate": {"type": "wait"}}}) == [("wrong_value", "nodes[0].compensate.type")]
    found = problems("a", nodes={"a": {"compensate": {"type": "tool_call", "with": {"tool": "undo"}}}})
    assert found == [("unknown_tool", "nodes[0].compensate.with.tool")]


def test_a_tool_that_is_not_named_by_text_is_a_wrong_parameter():
    assert problems("a", nodes={"a": {"with": {"tool": 5}}}) == [("wrong_parameter", "nodes[0].with.tool")]


def test_a_node_that_is_right_has_no_problem():
    assert problems("a", nodes={"a": {**calls(x=1), "timeout": "5s", "accept": "output.ok == true"}}) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "missing_parameter"),
        ({"prompt": None}, "missing_parameter"),
        ({"prompt": "a", "messages": []}, "wrong_parameter"),
    ],
)
def test_of_parameters_that_stand_for_each_other_there_is_one(said, code):
    problem = the_problem("a", nodes={"a": {"type": "llm", "with": {"model": "local:demo", **said}}})
    assert (problem.code, problem.dotted) == (code, "nodes[0].with")
    assert "`prompt` or `messages`" in problem.message
