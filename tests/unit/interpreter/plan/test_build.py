"""The plan of a document."""

# pyright: reportArgumentType=false, reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from dataclasses import replace

from interpreter.expressions.templates import PlainValue
from interpreter.expressions.tree import Fact
from interpreter.plan.model import INPUT, NO_VALUE
from tests.support.documents import CATALOGUE, a_document, a_node, a_plan
from tests.unit.interpreter.plan.checking import asks, calls, compiled, gate, transform


def order(plan):
    return [node.id for node in plan.nodes]


def test_a_line_is_planned_in_its_order():
    plan = a_plan("a -> b -> c")
    assert order(plan) == ["a", "b", "c"]
    assert plan.levels == ((0,), (1,), (2,))
    assert plan.starts == (0,)
    assert [node.id for node in plan.nodes if node.terminal] == ["c"]


def test_a_diamond_has_its_branches_on_one_level():
    plan = a_plan("a -> (b, c) -> d")
    assert plan.levels == ((0,), (1, 2), (3,))
    assert plan.nodes[3].incoming == (2, 3)
    assert plan.nodes[0].outgoing == (0, 1)


def test_nodes_that_do_not_wait_for_each_other_stand_in_document_order():
    plan = a_plan("z -> end_; a -> end_; m -> end_")
    assert order(plan) == ["z", "a", "m", "end_"]


def test_a_plan_has_a_complex_graph_sources_first():
    plan = a_plan("e -> f; a -> (b, c); b -> d; c -> (d, e); d -> g; f -> g; x -> g")
    for edge in plan.edges:
        assert edge.source < edge.target
    assert plan.index_of == {node.id: node.index for node in plan.nodes}


def test_an_edge_follows_success_where_it_says_nothing():
    assert a_plan("a -> b").edges[0].on == {"success"}


def test_an_edge_into_an_always_node_follows_every_ending():
    assert a_plan("a -> b", nodes={"b": {"join": {"mode": "always"}}}).edges[0].on == {"ended"}


def test_an_edge_into_an_all_failed_node_follows_errors():
    assert a_plan("a -> b", nodes={"b": {"join": {"mode": "all_failed"}}}).edges[0].on == {"error"}


def test_an_edge_follows_the_outcomes_that_it_says():
    assert a_plan("a -[error, skipped]-> b").edges[0].on == {"error", "skipped"}


def test_a_chain_goes_on_where_a_node_is_left_out():
    plan = a_plan(chain=[a_node("a"), a_node("g", type="human_gate"), a_node("c")])
    assert [(edge.source, edge.target, set(edge.on)) for edge in plan.edges] == [
        (0, 1, {"success", "skipped"}),
        (1, 2, {"approved", "skipped"}),
    ]


def test_a_guard_has_facts_in_place_of_what_it_reads_of_others():
    plan = a_plan("a -> b", nodes={"b": {"when": "nodes.a.output.rows > 3"}})
    guard = plan.nodes[1].when
    assert isinstance(guard.tree, Fact)
    assert (guard.source, guard.nodes, guard.facts) == ("nodes.a.output.rows > 3", (0,), (0,))
    (fact,) = plan.nodes[0].facts
    assert (fact.id, fact.source, fact.text, fact.required) == (0, 0, "nodes.a.output.rows > 3", True)


def test_cases_and_edges_have_guards_too():
    plan = a_plan(
        "a -> ask -[big]-> b; ask -[small]-> c",
        nodes={"ask": asks("big", default="small", when="nodes.a.output.{}")},
        edges=[
            {"from": "a", "to": "ask", "when": "nodes.a.output.n == 1"},
            {"from": "ask", "to": "b", "on": "big"},
            {"from": "ask", "to": "c", "on": "small"},
        ],
    )
    assert [case.name for case in plan.nodes[1].cases] == ["big"]
    assert plan.nodes[1].default_case == "small"
    assert plan.nodes[1].outcomes == ("big", "small")
    assert plan.edges[0].when.source == "nodes.a.output.n == 1"
    assert [fact.text for fact in plan.nodes[0].facts] == ["nodes.a.output.n == 1", "nodes.a.output.big"]


def test_a_guard_that_is_not_text_stands_for_itself():
    guard = a_plan("a -> b", nodes={"b": {"when": False}}).nodes[1].when
    assert (guard.source, guard.tree.value) == ("false", False)


def test_facts_over_the_input_belong_to_the_input():
    plan = a_plan("a", nodes={"a": {"when": "size(input.rows) > 2"}})
    (fact,) = plan.given
    assert (fact.source, fact.text) == (INPUT, "size(input.rows) > 2")


def test_what_only_a_transform_reads_is_a_fact_that_may_be_left_out():
    plan = a_plan("a -> t", nodes={"t": transform({"x": "{{ nodes.a.output }}"})})
    (fact,) = plan.nodes[0].facts
    assert not fact.required
    assert plan.nodes[1].value.facts == (fact.id,)
    assert plan.nodes[1].value.inline


def test_what_a_guard_reads_too_is_required():
    plan = a_plan("a -> t", nodes={"t": {"when": "nodes.a.output", **transform("{{ nodes.a.output }}")}})
    (fact,) = plan.nodes[0].facts
    assert fact.required
    plan = a_plan("a -> t -> u", nodes={"t": transform("{{ nodes.a.output }}"), "u": {"when": "nodes.a.output"}})
    (fact,) = plan.nodes[0].facts
    assert fact.required


def test_what_says_how_long_to_wait_is_required():
    for parameter in ("for", "at"):
        plan = a_plan("a -> w", nodes={"w": {"type": "wait", "with": {parameter: "{{ nodes.a.output }}"}}})
        assert plan.nodes[0].facts[0].required


def test_a_value_that_reads_what_arrived_is_not_evaluated_inline():
    plan = a_plan("a -> t", nodes={"t": transform("{{ arrived[0].output }}")})
    assert not plan.nodes[1].value.inline
    assert plan.nodes[1].reads == (0,)


def test_a_join_that_merges_by_a_keyword_has_its_sources_as_facts():
    plan = a_plan("(a, b) -> j", nodes={"j": {"type": "join", "with": {"merge": "list"}}})
    join = plan.nodes[2]
    assert (join.value.prepared, join.value.facts, join.value.inline, join.reads) == ("list", (0, 1), True, (0, 1))


def test_a_merge_is_an_expression_with_and_without_braces():
    bare = a_plan("a -> j", nodes={"j": {"type": "join", "with": {"merge": "nodes.a.output.x"}}}).nodes[1]
    braced = a_plan("a -> j", nodes={"j": {"type": "join", "with": {"merge": "{{ nodes.a.output.x }}"}}}).nodes[1]
    assert bare.value.facts == braced.value.facts == (0,)


def test_a_join_without_a_merge_has_the_value_null():
    join = a_plan("a -> j", nodes={"j": {"type": "join"}}).nodes[1]
    assert join.value.prepared == PlainValue(None)
    assert join.value.inline


def test_an_activity_has_no_value_and_reads_what_its_parameters_and_accept_name():
    plan = a_plan(
        "(a, b, c) -> d",
        nodes={"d": {**calls(x="{{ nodes.a.output }} and {{ input.y }}"), "accept": "output > nodes.c.output"}},
    )
    node = plan.nodes[3]
    assert (node.value, node.reads, node.reads_input) == (NO_VALUE, (0, 2), True)


def test_the_output_reads_what_it_names_else_the_terminal_nodes():
    assert a_plan("a -> (b, c)").output_reads == (1, 2)
    assert a_plan("a -> (b, c)", output={"x": "{{ nodes.a.output }}"}).output_reads == (0,)


def test_parallel_does_not_count_in_the_progress():
    assert a_plan("a -> p -> b", nodes={"p": {"type": "parallel"}}).counted == 2


def test_a_quorum_has_its_number_and_any_has_one():
    plan = a_plan(
        "(a, b) -> (q, o)",
        nodes={"q": {"join": {"mode": "quorum", "n": 2}}, "o": {"join": {"mode": "any", "cancel_rest": True}}},
    )
    assert [(node.quorum, node.cancel_rest) for node in plan.nodes] == [(0, False), (0, False), (2, False), (1, True)]


def test_a_gate_has_outcomes_of_its_own_besides_those_of_every_gate():
    plan = a_plan("a -> g", nodes={"g": gate(outcomes=["redo"])})
    assert plan.nodes[1].outcomes == ("approved", "rejected", "expired", "redo")


def test_on_error_comes_from_the_defaults_for_activities_only():
    plan = a_plan("a -> t", nodes={"t": {"type": "transform"}}, defaults={"on_error": "hold"})
    assert [node.on_error for node in plan.nodes] == ["hold", "fail"]


def test_compiling_gives_the_plan_that_building_gives():
    document = a_document("a -> (b, c) -> d", nodes={"d": calls(x="{{ nodes.b.output }}")})
    result = compiled("a -> (b, c) -> d", nodes={"d": calls(x="{{ nodes.b.output }}")})
    assert result.problems == ()
    assert result.plan.document == document
    assert order(result.plan) == ["a", "b", "c", "d"]
    assert result.plan.nodes[0].tool == CATALOGUE.tools["work"]


def test_a_chain_of_ten_thousand_nodes_is_planned():
    plan = a_plan(" -> ".join(f"n{i}" for i in range(10_000)))
    assert len(plan.levels) == 10_000


def test_a_fact_may_bind_names_of_its_own():
    plan = a_plan("a -> b", nodes={"b": {"when": "nodes.a.output.all(row, row > vars.least)"}}, vars={"least": 1})
    assert [fact.text for fact in plan.nodes[0].facts] == ["nodes.a.output.all(row, row > vars.least)"]
    plan = a_plan("a -> b", nodes={"b": {"when": "nodes.a.output.all(row, row > input.least)"}})
    assert [fact.text for fact in (*plan.nodes[0].facts, *plan.given)] == ["nodes.a.output", "input.least"]


def test_a_guard_that_reads_no_value_has_no_facts():
    (edge,) = a_plan("a; b", edges=[{"from": "a", "to": "b", "when": "run.environment == 'dev'"}]).edges
    assert edge.when is not None
    assert edge.when.facts == ()


def test_people_see_a_nodes_name_and_else_its_id():
    (planned,) = a_plan("a").nodes
    assert planned.name == "a"
    assert replace(planned, node=planned.node.model_copy(update={"name": "Draft"})).name == "Draft"
