"""The value of an expression.

Nothing of the scope is copied or converted, so an expression over a large run costs what it reads.
Fuel is taken once for the tree and again for each round of a macro, which costs nothing measurable
and still bounds everything.
"""

from collections.abc import Callable

from interpreter.expressions.closures import close
from interpreter.expressions.fuel import Fuel
from interpreter.expressions.scope import Frame, Scope
from interpreter.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Expression,
    ListLiteral,
    Macro,
    ObjectLiteral,
    walk,
)
from interpreter.values import Json

Program = Callable[[Scope, Fuel | None], Json]

_BUILT = (Call, Binary, ListLiteral, ObjectLiteral, Macro, Conditional, Coalesce)
_programs: dict[int, tuple[Expression, Program]] = {}
_PROGRAMS_KEPT = 16_384


def evaluate(expression: Expression, scope: Scope, fuel: Fuel | None = None) -> Json:
    """The expression's value. Raises ExpressionError, Unresolved or FuelExhausted, and nothing else.

    A tree that comes again (plans keep theirs) is not prepared again.
    """
    known = _programs.get(id(expression))
    if known is None:
        if len(_programs) >= _PROGRAMS_KEPT:
            _programs.clear()
        # The tree is kept with its program, so that no other tree can get its id.
        known = _programs[id(expression)] = (expression, prepare(expression))
    return known[1](scope, fuel)


def prepare(expression: Expression) -> Program:
    """The expression as a function of a scope and a budget."""
    step = close(expression)
    cost = sum(1 for _ in walk(expression))
    built = isinstance(expression, _BUILT)

    def program(scope: Scope, fuel: Fuel | None = None) -> Json:
        fuel = fuel or Fuel()
        fuel.spend(cost)
        value = step(Frame(scope, fuel))
        # Parts may be shared, so that a small value in memory is a huge one when it is written.
        if built and isinstance(value, list | dict):
            fuel.measure(value)
        return value

    return program
