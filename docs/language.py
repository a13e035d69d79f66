"""The generated parts of the page on expressions: operators, macros, functions, departures from CEL, limits."""

import json
from pathlib import Path
from typing import get_args

from docs.examples import FUNCTION_EXAMPLES, MACRO_EXAMPLES, OPERATOR_EXAMPLES
from docs.tables import table
from interpreter.expressions import Scope, evaluate, parse
from interpreter.expressions.fuel import DEPTH, SIZE, STEPS
from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.limits import BYTES, LEVELS, LINKS
from interpreter.expressions.tree import BinaryOperator, MacroName, UnaryOperator

DEPARTURES = Path(__file__).parents[1] / "tests/conformance/cel/departures.json"


def operators() -> str:
    """Every operator, with an example that was evaluated."""
    names = dict.fromkeys([*get_args(BinaryOperator), *get_args(UnaryOperator), "? :", "x.field", "x[key]"])
    rows = [[f"`{name}`", takes, *evaluated(example)] for name in names for takes, example in [OPERATOR_EXAMPLES[name]]]
    return table(("Operator", "Takes", "Example", "Is"), rows)


def macros() -> str:
    """Every macro, with an example that was evaluated."""
    names = [*get_args(MacroName), "has", "coalesce"]
    rows = [
        [f"`{usage}`", says, *evaluated(example)] for name in names for usage, says, example in MACRO_EXAMPLES[name]
    ]
    return table(("Macro", "Gives", "Example", "Is"), rows)


def functions() -> str:
    """Every function, with an example that was evaluated."""
    rows = [
        [f"`{function.usage}`", function.result or "", *evaluated(FUNCTION_EXAMPLES[name])]
        for name, function in sorted(FUNCTIONS.items())
    ]
    return table(("Function", "Gives", "Example", "Is"), rows)


def evaluated(example: str) -> list[str]:
    """The example, and its value as JSON."""
    value = evaluate(parse(f"json({example})"), Scope({}))
    return [f"`` {example} ``" if "`" in example else f"`{example}`", f"`{value}`"]


def departures() -> str:
    """Where the profile departs from CEL: the list that the conformance tests hold it to."""
    listed = json.loads(DEPARTURES.read_text())
    return table(("CEL", "Here", "Why"), [[one["cel"], one["here"], one["why"]] for one in listed])


def limits() -> str:
    """The limits of one expression and of one evaluation."""
    rows = [
        ["the text of an expression", f"{BYTES // 1024} KiB", "when it is saved"],
        ["nesting: brackets, arguments, branches", f"{LEVELS} levels", "when it is saved"],
        ["a chain such as `a + b + …` or `a.b.…`", str(LINKS), "when it is saved"],
        ["steps", f"{STEPS:,}", "when it is evaluated"],
        ["what is built on the way", f"{SIZE // 2**20} MiB", "when it is evaluated"],
        ["the depth of a value that is built", f"{DEPTH} levels", "when it is evaluated"],
    ]
    return table(("Limit on", "Is", "Fails"), rows)
