"""What is there in a body, and at its end."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from tests.unit.interpreter.plan.checking import (
    a_loop,
    a_map,
    asks,
    compiled,
    problems,
    reading,
    the_problem,
)

ROUTE = asks("good", default="poor", when="item.kind == '{}'")
SPLIT = "route -[good]-> a -> c; route -[poor]-> b -> c"


def test_what_one_branch_of_a_body_does_is_absent_on_the_other():
    inner = a_map(SPLIT, nodes={"route": ROUTE, "c": reading("nodes.a.output")})
    problem = the_problem("each", nodes={"each": inner})
    assert problem.message == "`nodes.a.output` is absent when route = poor."
    fixed = a_map(SPLIT, nodes={"route": ROUTE, "c": reading("coalesce(nodes.a.output, nodes.b.output)")})
    assert problems("each", nodes={"each": fixed}) == []


def test_the_end_of_a_body_reads_what_may_not_have_run():
    inner = a_map(SPLIT, nodes={"route": ROUTE}, output="{{ nodes.a.output }}")
    problem = the_problem("each", nodes={"each": inner})
    assert (problem.code, problem.dotted, problem.node) == ("may_be_absent", "nodes[0].with.output", "each")
    assert problems("each", nodes={"each": a_map(SPLIT, nodes={"route": ROUTE}, output="{{ nodes.c.output }}")}) == []


def test_a_body_runs_only_where_its_node_does():
    each = a_map("b", nodes={"b": reading("nodes.a.output")})
    split = "route -[good]-> a -> each; route -[poor]-> each"
    nodes = {"route": asks("good", default="poor")}
    assert problems(split, nodes={**nodes, "each": each}) == [("may_be_absent", "nodes[2].with.nodes[0].with.args.x")]
    assert problems(split, nodes={**nodes, "each": {**each, "when": "has(nodes.a.output)"}}) == []
    guarded = a_map("b", nodes={"b": {**reading("nodes.a.output"), "when": "has(nodes.a.output)"}})
    assert problems(split, nodes={**nodes, "each": guarded}) == []


def test_guards_of_the_same_words_about_different_laps_are_different():
    inner = a_loop("b -> c", nodes={"b": {"when": "lap > 1"}})
    inner["with"]["edges"][0]["on"] = ["success", "skipped"]
    inner["with"]["nodes"][1] |= reading("nodes.b.output")
    outer = a_loop("inner", nodes={"inner": {**inner, "when": "lap > 1"}})
    assert [code for code, _ in problems("outer", nodes={"outer": outer})] == ["may_be_absent"]


def test_what_a_race_had_not_seen_its_body_does_not_see():
    each = {**a_map("x", nodes={"x": reading("nodes.b.output")}), "join": {"mode": "any"}}
    (problem,) = compiled("a -> (b, c) -> each", nodes={"each": each}).problems
    assert problem.message.startswith("`nodes.b.output` is absent when ")
    each = {**a_map("x", nodes={"x": reading("nodes.a.output")}), "join": {"mode": "any"}}
    assert problems("a -> (b, c) -> each", nodes={"each": each}) == []


def test_the_body_of_an_always_node_cannot_count_on_what_a_stop_prevents():
    always = {"join": {"mode": "always"}}
    nodes = {
        "each": {**a_map("x -> y", nodes={"x": reading("nodes.b.output"), "y": reading("nodes.x.output")}), **always}
    }
    (problem,) = compiled("a -> b -> each", nodes=nodes).problems
    assert problem.message == "`nodes.b.output` is absent when the run is stopped before `b` ends."
    assert problem.node == "x"
    deep = a_map("y", nodes={"y": a_loop("x", nodes={"x": reading("coalesce(nodes.b.output, 1)")})})
    assert problems("a -> b -> each", nodes={"each": {**deep, **always}}) == []
    deep = a_map("y", nodes={"y": a_loop("x", nodes={"x": reading("nodes.b.output")})})
    assert [code for code, _ in problems("a -> b -> each", nodes={"each": {**deep, **always}})] == ["may_be_absent"]


def test_an_always_node_of_a_body_still_counts_on_what_is_outside():
    inner = {"b": {"join": {"mode": "always"}, **reading("nodes.before.output")}}
    assert problems("before -> each", nodes={"each": a_map("a -> b", nodes=inner)}) == []
    inner = {"b": {"join": {"mode": "always"}, **reading("nodes.a.output")}}
    assert problems("before -> each", nodes={"each": a_map("a -> b", nodes=inner)}) == [
        ("may_be_absent", "nodes[1].with.nodes[1].with.args.x")
    ]
    both = {**a_map("a -> b", nodes=inner), "join": {"mode": "always"}}
    assert [code for code, _ in problems("before -> each", nodes={"each": both})] == ["may_be_absent"]


def undoing(expression):
    return {"compensate": {"type": "tool_call", "with": {"tool": "work", "args": {"x": f"{{{{ {expression} }}}}"}}}}


def test_what_undoes_a_node_cannot_count_on_its_output():
    problem = the_problem("a", nodes={"a": undoing("nodes.a.output.id")})
    assert (problem.code, problem.dotted) == ("may_be_absent", "nodes[0].compensate.with.args.x")
    assert problem.message == "`nodes.a.output` is absent when the result of `a` is unknown."


@pytest.mark.parametrize(
    "expression",
    [
        "coalesce(nodes.a.output.id, '')",
        "has(nodes.a.output) ? nodes.a.output.id : ''",
        "nodes.a.status == 'completed' ? nodes.a.output.id : ''",
        "nodes.a.outcome == 'success' ? nodes.a.output.id : ''",
        "nodes.before.output",
        "nodes.a.input",
    ],
)
def test_what_undoes_a_node_reads_it_with_a_fallback_and_all_before_it_as_it_was(expression):
    assert problems("before -> a", nodes={"a": undoing(expression)}) == []


@pytest.mark.parametrize(
    "test", ["nodes.a.status != 'failed'", "nodes.a.outcome != 'error'", "nodes.a.status != 'skipped'"]
)
def test_that_a_node_did_not_fail_does_not_say_that_its_output_is_known(test):
    assert [code for code, _ in problems("a", nodes={"a": undoing(f"{test} ? nodes.a.output : 1")})] == [
        "may_be_absent"
    ]


def test_what_undoes_an_item_sees_the_item():
    assert problems("each", nodes={"each": a_map("a", nodes={"a": undoing("item.id")})}) == []


EVENT = {"type": "event", "with": {"name": "paid"}, "timeout": "1h"}


def test_an_event_that_timed_out_has_an_error_and_no_output():
    paid = {"e": EVENT, "c": reading("nodes.e.output")}
    assert problems("e -> c; e -[timeout]-> b", nodes=paid) == []
    both = {"e": EVENT, "c": reading("nodes.e.output")}
    (problem,) = compiled("e -[success, timeout]-> c", nodes=both).problems
    assert problem.message == "`nodes.e.output` is absent when `e` fails and `e` times out."
    assert problems("e -> b; e -[timeout]-> c", nodes={"e": EVENT, "c": reading("nodes.e.error.type")}) == []


def test_a_loop_that_ran_out_of_laps_has_an_output_and_says_so():
    loop = a_loop("x")
    graph = "l -> a -> c; l -[exhausted]-> b -> c"
    assert problems(graph, nodes={"l": loop, "c": reading("nodes.l.output")}) == []
    (problem,) = compiled(graph, nodes={"l": loop, "c": reading("nodes.a.output")}).problems
    assert problem.message == "`nodes.a.output` is absent when l = exhausted."
    narrowed = "nodes.l.outcome == 'exhausted' ? nodes.b.output : nodes.a.output"
    assert problems(graph, nodes={"l": loop, "c": reading(narrowed)}) == []


def test_a_loop_that_runs_out_of_laps_without_an_edge_for_it_fails():
    graph = "l -> a -> c; l -[error]-> b -> c"
    (problem,) = compiled(graph, nodes={"l": a_loop("x"), "c": reading("nodes.l.output")}).problems
    assert problem.message == "`nodes.l.output` is absent when `l` fails."
