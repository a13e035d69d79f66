"""What anybody may type: a value or a typed error, soon, and never anything else."""

import gc
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from interpreter.expressions import (
    ExpressionError,
    ExpressionProblem,
    Scope,
    check,
    evaluate,
    parse,
    prepare_value,
    render,
    resolve_value,
    source_of,
)
from tests.unit.interpreter.expressions.conftest import NAMES
from tests.unit.interpreter.expressions.fuzz import generated

SCOPE = Scope(
    {**NAMES, "long": "x" * 100_000, "list": list(range(1000)), "run": {"id": "r"}, "x": {"a": [1, "b"]}, "y": -0.5}
)
PATIENCE = 0.5
"""Seconds of processor time for one input; the budgets end an evaluation within a tenth of one."""


def tried(text: str) -> str:
    """How the text fares as a bare expression; whatever is no typed error escapes."""
    try:
        tree = parse(text)
    except ExpressionProblem:
        return "problem"
    check(tree, "a boolean")
    source_of(tree)
    try:
        evaluate(tree, SCOPE)
    except ExpressionError:
        return "error"
    return "value"


def resolved(text: str) -> None:
    """The same text as a value with templates in it; whatever is no typed error escapes."""
    try:
        value: Any = resolve_value(prepare_value({"a": [text]}), SCOPE)
        render(value)
    except (ExpressionProblem, ExpressionError):
        return
    assert "{{" in text or value == {"a": [text]}


@pytest.fixture
def quiet() -> Iterator[None]:
    """Garbage is collected between inputs, so that none is charged for what thousands before it left."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("count", [4_000, pytest.param(1_000_000, marks=[pytest.mark.full, pytest.mark.timeout(3600)])])
def test_any_input_ends_soon_with_a_value_or_a_typed_error(count: int) -> None:
    fared: Counter[str] = Counter()
    slowest = (0.0, 0)
    for number in range(count):
        if number % 10_000 == 0:
            gc.collect()
        text = generated(number)
        began = time.process_time()
        fared[tried(text)] += 1
        resolved(text)
        slowest = max(slowest, (time.process_time() - began, number))
    print(f"{count:,} inputs: {dict(fared)}; slowest {slowest[0] * 1000:.0f} ms, number {slowest[1]}")
    assert slowest[0] < PATIENCE, f"input {slowest[1]} took {slowest[0]:.1f} s"
    assert min(fared.values()) > count / 50, "enough inputs of each kind, or the test says nothing"
