"""What expressions read, against the schemas of where it comes from."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from typing import Any

import pytest

from tests.unit.interpreter.plan.checking import asks, calls, gate, problems, the_problem

INPUT = {
    "type": "object",
    "required": ["name", "rows"],
    "properties": {
        "name": {"type": "string"},
        "note": {"type": "string"},
        "region": {"enum": ["eu", "us"], "default": "eu"},
        "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
        "either": {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"x": {}}}]},
        "open": {"type": "object", "properties": {}, "additionalProperties": {"type": "number"}},
    },
    "$defs": {"row": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}},
}


def reading(expression, **top):
    return problems("a -> b", nodes={"b": calls(x=f"{{{{ {expression} }}}}")}, input=INPUT, **top)


@pytest.mark.parametrize(
    "expression",
    [
        "input.name",
        "input.region",
        "input['name']",
        "input.rows[0].id",
        "input.rows.map(r, r.id)",
        "input.rows.filter(r, r.id > 3)[0].id",
        "has(input.either) ? input.either.x : 1",
        "has(input.open) ? input.open.anything : 1",
        "has(input.note) ? input.note : 'none'",
        "has(input.note) && input.note == 'x'",
        "coalesce(input.note, 'none')",
        "nodes.a.output.whatever",
        "nodes.a.error.type == 'x' ? 1 : 2",
        "input[vars.k]",
    ],
)
def test_what_the_schema_allows_or_does_not_know_compiles(expression):
    found = reading(expression, vars={"k": "name"})
    assert found == [] or "error" in expression


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("input.nmae", "unknown_field"),
        ("input.rows[0].idd", "unknown_field"),
        ("input.rows.map(r, r.idd)", "unknown_field"),
        ("input.name.first", "wrong_type"),
        ("input.name[0]", "wrong_type"),
        ("input.rows.id", "wrong_type"),
        ("run.id.x", "wrong_type"),
        ("nodes.a.status.x", "wrong_type"),
        ("input.note", "may_be_absent"),
        ("coalesce(input.note)", "may_be_absent"),
        ("1 + true", "wrong_type"),
    ],
)
def test_what_the_schema_does_not_have_is_a_problem(expression, code):
    assert reading(expression) == [(code, "nodes[1].with.args.x")]


def test_an_undeclared_field_names_the_one_that_was_meant():
    problem = the_problem("a -> b", nodes={"b": calls(x="{{ input.nmae }}")}, input=INPUT)
    assert problem.fix == "Did you mean `name`?"


def test_a_guard_is_true_or_false():
    assert problems("a", nodes={"a": {"when": "input.name"}}, input=INPUT) == [("wrong_type", "nodes[0].when")]
    assert problems("a", nodes={"a": {"when": "1 + 1"}}) == [("wrong_type", "nodes[0].when")]
    assert problems("a", nodes={"a": {"when": "env.ON"}}, env={"ON": {"type": "boolean"}}) == []
    assert problems("a", nodes={"a": {"when": "env.ON"}}, env={"ON": {}}) == [("wrong_type", "nodes[0].when")]


def test_a_tools_result_and_a_nodes_own_schema_are_known():
    score = {"with": {"tool": "score", "args": {"text": "x"}}}
    assert problems("s -> b", nodes={"s": score, "b": calls(x="{{ nodes.s.output.vale }}")}) == [
        ("unknown_field", "nodes[1].with.args.x")
    ]
    own = {**score, "output_schema": {"type": "string"}, "accept": "output == 'x'"}
    assert problems("s -> b", nodes={"s": own, "b": calls(x="{{ nodes.s.output.value }}")}) == [
        ("wrong_type", "nodes[1].with.args.x")
    ]


def test_a_case_that_tests_for_a_field_makes_it_safe_behind_it():
    nodes = {"r": asks("with_note", default="without", when="has(input.note)"), "b": calls(x="{{ input.note }}")}
    assert problems("r -[with_note]-> b; r -[without]-> c", nodes=nodes, input=INPUT) == []
    assert problems("r -[with_note]-> c; r -[without]-> b", nodes=nodes, input=INPUT) == [
        ("may_be_absent", "nodes[2].with.args.x")
    ]


def test_gates_conditions_and_forks_have_outputs_of_a_known_shape():
    form = {"type": "object", "required": ["note"], "properties": {"note": {"type": "string"}}}
    nodes = {"g": gate(form=form), "b": calls(x="{{ nodes.g.output.form.note }}", y="{{ nodes.g.output.from }}")}
    assert problems("g -> b".replace("->", "-[approved]->"), nodes=nodes) == [("unknown_field", "nodes[1].with.args.y")]
    assert problems("p -> b", nodes={"p": {"type": "parallel"}, "b": calls(x="{{ nodes.p.output.x }}")}) == [
        ("wrong_type", "nodes[1].with.args.x")
    ]
    route = {"r": asks("x"), "b": calls(x="{{ nodes.r.output.case }}")}
    assert problems("r -[x]-> b", nodes=route) == []


def test_a_reference_that_leads_in_a_circle_is_unknown_and_compiles():
    schema = {
        "properties": {"x": {"$ref": "#/$defs/self"}},
        "required": ["x"],
        "$defs": {"self": {"$ref": "#/$defs/self"}},
    }
    assert problems("a", nodes={"a": calls(x="{{ input.x.y }}")}, input=schema) == []


def scores(text: str) -> dict[str, Any]:
    return {"with": {"tool": "score", "args": {"text": text}}}


WRONG_ARGUMENT = [("wrong_type", "nodes[0].with.args.text")]


@pytest.mark.parametrize(
    ("of_input", "found"), [("string", []), ("integer", WRONG_ARGUMENT), ("object", WRONG_ARGUMENT)]
)
def test_an_argument_that_is_one_template_has_the_type_that_the_tool_takes(of_input: str, found: list[tuple[str, str]]):
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"type": of_input}}}
    assert problems("a", nodes={"a": scores("{{ input.x }}")}, input=schema) == found


def test_an_argument_with_text_around_its_template_is_text():
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
    assert problems("a", nodes={"a": scores("no. {{ input.x }}")}, input=schema) == []
