"""Graphs inside of graphs, and the parameters of the nodes that have them."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from interpreter.catalogue import Workflow
from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE, a_document, a_node
from tests.unit.interpreter.plan.checking import a_loop, a_map, asks, calls, compiled, gate, problems, the_problem


def test_a_circle_in_a_body_is_named():
    problem = the_problem("each", nodes={"each": a_map("a -> b -> a")})
    assert (problem.code, problem.dotted) == ("cycle", "nodes[0].with.edges[1]")
    assert "a -> b -> a" in problem.message


def test_an_id_stands_once_in_the_whole_document():
    problem = the_problem("a -> each", nodes={"each": a_map("a")})
    assert (problem.code, problem.dotted, problem.node) == ("duplicate_id", "nodes[1].with.nodes[0].id", "a")


def test_a_node_without_edges_among_others_of_its_body_is_isolated():
    assert problems("each", nodes={"each": a_map("a -> b; lonely")}) == [("isolated_node", "nodes[0].with.nodes[2]")]
    assert problems("x -> each", nodes={"each": a_map("alone")}) == []


def test_an_edge_stays_in_its_graph():
    into = the_problem(
        "", nodes={"x": {}, "each": a_map("a")}, edges=[{"from": "x", "to": "each"}, {"from": "x", "to": "a"}]
    )
    assert (into.code, into.dotted) == ("edge_leaves_graph", "edges[1].to")
    assert "`a` is inside `each`" in into.message
    assert into.fix.endswith("here with `each` itself.")
    out = a_map(nodes={"a": {}, "b": {}}, edges=[{"from": "a", "to": "b"}, {"from": "a", "to": "x"}])
    problem = the_problem("x -> each", nodes={"each": out})
    assert (problem.code, problem.dotted) == ("edge_leaves_graph", "nodes[1].with.edges[1].to")
    assert "`x` is outside of this body" in problem.message


def test_an_edge_of_a_body_to_nothing_is_told():
    out = a_map(
        nodes={"first": {}, "second": {}}, edges=[{"from": "first", "to": "secnd"}, {"from": "first", "to": "second"}]
    )
    problem = the_problem("each", nodes={"each": out})
    assert (problem.code, problem.fix) == ("unknown_node", "Did you mean `second`?")


def test_an_empty_body_is_a_problem():
    assert problems("each", nodes={"each": a_map("")}) == [("no_nodes", "nodes[0].with.nodes")]


def deep(bodies):
    said = a_map("a")
    for depth in range(bodies - 1):
        said = a_map("", nodes={f"in{depth}": said}, called=f"row{depth}")
    return {"each": said}


def test_bodies_stand_eight_deep_in_each_other_and_no_deeper():
    assert problems("each", nodes=deep(8)) == []
    problem = the_problem("each", nodes=deep(9))
    assert problem.code == "too_deep_bodies"
    assert problem.node == "in0"


def test_nodes_and_edges_of_bodies_count_like_all_others():
    many = a_map(" -> ".join(f"n{i}" for i in range(10_000)))
    assert problems("each", nodes={"each": many}) == [("too_many_nodes", "nodes")]


def test_a_chain_in_a_body_has_no_branches():
    route = a_node("r", **asks("x"))
    said = {"type": "map", "with": {"items": [1], "chain": [route, a_node("b")]}}
    assert problems("each", nodes={"each": said}) == [("condition_in_chain", "nodes[0].with.chain[0]")]


def test_an_end_stands_at_the_root():
    nodes = {"each": a_loop("a -> stop", nodes={"stop": {"type": "end", "with": {}}})}
    problem = the_problem("each", nodes=nodes)
    assert (problem.code, problem.node) == ("end_in_body", "stop")


@pytest.mark.parametrize(
    ("said", "code", "place"),
    [
        (a_map("a", max_concurrency=0), "wrong_parameter", "max_concurrency"),
        (a_map("a", max_concurrency=1001), "wrong_parameter", "max_concurrency"),
        (a_map("a", max_concurrency="2"), "wrong_parameter", "max_concurrency"),
        (a_map("a", on_item_error="stop"), "wrong_parameter", "on_item_error"),
        (a_map("a", items=None), "missing_parameter", None),
        (a_map("a", called="Row"), "wrong_parameter", "as"),
        (a_map("a", called="input"), "wrong_parameter", "as"),
        (a_map("a", called="lap"), "wrong_parameter", "as"),
        (a_map("a", called="while"), "wrong_parameter", "as"),
        (a_loop("a", max_iterations=None), "missing_parameter", None),
        (a_loop("a", until=None), "missing_parameter", None),
        (a_loop("a", output=None), "missing_parameter", None),
        (a_loop("a", max_iterations=0), "wrong_parameter", "max_iterations"),
        (a_loop("a", max_iterations=10_001), "wrong_parameter", "max_iterations"),
        (a_loop("a", max_iterations=True), "wrong_parameter", "max_iterations"),
        ({"type": "event", "with": {"name": ""}}, "wrong_parameter", "name"),
        ({"type": "event", "with": {}}, "missing_parameter", None),
        ({"type": "subworkflow", "with": {}}, "missing_parameter", None),
        ({"type": "subworkflow", "with": {"workflow": "w", "mode": "fire"}}, "wrong_parameter", "mode"),
        ({"type": "subworkflow", "with": {"workflow": "w", "version": "x"}}, "wrong_parameter", "version"),
        (
            {"type": "subworkflow", "with": {"workflow": "w", "version": 1, "environment": "prod"}},
            "wrong_parameter",
            "environment",
        ),
    ],
)
def test_parameters_outside_of_what_is_allowed_are_problems(said, code, place):
    problem = the_problem("x", nodes={"x": said})
    assert (problem.code, problem.dotted) == (code, f"nodes[0].with{'' if place is None else f'.{place}'}")


@pytest.mark.parametrize(
    "said",
    [
        a_map("a", max_concurrency=1),
        a_map("a", max_concurrency=1000, on_item_error="collect", called="row"),
        a_loop("a", max_iterations=1),
        a_loop("a", max_iterations=10_000),
        {"type": "event", "with": {"name": "paid", "key": "input.id"}},
        {"type": "subworkflow", "with": {"workflow": "w", "version": 1, "mode": "detach"}},
    ],
)
def test_parameters_at_the_edges_of_what_is_allowed_are_none(said):
    assert problems("x", nodes={"x": said}) == []


def calling(workflows, **said):
    catalogue = CATALOGUE.model_copy(update={"workflows": workflows})
    document = a_document("sub", nodes={"sub": {"type": "subworkflow", "with": said}})
    return [(one.code, one.dotted, one.fix, one.message) for one in compile_document(document, catalogue).problems]


LINE = {
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
    "additionalProperties": False,
}


def test_a_sub_workflow_that_nobody_saved_is_told_where_it_is_known_which_there_are():
    ((code, place, fix, _),) = calling({"invoice": Workflow(version=1)}, workflow="invioce")
    assert (code, place, fix) == ("unknown_workflow", "nodes[0].with.workflow", "Did you mean `invoice`?")
    assert calling(None, workflow="invioce") == []


def test_the_workflow_that_a_failure_starts_is_one_that_is_there_or_this_one():
    known = CATALOGUE.model_copy(update={"workflows": {"alarm": Workflow(version=1)}})

    def found(slug, catalogue=known):
        document = a_document("a", on_failure={"workflow": slug})
        return [(one.code, one.dotted, one.fix) for one in compile_document(document, catalogue).problems]

    assert found("alrm") == [("unknown_workflow", "on_failure.workflow", "Did you mean `alarm`?")]
    assert found("alarm") == found("example") == found("alrm", CATALOGUE) == []


def test_a_workflow_that_runs_itself_is_told_by_its_way():
    ((code, _, _, message),) = calling(None, workflow="example")
    assert (code, message) == ("recursion", "The workflow would run itself: example -> example.")
    known = {"b": Workflow(version=1, uses=("c",)), "c": Workflow(version=1, uses=("gone", "example"))}
    ((code, place, _, message),) = calling(known, workflow="b")
    assert (code, place) == ("recursion", "nodes[0].with.workflow")
    assert "example -> b -> c -> example" in message


def test_a_workflow_that_two_others_use_is_looked_at_once():
    known = {name: Workflow(version=1, uses=uses) for name, uses in {"b": ("c", "d"), "c": ("e",), "d": ("e",)}.items()}
    assert calling({**known, "e": Workflow(version=1)}, workflow="b") == []


def test_sub_workflows_run_eight_deep_and_no_deeper():
    line = {f"w{i}": Workflow(version=1, uses=(f"w{i + 1}",)) for i in range(1, 9)} | {"w9": Workflow(version=1)}
    assert calling(line, workflow="w2") == []
    assert [code for code, *_ in calling(line, workflow="w1")] == ["too_deep_workflows"]


def test_the_input_of_a_sub_workflow_is_checked_against_its_schema():
    known = {"w": Workflow(version=3, input_schema=LINE)}
    assert [(code, place) for code, place, *_ in calling(known, workflow="w")] == [
        ("missing_argument", "nodes[0].with.input")
    ]
    assert [code for code, *_ in calling(known, workflow="w", input={"id": "x"})] == ["wrong_type"]
    assert [code for code, *_ in calling(known, workflow="w", input={"id": 1, "nte": "x"})] == ["unknown_argument"]
    assert calling(known, workflow="w", input={"id": "{{ input.id }}"}) == []
    assert calling(known, workflow="w", input="{{ input }}") == []
    assert [code for code, *_ in calling(known, workflow="w", input={"id": "{{ run.id }}"})] == ["wrong_type"]


def test_the_input_for_another_version_is_not_known():
    known = {"w": Workflow(version=3, input_schema=LINE)}
    assert calling(known, workflow="w", version=2) == []
    assert calling(known, workflow="w", environment="prod") == []
    assert [code for code, *_ in calling(known, workflow="w", version=3)] == ["missing_argument"]


def test_a_loser_of_a_race_that_leaves_something_behind_is_warned_of():
    race = {"join": {"mode": "any", "cancel_rest": True}}
    sends = {"with": {"tool": "send"}}
    nodes = {"b": sends, "c": {**sends, "compensate": {"type": "tool_call", "with": {"tool": "work"}}}, "d": race}
    (warning,) = compiled("a -> (b, c) -> d", nodes=nodes).warnings
    assert (warning.code, warning.node, warning.severity) == ("loser_not_undone", "b", "warning")
    assert "`d`" in warning.message
    sub = {"b": {"type": "subworkflow", "with": {"workflow": "w"}}, "d": race}
    assert [one.code for one in compiled("a -> (b, c) -> d", nodes=sub).warnings] == ["loser_not_undone"]


@pytest.mark.parametrize(
    "graph",
    [
        "b -> a; a -> (x, y) -> d",  # it precedes all that may win
        "(b, x) -> d; b -> elsewhere",  # not all its ways end in the race
        "(x, y) -> d -> b",  # it stands behind
    ],
)
def test_what_a_race_never_cancels_is_not_warned_of(graph):
    nodes = {"b": {"with": {"tool": "send"}}, "d": {"join": {"mode": "any", "cancel_rest": True}}}
    assert compiled(graph, nodes=nodes).warnings == ()


def test_of_a_long_way_into_a_race_the_nearest_nodes_are_looked_at():
    ids = [f"n{i}" for i in range(300)]
    race = {"d": {"join": {"mode": "any", "cancel_rest": True}}}

    def warned(sends):
        nodes = {sends: {"with": {"tool": "send"}}, **race}
        return [one.node for one in compiled(f"{' -> '.join(ids)} -> d; x -> d", nodes=nodes).warnings]

    assert warned("n299") == ["n299"]
    assert warned("n0") == []


def test_a_race_that_cancels_nobody_has_no_losers():
    nodes = {"b": {"with": {"tool": "send"}}, "d": {"join": {"mode": "any"}}}
    assert compiled("(a, b) -> d", nodes=nodes).warnings == ()


def test_of_a_quorum_those_may_lose_whom_it_does_not_need():
    def warned(n):
        quorum = {"join": {"mode": "quorum", "n": n, "cancel_rest": True}}
        return [
            one.node
            for one in compiled("(a, b, c) -> d", nodes={"a": {"with": {"tool": "send"}}, "d": quorum}).warnings
        ]

    assert warned(2) == ["a"]
    assert warned(3) == []


def test_a_gate_in_a_body_is_checked_like_any_other():
    nodes = {"each": a_map("a -> g", nodes={"g": gate(approvers=[])})}
    assert problems("each", nodes=nodes) == [("gate_without_approvers", "nodes[0].with.nodes[1].with.approvers")]


def test_arguments_in_a_body_are_checked_against_the_tools_schema():
    inner = {"a": {"with": {"tool": "score", "args": {"text": "{{ size('x') }}"}}}, "b": calls(x=1)}
    assert problems("each", nodes={"each": a_map("a -> b", nodes=inner)}) == [
        ("wrong_type", "nodes[0].with.nodes[0].with.args.text")
    ]
