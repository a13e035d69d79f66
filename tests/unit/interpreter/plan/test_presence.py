"""Whether what is read is there, and when it is not."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from tests.unit.interpreter.plan.checking import asks, calls, compiled, gate, problems, the_problem, transform

ROUTE = asks("good", default="poor")


def reading(graph, reader, expression, **nodes):
    """The messages about one expression of the last node."""
    found = compiled(graph, nodes={**nodes, reader: {**nodes.get(reader, {}), **calls(x=f"{{{{ {expression} }}}}")}})
    return [problem.message for problem in found.problems]


def test_what_all_ways_lead_through_is_there():
    assert reading("a -> (b, c) -> d", "d", "nodes.a.output + nodes.b.output + nodes.c.output") == []


def test_what_one_branch_does_is_absent_on_the_other_and_the_witness_says_when():
    problem = the_problem(
        "a -> route -[good]-> publish; route -[poor]-> sign -[approved]-> publish",
        nodes={"route": ROUTE, "sign": gate(), "publish": calls(x="{{ nodes.sign.output.by }}")},
    )
    assert (problem.code, problem.dotted, problem.node) == ("may_be_absent", "nodes[2].with.args.x", "publish")
    assert problem.message == "`nodes.sign.output` is absent when route = good."
    assert "coalesce" in (problem.fix or "")


SPLIT = "route -[good]-> b -> d; route -[poor]-> c -> d"


@pytest.mark.parametrize(
    "expression",
    [
        "coalesce(nodes.b.output, 'none')",
        "coalesce(nodes.b.output, nodes.c.output)",
        "has(nodes.b.output) ? nodes.b.output : nodes.c.output",
        "!has(nodes.b.output) ? nodes.c.output : nodes.b.output",
        "nodes.b.status == 'completed' && nodes.b.output.ok == true",
        "nodes.b.status != 'completed' || nodes.b.output.ok == true",
        "nodes.b.outcome == 'success' ? nodes.b.output : 0",
        "nodes.b.outcome in ['success', 'other'] ? nodes.b.output : 0",
        "input.kind == 'good' ? nodes.b.output : nodes.c.output",
        "nodes.b.status == 'skipped' ? nodes.c.output : nodes.b.output",
        "coalesce(has(nodes.b.output) ? nodes.b.output.n : nodes.c.output.n)",
        "coalesce(nodes.b.output.x == 1 && nodes.c.output.y == 1, false)",
        "coalesce(nodes.b.output.x == 1 || true, nodes.c.output)",
        "has(nodes.b.output.rows[nodes.route.output.case])",
    ],
)
def test_a_fallback_or_a_test_makes_it_safe(expression):
    assert reading(SPLIT, "d", expression, route=ROUTE) == []


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("nodes.b.output", "nodes.b.output"),
        ("has(nodes.c.output) ? nodes.b.output : 1", "nodes.b.output"),
        ("has(nodes.b.output) || nodes.b.output.x", "nodes.b.output"),
        ("coalesce(nodes.b.output)", "coalesce(nodes.b.output)"),
        ("[1].map(x, nodes.b.output + x)", "nodes.b.output"),
        ("nodes.b.meta", "nodes.b.meta"),
        ("nodes.b.input", "nodes.b.input"),
        ("nodes.b.error", "nodes.b.error"),
        ("has(nodes.route.output[nodes.b.output])", "nodes.b.output"),
        ("nodes.b.status == 'running' ? nodes.b.output : 1", "nodes.b.output"),
        ("nodes.b.outcome == 'ended' ? nodes.b.output : 1", "nodes.b.output"),
        ("has(input.x) ? nodes.b.output : 1", "nodes.b.output"),
    ],
)
def test_a_test_of_something_else_does_not(expression, named):
    messages = reading(SPLIT, "d", expression, route=ROUTE)
    assert any(message.startswith(f"`{named}` is") for message in messages)


def test_status_and_outcome_of_what_is_upstream_are_always_there():
    assert reading(SPLIT, "d", "nodes.b.status + nodes.b.outcome", route=ROUTE) == []


def test_a_nodes_own_guard_narrows_what_it_reads():
    assert reading(SPLIT, "d", "nodes.b.output", route=ROUTE, d={"when": "has(nodes.b.output)"}) == []


def test_equal_text_is_one_decision():
    graph = "a -[success]-> b; a -> c; b -[success, skipped]-> d; c -> d"
    when = {"when": "input.big == true"}
    assert reading(graph, "d", "nodes.b.output", b=when, d=when) == []
    assert reading(graph, "d", "nodes.b.output", b=when, d={"when": "input.big == false"}) == [
        "`nodes.b.output` is absent when `input.big == true` is false."
    ]


def test_the_guard_of_an_edge_closes_it():
    edges = [{"from": "a", "to": "b", "when": "input.big"}, {"from": "a", "to": "c"}, {"from": "b", "to": "c"}]
    (problem,) = compiled("", nodes={"a": {}, "b": {}, "c": calls(x="{{ nodes.b.output }}")}, edges=edges).problems
    assert problem.message == "`nodes.b.output` is absent when `input.big` is false."


def test_after_a_handled_failure_the_error_is_there_and_the_output_is_not():
    assert reading("a -> b; a -[error]-> c", "c", "nodes.a.error.message") == []
    assert reading("a -> b; a -[error]-> c", "c", "nodes.a.output") == ["`nodes.a.output` is never there."]
    assert reading("a -> b; a -[error]-> c; (b, c) -> d", "d", "nodes.a.output") == [
        "`nodes.a.output` is absent when `a` fails."
    ]


def test_a_timeout_that_has_an_edge_of_its_own_is_no_error():
    graph = "a -> b; a -[error]-> c; a -[timeout]-> e; (c, e) -> d"
    assert reading(graph, "d", "nodes.a.error.type") == []
    (message,) = reading(graph, "d", "nodes.c.output")
    assert message == "`nodes.c.output` is absent when `a` times out."


def test_an_edge_for_both_error_and_timeout_takes_both():
    assert reading("a -[error, timeout]-> c", "c", "nodes.a.error.type") == []


def test_a_failure_that_nothing_handles_needs_no_fallback():
    assert reading("a -> b -> c", "c", "nodes.a.output") == []


def test_a_node_that_goes_on_after_a_failure_may_have_no_output():
    assert reading("a -> b", "b", "nodes.a.output", a={"on_error": "continue"}) == [
        "`nodes.a.output` is absent when `a` fails."
    ]


def test_a_node_that_people_may_skip_may_have_no_output():
    found = reading("a -[success, skipped]-> b", "b", "nodes.a.output", a={"on_error": "hold"})
    assert found == ["`nodes.a.output` is absent when `a` is skipped by hand."]
    assert reading("a -> b", "b", "nodes.a.output", a={"on_error": "hold"}) == []


def test_the_first_at_a_race_is_there_and_the_others_may_not_be():
    race = {"join": {"mode": "any"}}
    (message,) = reading("a -> (b, c) -> d", "d", "nodes.b.output", d=race)
    assert message.startswith("`nodes.b.output` is absent when ")
    assert reading("a -> (b, c) -> d", "d", "coalesce(nodes.b.output, nodes.c.output)", d=race) == []
    assert reading("a -> (b, c) -> d", "d", "nodes.a.output", d=race) == []
    assert len(reading("a -> (b, c) -> d", "d", "nodes.b.status", d=race)) == 1


def test_behind_a_race_no_more_is_certain_than_at_it():
    race = {"join": {"mode": "any"}}
    assert len(reading("a -> (b, c) -> d -> e -> f", "f", "nodes.b.output", d=race)) == 1
    assert reading("a -> (b, c) -> d -> e -> f", "f", "coalesce(nodes.b.output, nodes.c.output)", d=race) == []
    assert reading("a -> (b, c) -> d; (b, c, d) -> e", "e", "coalesce(nodes.b.output, nodes.c.output)", d=race) == []


def test_of_a_quorum_so_many_are_there():
    quorum = {"join": {"mode": "quorum", "n": 2}}
    two = "coalesce(nodes.b.output, nodes.c.output)"
    assert reading("a -> (b, c, d) -> e", "e", two, e=quorum) == []
    assert len(reading("a -> (b, c, d) -> e", "e", "nodes.b.output", e=quorum)) == 1
    assert len(reading("a -> (b, c, d, f) -> e", "e", two, e=quorum)) == 1


def test_a_gate_that_may_end_otherwise_has_an_output_all_the_same():
    assert reading("g -[approved]-> a -> c; g -[rejected]-> b -> c", "c", "nodes.g.output.by", g=gate()) == []
    (message,) = reading("g -[approved]-> a -> c; g -[rejected]-> b -> c", "c", "nodes.a.output", g=gate())
    assert message == "`nodes.a.output` is absent when g = rejected."


def test_of_several_outcomes_the_witness_names_what_they_are_not():
    graph = "r -[x]-> a -> d; r -[y]-> b -> d; r -[z]-> c -> d"
    (message,) = reading(graph, "d", "nodes.a.output", r=asks("x", "y", "z"))
    assert message == "`nodes.a.output` is absent when r is not x."


def test_an_always_node_cannot_count_on_what_a_stop_prevents():
    always = {"join": {"mode": "always"}}
    (message,) = reading("a -> b -> c", "c", "nodes.b.output", c=always)
    assert message == "`nodes.b.output` is absent when the run is stopped before `b` ends."
    assert reading("a -> b -> c", "c", "coalesce(nodes.b.output, 0)", c=always) == []
    assert reading("a -> b -> c", "c", "nodes.b.status == 'completed' ? nodes.b.output : 0", c=always) == []
    assert reading("a -> b -> c", "c", "nodes.b.output", c={**always, "when": "nodes.b.status == 'completed'"}) == []


def test_an_always_node_behind_successes_alone_counts_on_them():
    assert (
        reading("a -> b -[success]-> c", "c", "nodes.b.output + nodes.a.output", c={"join": {"mode": "always"}}) == []
    )


def test_the_outputs_of_a_run_are_read_when_all_has_settled():
    route = {"route": ROUTE}
    assert problems(SPLIT, nodes=route, output="{{ nodes.d.output }}") == []
    assert problems(SPLIT, nodes=route, output="{{ nodes.b.output }}") == [("may_be_absent", "output")]


def test_what_starts_a_run_has_no_nodes_to_look_at():
    key = {"key": "input.kind", "limit": 1}
    assert problems(SPLIT, nodes={"route": ROUTE}, concurrency=key) == []


def test_a_run_that_a_lost_race_fails_has_no_output():
    race = {"join": {"mode": "any"}}
    assert problems("(a, b) -> d -> e", nodes={"d": race}, output="{{ nodes.e.output }}") == []


def test_an_end_gives_its_own_output_in_place_of_the_runs():
    nodes = {"route": ROUTE, "stop": {"type": "end", "with": {"cancel_rest": True}}}
    assert problems("route -[good]-> b; route -[poor]-> stop", nodes=nodes, output="{{ nodes.b.output }}") == []


def test_an_end_beside_others_says_that_it_stops_them():
    nodes = {"stop": {"type": "end", "with": {}}}
    problem = the_problem("a -> (stop, b)", nodes=nodes)
    assert (problem.code, problem.dotted) == ("missing_cancel_rest", "nodes[1].with")
    assert problems("a -> (b, c) -> stop", nodes=nodes) == []
    assert problems("a -> stop -[ended]-> b", nodes={**nodes, "b": {"join": {"mode": "always"}}}) == []


def test_an_edge_reads_its_source_in_the_light_of_its_outcome():
    edges = [
        {"from": "a", "to": "b", "when": "nodes.a.output.x == 1"},
        {"from": "a", "to": "c", "on": "error", "when": "nodes.a.error.type == 'Timeout'"},
    ]
    assert problems("", nodes={"a": {}, "b": {}, "c": {}}, edges=edges) == []
    edges = [{"from": "a", "to": "b", "on": ["success", "error"], "when": "nodes.a.output.x == 1"}]
    assert problems("", nodes={"a": {}, "b": {}}, edges=edges) == [("may_be_absent", "edges[0].when")]


def test_the_edge_of_a_node_that_goes_on_after_a_failure_cannot_read_its_output():
    edges = [{"from": "a", "to": "b", "when": "nodes.a.output.x == 1"}]
    assert problems("", nodes={"a": {"on_error": "continue"}, "b": {}}, edges=edges) == [
        ("may_be_absent", "edges[0].when")
    ]


def test_an_error_edge_with_a_guard_handles_only_what_the_guard_takes():
    edges = [
        {"from": "a", "to": "b"},
        {"from": "a", "to": "c", "on": "error", "when": "input.x == 1"},
        {"from": "b", "to": "d"},
        {"from": "c", "to": "d"},
    ]
    nodes = {"a": {}, "b": {}, "c": {}, "d": {"when": "input.x != 1", **calls(x="{{ nodes.b.output }}")}}
    assert problems("", nodes=nodes, edges=edges) == []


def test_a_node_that_only_a_false_constant_guards_cannot_be_read():
    assert ("unreachable_node", "nodes[0].when") in problems(
        "a -[skipped]-> b", nodes={"a": {"when": "false"}, "b": transform(1)}
    )


def test_many_diamonds_in_a_row_stay_cheap():
    graph, nodes = [], {}
    for i in range(100):
        graph.append(f"r{i} -[good]-> a{i} -> r{i + 1}; r{i} -[poor]-> b{i} -> r{i + 1}")
        nodes[f"r{i}"] = asks("good", default="poor", when=f"input.k{i} == '{{}}'")
    nodes["r100"] = calls(x="{{ coalesce(nodes.a0.output, nodes.b0.output) }}")
    assert problems(";".join(graph), nodes=nodes) == []


def test_guards_may_be_negated_and_combined():
    nodes = {
        "b": {"when": "!(input.x > 1)"},
        "c": {"when": "input.x > 1 || input.y > 1"},
        "d": {"when": "!(input.x > 1) && !(input.y > 1)"},
    }
    assert reading("a -> b -> r", "r", "nodes.b.output", b=nodes["b"]) == []
    assert reading("a -> (b, c, d) -> r", "r", "coalesce(nodes.c.output, nodes.d.output)", **nodes) == []
    assert reading("a -> (b, c, d) -> r", "r", "coalesce(nodes.b.output, nodes.d.output)", **nodes) != []


def test_what_a_race_may_not_have_seen_is_asked_for_once():
    race = {"join": {"mode": "any"}}
    assert len(reading("a -> m -> j; b -> j", "j", "[nodes.a.output, nodes.a.output]", j=race)) == 1
    assert reading("a -> m -> j; b -> j", "j", "coalesce(nodes.a.output, nodes.b.output)", j=race) == []


def test_the_status_of_a_node_that_is_not_there_is_no_second_problem():
    assert [code for code, _ in problems("a -> b", nodes={"b": {"when": "nodes.x.status == 'completed'"}})] == [
        "unknown_reference"
    ]


def test_an_end_beside_what_never_runs_with_it_needs_no_cancel_rest():
    nodes = {"r": asks("x", "y"), "e": {"type": "end"}}
    assert problems("r -[x]-> e; r -[y]-> b", nodes=nodes) == []


def test_a_guard_may_choose_between_guards():
    chosen = "input.x > 1 ? input.y > 1 : true"
    nodes = {"b": {"when": chosen}, "c": {"when": f"!({chosen})"}}
    assert reading("a -> (b, c) -> r", "r", "coalesce(nodes.b.output, nodes.c.output)", **nodes) == []
    assert reading("a -> (b, c) -> r", "r", "nodes.b.output", **nodes) != []


def test_a_race_behind_a_lost_race_may_still_be_won():
    race = {"join": {"mode": "any"}}
    nodes = {"j": race, "k": race}
    assert reading("a -> j; (j, b) -> k", "k", "coalesce(nodes.j.output, nodes.b.output)", **nodes) == []
    assert reading("a -> j; (j, b) -> k", "k", "nodes.j.output", **nodes) != []


@pytest.mark.parametrize(
    "asks_itself", ["nodes.a.status == 'failed'", "nodes.a.outcome == 'error'", "has(nodes.a.error)"]
)
def test_an_error_edge_that_asks_whether_its_source_failed_can_be_taken(asks_itself):
    edges = [{"from": "a", "to": "b", "on": "error", "when": asks_itself}]
    assert problems("a; b", nodes={"b": calls(why="{{ nodes.a.error.type }}")}, edges=edges) == []
