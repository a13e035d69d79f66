"""What is seen in a body, what is there, and of which type it is."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from interpreter.catalogue import Workflow
from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE, a_document
from tests.unit.interpreter.plan.checking import a_loop, a_map, asks, calls, compiled, problems, the_problem, transform


def reading(expression):
    return calls(x=f"{{{{ {expression} }}}}")


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


INPUT = {
    "type": "object",
    "required": ["rows", "name"],
    "properties": {
        "name": {"type": "string"},
        "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
    },
    "$defs": {"row": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}},
}


def typed(expression, each, **nodes):
    return problems("each -> b", nodes={"each": each, "b": reading(expression), **nodes}, input=INPUT)


WRONG = [("wrong_type", "nodes[1].with.args.x")]
UNKNOWN_FIELD = [("unknown_field", "nodes[1].with.args.x")]


def test_an_item_is_of_the_type_of_the_lists_items():
    assert problems("each", nodes={"each": a_map("a", nodes={"a": reading("item.id + 1")})}, input=INPUT) == []
    assert problems("each", nodes={"each": a_map("a", nodes={"a": reading("item.idd")})}, input=INPUT) == [
        ("unknown_field", "nodes[0].with.nodes[0].with.args.x")
    ]
    assert problems("each", nodes={"each": a_map("a", nodes={"a": reading("index.x")})}) == [
        ("wrong_type", "nodes[0].with.nodes[0].with.args.x")
    ]
    of_list = a_map("a", nodes={"a": reading("item.y")}, items=[{"x": 1}, {"x": 2}])
    assert problems("each", nodes={"each": of_list}) == []


def test_items_are_a_list():
    problem = the_problem("each", nodes={"each": a_map("a", items="input.name")}, input=INPUT)
    assert (problem.code, problem.dotted) == ("wrong_type", "nodes[0].with.items")
    assert "entries" in (problem.fix or "")


def test_a_map_gives_a_list_of_what_its_body_gives():
    each = a_map("a", output={"id": "{{ item.id }}", "text": "no. {{ item.id }}"})
    assert typed("nodes.each.output[0].id + 1", each) == []
    assert typed("nodes.each.output.map(one, one.idd)", each) == UNKNOWN_FIELD
    assert typed("nodes.each.output[0].text.x", each) == WRONG
    assert typed("nodes.each.output.id", each) == WRONG


def test_without_an_output_an_item_gives_what_its_terminal_nodes_give():
    each = a_map("a -> (t, u)", nodes={"t": transform("{{ item.id }}"), "u": transform([1, 2])})
    assert typed("nodes.each.output[0].t.x", each) == WRONG
    assert typed("nodes.each.output[0].u[0]", each) == []
    assert typed("nodes.each.output[0].a", each) == UNKNOWN_FIELD
    guarded = a_map("a -> (t, u)", nodes={"u": {"when": "item.id > 1"}})
    assert typed("nodes.each.output[0].u", guarded) == [("may_be_absent", "nodes[1].with.args.x")]
    chain = {"type": "map", "with": {"items": "input.rows", "chain": [{"id": "t", **transform({"k": 1})}]}}
    assert typed("nodes.each.output[0].kk", chain) == UNKNOWN_FIELD
    chain["with"]["chain"][0] |= {"when": "item.id > 1"}
    assert typed("nodes.each.output[0].kk", chain) == []


def test_what_a_map_collects_says_how_each_item_ended():
    each = a_map("a", output="{{ item.id }}", on_item_error="collect")
    assert typed("nodes.each.output[0].index + size(nodes.each.output[0].status)", each) == []
    assert typed("nodes.each.output[0].id", each) == UNKNOWN_FIELD
    assert typed("nodes.each.output[0].output", each) == []
    assert typed("nodes.each.output[0].error.type", each) == []


def test_a_loop_gives_what_its_last_lap_gives():
    loop = a_loop("a", output={"n": "{{ lap }}"})
    assert typed("nodes.each.output.n + 1", loop) == []
    assert typed("nodes.each.output.m", loop) == UNKNOWN_FIELD


def test_the_lap_before_gave_what_both_the_first_and_all_others_begin_with():
    def lap(expression, initial):
        loop = a_loop("a", nodes={"a": reading(expression)}, output={"n": "{{ lap }}"}, initial=initial)
        return problems("each", nodes={"each": loop})

    wrong = [("unknown_field", "nodes[0].with.nodes[0].with.args.x")]
    assert lap("prev.m", {"n": "{{ size('x') }}"}) == []
    assert lap("prev.n.x", {"n": 0}) == [("wrong_type", "nodes[0].with.nodes[0].with.args.x")]
    assert lap("prev.m", {"n": 0}) == wrong
    assert lap("lap.x", None) == [("wrong_type", "nodes[0].with.nodes[0].with.args.x")]


def test_a_transform_gives_what_it_builds():
    value = {
        "a": 1,
        "b": "{{ input.name }}",
        "c": [True],
        "d": "no. {{ input.name }}",
        "e": None,
        "f": "{{ {'g': 1} }}",
    }
    for expression, found in {
        "nodes.each.output.a.x": WRONG,
        "nodes.each.output.b.x": WRONG,
        "nodes.each.output.c[0].x": WRONG,
        "nodes.each.output.d.x": WRONG,
        "nodes.each.output.e.x": WRONG,
        "nodes.each.output.f.h": UNKNOWN_FIELD,
        "nodes.each.output.z": UNKNOWN_FIELD,
        "nodes.each.output.f.g": [],
    }.items():
        assert typed(expression, transform(value)) == found


def test_what_a_transform_says_of_itself_counts_before_what_it_builds():
    own = {**transform({"a": 1}), "output_schema": {"type": "object", "properties": {"z": {}}, "required": ["z"]}}
    assert typed("nodes.each.output.z", own) == []


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("[1, 2].map(x, x + 1)[0].y", WRONG),
        ("input.rows.map(r, r.id > 0, r)[0].idd", UNKNOWN_FIELD),
        ("input.rows.exists(r, r.id == 1).x", WRONG),
        ("{'a': input.name}.a.x", WRONG),
        ("{'a': 1, input.name: 2}.b", []),
        ("coalesce(input.name, 'x').y", WRONG),
        ("(true ? 1 : 2).y", WRONG),
        ("'{{ text }}'.y", WRONG),
        ("(1 < 2).y", WRONG),
        ("size('x').y", WRONG),
        ("[1, 'x'][0].y", []),
    ],
)
def test_literals_operators_and_macros_have_types(expression, found):
    assert typed(expression, {}) == found


def test_a_sub_workflow_gives_what_its_version_declares():
    schema = {"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}}
    catalogue = CATALOGUE.model_copy(update={"workflows": {"w": Workflow(version=2, output_schema=schema)}})

    def found(expression, **said):
        sub = {"type": "subworkflow", "with": {"workflow": "w", **said}}
        document = a_document("s -> b", nodes={"s": sub, "b": reading(expression)})
        return [(one.code, one.dotted) for one in compile_document(document, catalogue).problems]

    assert found("nodes.s.output.total + 1") == []
    assert found("nodes.s.output.totl") == UNKNOWN_FIELD
    assert found("nodes.s.output.totl", version=1) == []
    assert found("nodes.s.output.totl", environment="prod") == []
    assert found("nodes.s.output.run_id", mode="detach") == []
    assert found("nodes.s.output.total", mode="detach") == UNKNOWN_FIELD
    catalogue = CATALOGUE.model_copy(update={"workflows": {"w": Workflow(version=2)}})
    assert found("nodes.s.output.anything") == []
    catalogue = CATALOGUE
    assert found("nodes.s.output.anything") == []


def test_an_events_payload_is_what_its_schema_says():
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    event = {**EVENT, "output_schema": schema}
    assert problems("e -> b", nodes={"e": event, "b": reading("nodes.e.output.idd")}) == UNKNOWN_FIELD


def test_until_is_true_or_false():
    assert problems("each", nodes={"each": a_loop("a", until="lap + 1")}) == [("wrong_type", "nodes[0].with.until")]
    assert problems("a", nodes={"a": {"accept": "size(output)"}}) == [("wrong_type", "nodes[0].accept")]


def test_a_default_of_a_variable_is_of_its_type():
    assert problems("a", env={"N": {"type": "integer", "default": "3"}}) == [("wrong_type", "env.N.default")]
    assert problems("a", env={"N": {"type": "integer", "default": 3}, "S": {"default": "x"}, "T": {}}) == []


def test_values_are_typed_through_thousands_of_nodes_without_recursion():
    nodes = {f"n{i}": transform(f"{{{{ nodes.n{i - 1}.output + 1 }}}}") for i in range(1, 3_000)}
    nodes = {"n0": transform(1), **nodes, "last": reading("nodes.n2999.output.x")}
    graph = " -> ".join(nodes)
    assert [code for code, _ in problems(graph, nodes=nodes)] == ["wrong_type"]
