"""Values with templates in them."""

from typing import Any

import pytest

from interpreter.expressions import (
    ExpressionError,
    ExpressionProblem,
    Fuel,
    FuelExhausted,
    Scope,
    Unresolved,
    prepare_value,
    rebuild_value,
    render,
    resolve_value,
    source_of,
    templates_in,
)
from interpreter.expressions.tree import Constant
from tests.unit.interpreter.expressions.conftest import NAMES

SCOPE = Scope(NAMES)


def resolved(value: Any) -> Any:
    return resolve_value(prepare_value(value), SCOPE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("{{ input.amount }}", 120),
        (" {{ input.rows }} ", NAMES["input"]["rows"]),
        ("{{ input.nothing }}", None),
        ("Region {{ input.region }}: {{ input.amount }}", "Region eu: 120"),
        ("{{ input.share }} {{ true }} {{ 2.0 }}", "0.25 true 2"),
        ("x {{ input.counts }}", 'x {"a":2,"b":1,"ä":3}'),
        ("x{{ [1, null] }}", "x[1,null]"),
        ("{{ '{{' }}", "{{"),
        ("a {{ '{{' }} b }}", "a {{ b }}"),
        ({"a": ["{{ input.amount }}", {"b": "x{{ 1 }}"}], "c": 5}, {"a": [120, {"b": "x1"}], "c": 5}),
        ({"{{ key }}": 1}, {"{{ key }}": 1}),
        ([], []),
        (None, None),
        (1.5, 1.5),
    ],
)
def test_a_sole_template_keeps_its_type_and_others_are_text(value: Any, expected: Any) -> None:
    assert resolved(value) == expected


def test_data_is_never_evaluated() -> None:
    assert resolved("{{ input.text }}") == "{{ vars.secret }}"
    assert resolved("so: {{ input.text }}") == "so: {{ vars.secret }}"
    assert resolved({"a": "{{ [input.text] }}"}) == {"a": ["{{ vars.secret }}"]}
    assert resolved("{{ '{{' }} vars.secret }}") == "{{ vars.secret }}"
    assert resolved(resolved("{{ input.text }}") + "{{ 1 }}") == "s3cr3t-value1", "only what a document says is parsed"


def test_a_literal_value_stands_for_itself() -> None:
    value = {"default": "{{ not.parsed"}
    assert resolve_value(prepare_value(value, literal=True), SCOPE) is value


def test_a_value_without_templates_is_not_copied() -> None:
    value = {"rows": [[1, 2], {"a": "b"}]}
    assert resolved(value) is value


def test_a_problem_names_the_path_inside_the_value() -> None:
    with pytest.raises(ExpressionProblem, match="ends too early") as problem:
        prepare_value({"a": [1, "{{ 1 + }}"]})
    assert problem.value.path == ("a", 1)


def test_all_problems_of_a_value_can_be_collected() -> None:
    problems: list[ExpressionProblem] = []
    prepare_value({"a": "{{ 1 + }}", "b": ["{{ x", "{{ x }}"]}, problems=problems)
    assert [problem.path for problem in problems] == [("a",), ("b", 0)]


def test_a_failure_names_the_path_inside_the_value() -> None:
    with pytest.raises(Unresolved) as failure:
        resolved({"a": [1, "x {{ input.missing }}"]})
    assert failure.value.path == ("a", 1)


def test_null_has_no_text() -> None:
    with pytest.raises(ExpressionError, match=r"null has no text; write `coalesce\(value, ''\)`") as failure:
        resolved("so {{ input.nothing }}")
    assert failure.value.at == 12


def test_templates_are_listed_with_their_paths() -> None:
    value = {"a": "x", "b": [1, "{{ input.a }}"], "c": {"d": "1 {{ input.b }}"}}
    found = [
        (path, source_of(next(part for part in template.parts if not isinstance(part, str))))
        for path, template in templates_in(value)
    ]
    assert found == [(("b", 1), "input.a"), (("c", "d"), "input.b")]
    assert list(templates_in(prepare_value(value))) == list(templates_in(value))


def test_expressions_in_a_value_can_be_changed() -> None:
    prepared = prepare_value({"a": ["x {{ input.a }}", 1], "b": "{{ input.b }}", "c": "plain"})
    changed = rebuild_value(prepared, lambda _: Constant(7))
    assert resolve_value(changed, Scope({})) == {"a": ["x 7", 1], "b": 7, "c": "plain"}


def test_one_budget_covers_a_whole_value() -> None:
    prepared = prepare_value(["{{ range(60) }}"] * 3)
    assert resolve_value(prepared, SCOPE, Fuel(1000))
    with pytest.raises(FuelExhausted):
        resolve_value(prepared, SCOPE, Fuel(150))


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (7.0, "7"), (True, "true"), ({"b": 1, "a": [2.5]}, '{"a":[2.5],"b":1}')]
)
def test_a_value_renders_to_text(value: Any, text: str) -> None:
    assert render(value) == text


def test_rendering_is_limited() -> None:
    with pytest.raises(FuelExhausted):
        render(["x" * 100] * 100, Fuel(size=5000))
