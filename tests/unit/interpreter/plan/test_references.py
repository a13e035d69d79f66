"""Names in expressions."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from interpreter.catalogue import Catalogue, Tool
from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE, a_document
from tests.unit.interpreter.plan.checking import calls, problems, the_problem, transform


def reading(expression, **top):
    return the_problem("a -> b", nodes={"b": calls(x=f"{{{{ {expression} }}}}")}, **top)


@pytest.mark.parametrize(
    ("expression", "code", "fix"),
    [
        ("nodes.aa.output", "unknown_reference", "Did you mean `a`?"),
        ("nodes.zebra.output", "unknown_reference", "Name a node of this document."),
        ("nodes.a.outputs", "unknown_name", "Did you mean `output`?"),
        ("nodes.a.rows", "unknown_name", "Did you mean `nodes.a.output.rows`?"),
        ("nodes", "bad_reference", "Write `nodes.<id>.output`."),
        ("secrets", "bad_reference", "Write `secrets.<NAME>`."),
        ("imput.x", "unknown_name", "Did you mean `input`?"),
        ("a.output", "unknown_name", "Did you mean `nodes.a.output`?"),
        ("limit", "unknown_name", "Did you mean `vars.limit`?"),
        ("item", "unknown_name", "Known are input, vars, env, run, nodes and arrived."),
        ("vars.limt", "unknown_name", "Did you mean `limit`?"),
        ("env.HOME", "unknown_name", "Declare it under `env`."),
        ("run.name", "unknown_name", "Known are id, started_at and environment."),
        ("output", "unknown_name", None),
        ("secrets.KEY", "secret_not_allowed", None),
        ("nodes.b.output", "not_upstream", "Read a node before it."),
        ("[1].map(input, input)", "shadowed_name", "Give the variable another name."),
    ],
)
def test_a_name_that_is_not_there_is_a_problem(expression, code, fix):
    problem = reading(expression, vars={"limit": 3})
    assert (problem.code, problem.dotted, problem.node) == (code, "nodes[1].with.args.x", "b")
    assert fix is None or problem.fix == fix


def test_a_node_beside_the_reader_is_not_upstream():
    problem = the_problem("a -> (b, c)", nodes={"c": calls(x="{{ nodes.b.output }}")})
    assert problem.code == "not_upstream"
    assert "`b` is not upstream of `c`" in problem.message


def test_a_node_behind_the_reader_is_not_upstream():
    assert the_problem("a -> b", nodes={"a": calls(x="{{ nodes.b.output }}")}).code == "not_upstream"


@pytest.mark.parametrize(
    "expression",
    [
        "input.x",
        "vars.limit",
        "env.DIR",
        "run.id",
        "arrived[0].id",
        "nodes.a.output",
        "nodes.a.status",
        "[1].map(x, x + 1)",
    ],
)
def test_a_name_that_is_there_is_none(expression):
    nodes = {"b": calls(x=f"{{{{ {expression} }}}}")}
    assert problems("a -> b", nodes=nodes, vars={"limit": 3}, env={"DIR": {}}) == []


def test_a_macros_variable_hides_nothing_outside_of_it():
    assert reading("[1].all(x, x == 1) && x").code == "unknown_name"
    assert problems("a -> b", nodes={"b": calls(x="{{ [1].map(x, x > 0, x + vars.l) }}")}, vars={"l": 1}) == []


def test_the_guard_of_an_edge_reads_its_source():
    edges = [{"from": "a", "to": "b", "when": "nodes.a.output.ok == true"}]
    assert problems("", nodes={"a": {}, "b": {}}, edges=edges) == []
    edges = [{"from": "a", "to": "b", "when": "nodes.b.output.ok == true"}]
    assert problems("", nodes={"a": {}, "b": {}}, edges=edges) == [("not_upstream", "edges[0].when")]


def test_accept_reads_the_output():
    assert problems("a", nodes={"a": {"accept": "output.ok == true"}}) == []


def test_where_the_workflow_decides_the_outputs_of_what_arrived_are_not_at_hand():
    problem = the_problem("a -> b", nodes={"b": {"when": "arrived[0].output.x == 1"}})
    assert (problem.code, problem.dotted) == ("arrived_output", "nodes[1].when")
    assert problems("a -> b", nodes={"b": {"when": "arrived[0].id == 'a'"}}) == []


def test_nor_are_they_where_a_macro_goes_through_what_arrived():
    problem = the_problem("a -> b", nodes={"b": {"when": "arrived.exists(e, e.output == 1)"}})
    assert (problem.code, problem.dotted) == ("arrived_output", "nodes[1].when")
    assert problems("a -> b", nodes={"b": {"when": "arrived.exists(e, e.id == 'a')"}}) == []
    assert problems("a -> b", nodes={"b": calls(value="{{ arrived.map(e, e.output) }}")}) == []


def test_a_secret_stands_where_the_type_allows_it():
    request = {
        "type": "http_request",
        "with": {"url": "https://example.org", "headers": {"key": "x {{ secrets.KEY }}"}},
    }
    assert problems("a", nodes={"a": request}) == []
    assert problems("a", nodes={"a": {**request, "with": {**request["with"], "method": "{{ secrets.KEY }}"}}}) == [
        ("secret_not_allowed", "nodes[0].with.method")
    ]


def test_a_secret_stands_in_an_argument_that_its_tool_marks():
    tool = Tool(name="sign", parameters={"type": "object", "properties": {"key": {"writeOnly": True}, "text": {}}})
    catalogue = Catalogue(node_types=CATALOGUE.node_types, tools={"sign": tool})
    document = a_document(
        "a", nodes={"a": {"with": {"tool": "sign", "args": {"key": "{{ secrets.K }}", "text": "{{ secrets.K }}"}}}}
    )
    (problem,) = compile_document(document, catalogue).problems
    assert (problem.code, problem.dotted) == ("secret_not_allowed", "nodes[0].with.args.text")


def test_the_output_and_what_starts_a_run_have_names_of_their_own():
    assert problems("a", output="{{ nodes.b.output }}") == [("unknown_reference", "output")]
    assert problems("a", output="{{ arrived }}") == [("unknown_name", "output")]
    assert (
        problems(
            "a",
            concurrency={"key": "input.x", "limit": 1},
            on_failure={"workflow": "w", "input": {"e": "{{ error.type }}"}},
        )
        == []
    )
    assert problems("a", concurrency={"key": "inptu.x", "limit": 1}) == [("unknown_name", "concurrency.key")]


def test_an_expression_that_does_not_parse_is_located():
    problem = the_problem("a -> b", nodes={"b": {"when": "nodes.a.output >"}})
    assert (problem.code, problem.dotted) == ("expression", "nodes[1].when")
    assert "character" in problem.message


def test_all_templates_that_do_not_parse_are_named():
    found = problems("a", nodes={"a": {**calls(x="{{ 1 + }}", y=["{{ ) }}"]), "accept": "]"}}, output="{{")
    assert [place for _, place in found] == [
        "nodes[0].accept",
        "nodes[0].with.args.x",
        "nodes[0].with.args.y[0]",
        "output",
    ]


def test_a_transform_is_read_as_one_value():
    assert problems("t", nodes={"t": transform({"a": ["{{ nodes.x.output }}"]})}) == [
        ("unknown_reference", "nodes[0].with.value.a[0]")
    ]


def test_what_undoes_a_node_may_read_the_node_with_a_fallback():
    undo = {"type": "tool_call", "with": {"tool": "work", "args": {"id": "{{ coalesce(nodes.a.output.id, '') }}"}}}
    assert problems("a", nodes={"a": {"compensate": undo}}) == []


def test_what_does_not_parse_is_told_wherever_it_stands():
    broken = "input.x >"
    assert problems(
        "c -[x]-> j",
        nodes={
            "c": {"type": "condition", "with": {"cases": [{"name": "x", "when": broken}]}},
            "j": {"type": "join", "with": {"merge": broken}},
        },
        concurrency={"key": broken, "limit": 1},
    ) == [
        ("expression", "concurrency.key"),
        ("expression", "nodes[0].with.cases[0].when"),
        ("expression", "nodes[1].with.merge"),
    ]
