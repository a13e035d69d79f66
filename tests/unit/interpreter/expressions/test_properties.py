"""What holds for every expression and every text."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import given, settings

from interpreter.expressions import (
    ExpressionError,
    ExpressionProblem,
    Fuel,
    Scope,
    check,
    children,
    evaluate,
    parse,
    parse_template,
    prepare_value,
    rebuild,
    render,
    resolve_value,
    source_of,
    walk,
)
from interpreter.expressions.tree import Expression
from tests.unit.interpreter.expressions import conftest, grammar

few = settings(conftest.PROFILE, max_examples=200)
every = settings(conftest.PROFILE, max_examples=500)


def without_places(tree: Any) -> Any:
    """The tree with every position left out."""
    if isinstance(tree, tuple):
        return tuple(map(without_places, tree))
    if not is_dataclass(tree):
        return (type(tree), tree)
    return (type(tree), *(without_places(getattr(tree, field.name)) for field in fields(tree) if field.name != "at"))


def outcome(tree: Expression, names: dict[str, Any]) -> tuple[str, Any]:
    """The value as text, or how it failed; any other exception escapes and fails the test."""
    try:
        return "value", json.dumps(evaluate(tree, Scope(names), Fuel(2000, size=100_000)), sort_keys=True)
    except ExpressionError as error:
        return type(error).__name__, (error.message, error.at)


@every
@given(grammar.expressions)
def test_the_text_of_a_tree_parses_to_the_same_tree(tree: Expression) -> None:
    again = parse(source_of(tree))
    assert without_places(again) == without_places(tree)
    assert source_of(again) == source_of(tree)


@few
@given(grammar.expressions)
def test_the_text_of_a_tree_may_stand_in_a_template(tree: Expression) -> None:
    template = parse_template(f"a {{{{ {source_of(tree)} }}}} b")
    assert template is not None
    assert without_places(template.parts[1]) == without_places(tree)


@every
@given(grammar.expressions, grammar.scopes)
def test_evaluation_gives_json_or_a_typed_error_and_always_the_same(tree: Expression, names: dict[str, Any]) -> None:
    before = repr(names)
    first = outcome(tree, names)
    assert outcome(tree, names) == first
    assert repr(names) == before
    again = outcome(parse(source_of(tree)), names)
    assert again[0] == first[0]


@every
@given(grammar.expressions, grammar.scopes)
def test_nothing_depends_on_the_order_in_which_an_object_was_written(tree: Expression, names: dict[str, Any]) -> None:
    reordered = json.loads(json.dumps(names), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert outcome(tree, reordered) == outcome(tree, names)


@few
@given(grammar.expressions)
def test_walking_and_rebuilding_and_checking_take_every_tree(tree: Expression) -> None:
    assert sum(1 for _ in walk(tree)) == 1 + sum(1 for child in children(tree) for _ in walk(child))
    assert rebuild(tree, lambda child: child) is tree
    check(tree, "a boolean")


@every
@given(grammar.anything)
def test_any_text_is_an_expression_or_a_typed_problem(text: str) -> None:
    try:
        tree = parse(text)
    except ExpressionProblem as problem:
        inside = 0 <= problem.at <= len(text)
    else:
        inside = True
        outcome(tree, conftest.NAMES)
    assert inside


@every
@given(grammar.anything)
def test_any_text_is_a_template_or_a_typed_problem_and_resolves_to_what_can_be_rendered(text: str) -> None:
    try:
        value = resolve_value(prepare_value({"a": [text]}), Scope(conftest.NAMES), Fuel(2000))
        rendered = render(value)
    except (ExpressionProblem, ExpressionError):
        return
    if "{{" not in text:
        assert value == {"a": [text]}
    assert isinstance(rendered, str)


@few
@given(grammar.json_values)
def test_data_of_any_kind_passes_through_a_sole_template_unchanged(value: Any) -> None:
    assert resolve_value(prepare_value("{{ input }}"), Scope({"input": value})) is value
