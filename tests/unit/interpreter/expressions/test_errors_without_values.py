"""No error tells a value: whatever goes wrong, the message speaks of places and types."""

import itertools
import traceback
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from hypothesis import given, settings

from interpreter.expressions import (
    ExpressionError,
    Fuel,
    Scope,
    evaluate,
    parse,
    prepare_value,
    render,
    resolve_value,
)
from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.tree import BinaryOperator, Expression, MacroName
from interpreter.values import Json
from tests.unit.interpreter.expressions import conftest, grammar

WORD, WHOLE, FRACTION = "canary7Word", 88005553535, 77123.4567
CANARIES = (WORD, str(WHOLE), str(FRACTION), WORD.upper(), WORD.lower())
DATA: dict[str, Json] = {
    "word": WORD,
    "whole": WHOLE,
    "fraction": FRACTION,
    "beyond": WHOLE * 10**400,
    "object": {WORD: WORD, "inner": {WORD: [WHOLE]}},
    "list": [WORD, WHOLE, FRACTION, None, {WORD: WHOLE}],
    "words": [WORD, WORD],
    "none": None,
    "yes": True,
}


def told(attempt: Callable[..., object], *arguments: Any) -> str:
    """All that an error says to whoever prints or logs it, with what it came from."""
    try:
        attempt(*arguments)
    except ExpressionError as error:
        return "".join(traceback.format_exception(error)) + repr(error.args)
    return ""


def refusal(source: str) -> str:
    """What the expression says when it fails over the data."""
    return told(evaluate, parse(source), Scope(DATA))


def silent(text: str) -> bool:
    return not any(canary in text for canary in CANARIES)


def sources_of(function: str) -> Iterator[str]:
    """Calls of it with every combination of arguments, right and wrong."""
    least, most = FUNCTIONS[function].least, min(FUNCTIONS[function].most, 3)
    for count in range(least, most + 1):
        for names in itertools.product(DATA, repeat=count):
            yield f"{function}({', '.join(names)})"
    if FUNCTIONS[function].most == 4:
        yield from (f"{function}(word, word, word, {name})" for name in DATA)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_tells_what_it_was_given(function: str) -> None:
    messages = [refusal(source) for source in sources_of(function)]
    assert any(messages), "it refuses something"
    assert [text for text in messages if not silent(text)] == []


@pytest.mark.parametrize("operator", get_args(BinaryOperator))
def test_no_operator_tells_what_it_was_given(operator: str) -> None:
    for left, right in itertools.product(DATA, repeat=2):
        assert silent(refusal(f"{left} {operator} {right}"))


@pytest.mark.parametrize("macro", get_args(MacroName))
def test_no_macro_tells_what_it_goes_through(macro: str) -> None:
    for over, body in itertools.product(DATA, ["x", "x + 1", "x.field", "object[x].field", "x > 0", "int(x)"]):
        assert silent(refusal(f"{over}.{macro}(x, {body})"))


@pytest.mark.parametrize(
    "shape",
    ["{0}[{1}]", "{0}.field", "{0}[{1}].field", "-{0}", "!{0}", "{0} ? 1 : 2", "{{{0}: {1}}}", "{{'a': 1, {0}: 2, {1}: 3}}", "[{0}, {1}][9]",
     "has({0}[{1}].x)", "coalesce({0}.x, {1}[{0}])", "object[{0}][{1}].x"],
)  # fmt: skip
def test_no_path_and_no_literal_tells_what_it_holds(shape: str) -> None:
    for first, second in itertools.product(DATA, repeat=2):
        assert silent(refusal(shape.format(first, second)))


def test_no_template_tells_what_it_renders() -> None:
    for name, value in DATA.items():
        for text in (f"x {{{{ {name} }}}}", f"x {{{{ {name}.field }}}}", f"{{{{ {name}[0].x }}}}"):
            assert silent(told(resolve_value, prepare_value({"a": [text]}), Scope(DATA), Fuel(size=8)))
        assert silent(told(render, value, Fuel(size=8)))


@settings(conftest.PROFILE, max_examples=300)
@given(grammar.expressions)
def test_no_random_expression_tells_a_value(tree: Expression) -> None:
    """All names of the grammar hold canaries, and its constants do not look like one."""
    for value in ({**DATA, **dict.fromkeys(grammar.FIELDS, DATA)}, WORD, [WORD, WHOLE]):
        scope = Scope(dict.fromkeys(grammar.NAMES, value))
        assert silent(told(evaluate, tree, scope, Fuel(2000, size=100_000)))
