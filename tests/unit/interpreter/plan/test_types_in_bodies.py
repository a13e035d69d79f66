"""Of which type it is what a body is given, and what it gives."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from interpreter.catalogue import Workflow
from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE, a_document
from tests.unit.interpreter.plan.checking import (
    a_loop,
    a_map,
    problems,
    reading,
    the_problem,
    transform,
)

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
    event = {"type": "event", "with": {"name": "paid"}, "output_schema": schema}
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
