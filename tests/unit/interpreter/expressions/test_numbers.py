"""One type of numbers."""

import json
from typing import Any

import pytest

from interpreter.expressions import ExpressionError, Scope, evaluate, parse
from tests.unit.interpreter.expressions.conftest import Language

LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("7.0", 7),
        ("1e3", 1000),
        ("10 / 4", 2.5),
        ("10 / 5", 2),
        ("0.5 + 0.5", 1),
        ("div(7, 2)", 3),
        ("div(-7, 2)", -3),
        ("div(7, -2)", -3),
        ("div(7.5, 2)", 3),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("7.5 % 2", 1.5),
        (f"{LARGEST} - 1 + 1", LARGEST),
        ("-9223372036854775808", -(2**63)),
        ("4611686018427387904 * 2 - 1.0 > 0 || true", True),
        (f"{LARGEST} == {LARGEST}.0", False),
        ("1e19 * 10", 1e20),
        ("9007199254740993 + 0", 9007199254740993),
        ("9007199254740993 + 0.0", 9007199254740993),
        ("-0.0", 0),
    ],
)
def test_arithmetic_is_exact_for_integers_and_double_otherwise(source: str, expected: Any, value: Language) -> None:
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "source",
    ["{n} + 1", "{n} * 3", "{n} % 4", "{n} / 2", "div({n}, 2)", "string({n})", "json([{n}])", "[1, 2, 3, 4, 5, 6, 7, 8][{n}]",
     "{n} in [7]", "{n} == 7", "distinct([{n}, 7])", "sum([{n}])", "round({n})", "range({n})", "max([{n}])", "int({n})"],
)  # fmt: skip
def test_7_and_7_0_are_the_same_everywhere(source: str) -> None:
    tree = parse(source.replace("{n}", "n"))
    results = [json.dumps(evaluate(tree, Scope({"n": number}))) for number in (7, 7.0)]
    assert results[0].replace("7.0", "7") == results[1].replace("7.0", "7")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f"{LARGEST} + 1", "the result does not fit in 64 bits"),
        (f"-{LARGEST} - 2", "the result does not fit in 64 bits"),
        ("4611686018427387904 * 2", "the result does not fit in 64 bits"),
        ("div(-9223372036854775808, -1)", "`div`: the result does not fit in 64 bits"),
        ("abs(-9223372036854775808)", "`abs`: the result does not fit in 64 bits"),
        ("1e308 * 10", "the number is too large"),
        ("1e308 / 1e-10", "the number is too large"),
        ("1 / 0", "division by zero"),
        ("1 / 0.0", "division by zero"),
        ("0 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("div(1, 0)", "`div`: division by zero"),
        ("sum([1e308, 1e308])", "`sum`: the number is too large"),
    ],
)
def test_overflow_and_division_by_zero_are_errors(source: str, message: str, value: Language) -> None:
    with pytest.raises(ExpressionError) as failure:
        value(source)
    assert failure.value.message == message


@pytest.mark.parametrize("number", [10**400, float("nan"), float("inf")])
def test_numbers_that_are_no_numbers_of_json_are_errors_also_when_they_come_from_data(number: float) -> None:
    with pytest.raises(ExpressionError, match="too large"):
        evaluate(parse("input + 1"), Scope({"input": number}))


def test_an_integer_from_data_beyond_64_bits_counts_as_a_double() -> None:
    assert evaluate(parse("input + 1"), Scope({"input": 10**20})) == 1e20
