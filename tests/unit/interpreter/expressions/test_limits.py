"""Each limit from both sides: what it still allows, and what it does not."""

from typing import Any

import pytest

from interpreter.expressions import (
    ExpressionError,
    ExpressionProblem,
    Fuel,
    FuelExhausted,
    Scope,
    evaluate,
    parse,
    parse_template,
    resolve_value,
)
from interpreter.expressions.fuel import DEPTH, ELEMENT, SIZE, STEPS
from interpreter.expressions.limits import BYTES, LEVELS, LINKS
from interpreter.expressions.templates import prepare_value
from tests.unit.interpreter.expressions.conftest import Language


def nested(levels: int, value: Any = 1) -> Any:
    """So many lists within each other."""
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_an_expression_may_have_4_kib_and_not_a_byte_more(letter: str) -> None:
    count = (BYTES - 2) // len(letter.encode())
    text = f"'{letter * count}'"
    padded = text + " " * (BYTES - len(text.encode()))
    parse(padded)
    parse_template(f"a {{{{{padded}}}}} b")
    for longer in (padded + " ", f"{{{{{padded} }}}}"):
        with pytest.raises(ExpressionProblem, match="at most 4 KiB"):
            parse(longer)
    with pytest.raises(ExpressionProblem, match="at most 4 KiB"):
        parse_template(f"a {{{{{padded} }}}} b")


def test_text_around_expressions_may_be_longer_than_an_expression() -> None:
    template = parse_template("a" * 100_000 + "{{ x }}" + "b" * 100_000 + "{{ y }}")
    assert template is not None
    assert len(template.parts) == 4


@pytest.mark.parametrize(
    ("before", "inner", "after"),
    [("(", "1", ")"), ("[", "1", "]"), ("!", "true", ""), ("-", "a", ""), ("a ? b : ", "c", ""), ("a[", "0", "]"), ("size(", "a", ")"),
     ("{'a': ", "1", "}"), ("a.map(x, ", "x", ")"), ("coalesce(", "a", ")")],
)  # fmt: skip
def test_an_expression_may_nest_32_levels_and_not_one_more(before: str, inner: str, after: str) -> None:
    parse(before * LEVELS + inner + after * LEVELS)
    with pytest.raises(ExpressionProblem, match="nests at most 32 deep"):
        parse(before * (LEVELS + 1) + inner + after * (LEVELS + 1))


@pytest.mark.parametrize(("start", "link"), [("1", "+1"), ("a", ".b"), ("a", "[0]"), ("a", ".size()"), ("a", "&&a")])
def test_a_chain_may_have_128_links_at_its_highest_and_not_one_more(start: str, link: str) -> None:
    parse(start + link * (LINKS - 1))
    with pytest.raises(ExpressionProblem, match="chains at most 128"):
        parse(start + link * LINKS)


@pytest.mark.parametrize(
    ("source", "steps"),
    [("1", 1), ("1 + 2", 3), ("[1, 2]", 3), ("[1, 2].all(x, x > 0)", 15), ("range(10)", 12), ("[1, 2].map(x, x > 1, x)", 18)],
)  # fmt: skip
def test_an_expression_takes_the_same_number_of_steps_each_time(source: str, steps: int) -> None:
    evaluate(parse(source), Scope({}), fuel := Fuel(steps))
    assert fuel.steps == 0
    with pytest.raises(FuelExhausted, match="too many steps"):
        evaluate(parse(source), Scope({}), Fuel(steps - 1))


def test_an_evaluation_has_100_000_steps_and_not_one_more(value: Language) -> None:
    assert len(value(f"range({STEPS - 2})")) == STEPS - 2
    with pytest.raises(FuelExhausted, match="too many steps"):
        value(f"range({STEPS - 1})")


def test_an_evaluation_may_build_16_mib_and_not_a_character_more() -> None:
    tree = parse("a + b")
    half = "x" * (SIZE // 2)
    assert len(str(evaluate(tree, Scope({"a": half, "b": half})))) == SIZE
    with pytest.raises(FuelExhausted, match="too large a value"):
        evaluate(tree, Scope({"a": half, "b": half + "x"}))


def test_a_value_that_is_given_back_counts_with_every_part_that_occurs_twice() -> None:
    tree, part = parse("[a, a]"), "x" * 100
    needed = 3 * ELEMENT + 2 * (ELEMENT + len(part))
    assert evaluate(tree, Scope({"a": part}), Fuel(size=needed)) == [part, part]
    with pytest.raises(FuelExhausted, match="too large a value"):
        evaluate(tree, Scope({"a": part}), Fuel(size=needed - 1))


@pytest.mark.parametrize("source", ["[input]", "{'a': input}", "input + [input]", "[1].map(x, input)"])
def test_a_value_that_is_built_may_be_200_levels_deep_and_not_one_more(source: str) -> None:
    tree = parse(source)
    evaluate(tree, Scope({"input": nested(DEPTH - 1)}))
    for deep in (nested(DEPTH), nested(DEPTH - 1, {}), nested(DEPTH - 1, [])):
        with pytest.raises(FuelExhausted, match="too deep a value"):
            evaluate(tree, Scope({"input": deep}))


@pytest.mark.parametrize("source", ["json(input)", "string(input)", "input == input"])
def test_a_value_that_is_read_through_may_be_200_levels_deep_and_not_one_more(source: str) -> None:
    evaluate(parse(source), Scope({"input": nested(DEPTH)}))
    with pytest.raises(ExpressionError, match="too deep"):
        evaluate(parse(source), Scope({"input": nested(DEPTH + 1)}))


def test_a_value_that_is_only_passed_on_has_no_limit_of_depth() -> None:
    deep = nested(1000)
    assert evaluate(parse("input"), Scope({"input": deep})) is deep
    assert resolve_value(prepare_value("{{ input[0] }}"), Scope({"input": deep})) is deep[0]


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("1 > 0 && range(1000000).size() > 1", 9),
        ("[1].all(x, range(40).all(y, input.all(z, true)))", 34),
        ("coalesce(null, input + input)", 21),
        ("[[input, input] == [input, input]]", 16),
        ("1 > 0 ? [input, 1] in [1, [input, 2]] : false", 19),
    ],
)
def test_what_was_stopped_says_where(source: str, at: int) -> None:
    with pytest.raises(FuelExhausted) as stopped:
        evaluate(parse(source), Scope({"input": ["a" * 3] * 1000}), Fuel(1000, size=10_000))
    assert stopped.value.at == at


def test_a_text_that_is_rendered_too_large_says_where() -> None:
    with pytest.raises(FuelExhausted) as stopped:
        resolve_value(prepare_value("so: {{ input }}"), Scope({"input": "x" * 100}), Fuel(size=50))
    assert stopped.value.at == 7
