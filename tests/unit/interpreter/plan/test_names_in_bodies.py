"""What is seen in a body."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from tests.unit.interpreter.plan.checking import (
    a_loop,
    a_map,
    compiled,
    problems,
    reading,
    the_problem,
)


def in_a_body(expression, kind=a_map, **said):
    """The problem codes of an expression in a body with a node before it, behind a node outside."""
    inner = kind("a -> b", nodes={"b": reading(expression)}, **said)
    return [(one.code, one.message) for one in compiled("before -> each -> behind", nodes={"each": inner}).problems]


@pytest.mark.parametrize(
    ("expression", "kind", "said"),
    [
        ("item.x + index", a_map, {}),
        ("row.x + row_index", a_map, {"called": "row"}),
        ("lap", a_loop, {}),
        ("prev", a_loop, {}),
        ("nodes.a.output", a_map, {}),
        ("nodes.before.output", a_map, {}),
        ("input.x", a_loop, {}),
        ("arrived[0].id", a_loop, {}),
    ],
)
def test_a_body_sees_what_it_is_given_its_own_nodes_and_what_is_upstream_of_it(expression, kind, said):
    assert in_a_body(expression, kind, **said) == []


@pytest.mark.parametrize(
    ("expression", "kind", "code"),
    [
        ("item.x", a_loop, "unknown_name"),
        ("lap", a_map, "unknown_name"),
        ("row", a_map, "unknown_name"),
        ("nodes.behind.output", a_map, "not_upstream"),
        ("nodes.each.output", a_map, "not_upstream"),
        ("nodes.b.output", a_map, "not_upstream"),
        ("[1].map(item, item)", a_map, "shadowed_name"),
        ("[1].map(index, 1)", a_map, "shadowed_name"),
    ],
)
def test_a_body_sees_nothing_else(expression, kind, code):
    assert [code for code, _ in in_a_body(expression, kind)] == [code]


def test_a_body_has_no_output_yet_where_it_is():
    ((_, message),) = in_a_body("nodes.each.output")
    assert message == "`each` has no output yet where its own body is."


def test_the_names_that_a_map_gives_are_proposed():
    inner = a_map("a", nodes={"a": reading("itm.x")})
    assert the_problem("each", nodes={"each": inner}).fix == "Did you mean `item`?"


def test_from_outside_only_the_output_of_the_whole_is_seen():
    nodes = {"each": a_map("score"), "b": reading("nodes.score.output")}
    problem = the_problem("each -> b", nodes=nodes)
    assert (problem.code, problem.fix) == ("inside_body", "Read `nodes.each.output`.")
    assert "`score` is inside `each`" in problem.message
    nodes = {"one": a_map("score"), "two": a_map("b", nodes={"b": reading("nodes.score.output")})}
    assert the_problem("one -> two", nodes=nodes).fix == "Read `nodes.one.output`."
    assert the_problem("each", nodes={"each": a_map("score")}, output="{{ nodes.score.output }}").code == "inside_body"


def test_the_parameters_of_a_map_are_read_before_its_body():
    assert problems("each", nodes={"each": a_map("a", items="item.rows")}) == [("unknown_name", "nodes[0].with.items")]
    assert problems("each", nodes={"each": a_map("a", items="nodes.a.output")}) == [
        ("inside_body", "nodes[0].with.items")
    ]
    assert problems("each", nodes={"each": a_loop("a", initial="{{ prev }}")}) == [
        ("unknown_name", "nodes[0].with.initial")
    ]


def test_the_end_of_a_body_sees_its_nodes_and_names():
    assert problems("each", nodes={"each": a_map("a", output="{{ item.x + nodes.a.output }}")}) == []
    assert problems("each", nodes={"each": a_loop("a", until="lap > 2 && nodes.a.output.ok == prev")}) == []
    found = a_loop("a", until="nodes.behind.output", output="{{ nodes.each.output }}")
    assert problems("each -> behind", nodes={"each": found}) == [
        ("not_upstream", "nodes[0].with.output"),
        ("not_upstream", "nodes[0].with.until"),
    ]
    problem = the_problem("each", nodes={"each": a_map("a", output="{{ nodes.b.output }}")})
    assert (problem.code, problem.node) == ("unknown_reference", "each")
    assert problems("each", nodes={"each": a_map("a", output="{{ arrived }}")}) == [
        ("unknown_name", "nodes[0].with.output")
    ]
    assert problems("each", nodes={"each": a_loop("a", until="lap >")}) == [("expression", "nodes[0].with.until")]


def test_the_key_of_an_event_sees_what_a_guard_sees():
    event = {"type": "event", "with": {"name": "paid", "key": "item.id + nodes.a.output"}}
    assert problems("each", nodes={"each": a_map("a -> e", nodes={"e": event})}) == []
    event = {"type": "event", "with": {"name": "paid", "key": "arrived[0].output"}}
    assert problems("a -> e", nodes={"e": event}) == [("arrived_output", "nodes[1].with.key")]


def test_a_map_in_a_map_names_its_items():
    inner = {"inner": a_map("a", nodes={"a": reading("item.x + row.y + row_index")}, called="row")}
    assert problems("outer", nodes={"outer": a_map("inner", nodes=inner)}) == []
    inner = {"inner": a_map("a")}
    assert problems("outer", nodes={"outer": a_map("inner", nodes=inner)}) == [
        ("shadowed_name", "nodes[0].with.nodes[0].with")
    ]
    assert problems("outer", nodes={"outer": a_map("inner", nodes=inner, called="row")}) == []
    inner = {"inner": a_map("a", called="row")}
    assert problems("outer", nodes={"outer": a_map("inner", nodes=inner, called="row")}) == [
        ("shadowed_name", "nodes[0].with.nodes[0].with.as")
    ]


def test_a_loop_in_a_loop_has_laps_of_its_own():
    inner = {"inner": a_loop("a", nodes={"a": reading("lap + prev")})}
    assert problems("outer", nodes={"outer": a_loop("inner", nodes=inner)}) == []
