"""One language for every expression: a profile of CEL, pure and bounded by fuel."""

from interpreter.expressions.check import check
from interpreter.expressions.errors import ExpressionError, ExpressionProblem, FuelExhausted, Unresolved
from interpreter.expressions.evaluate import Program, evaluate, prepare
from interpreter.expressions.fuel import Fuel, size_of
from interpreter.expressions.parse import RESERVED, parse, parse_template
from interpreter.expressions.scope import Scope
from interpreter.expressions.source import source_of
from interpreter.expressions.templates import (
    Prepared,
    prepare_value,
    rebuild_value,
    render,
    resolve_value,
    templates_in,
)
from interpreter.expressions.tree import Expression, Template, children, rebuild, walk

__all__ = [
    "RESERVED",
    "Expression",
    "ExpressionError",
    "ExpressionProblem",
    "Fuel",
    "FuelExhausted",
    "Prepared",
    "Program",
    "Scope",
    "Template",
    "Unresolved",
    "check",
    "children",
    "evaluate",
    "parse",
    "parse_template",
    "prepare",
    "prepare_value",
    "rebuild",
    "rebuild_value",
    "render",
    "resolve_value",
    "size_of",
    "source_of",
    "templates_in",
    "walk",
]
