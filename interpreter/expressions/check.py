"""What is wrong with an expression whatever the data: operators on values of types they never take."""

from interpreter.expressions.errors import ExpressionProblem
from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.operations import kind_of
from interpreter.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Constant,
    Expression,
    Has,
    Index,
    ListLiteral,
    Macro,
    Member,
    Name,
    ObjectLiteral,
    Unary,
    walk,
)

BOOLEAN, NUMBER, TEXT, LIST, OBJECT = "a boolean", "a number", "text", "a list", "an object"


def check(expression: Expression, expected: str | None = None) -> tuple[ExpressionProblem, ...]:
    """Problems of type in the expression and, where a type is `expected` (`a boolean`), of its value.

    Only what literals, operators and functions give is known here; the rest is anything.
    """
    problems = [problem for part in walk(expression) if (problem := _problem(part))]
    if expected is not None and (found := type_of(expression)) not in (None, expected):
        problems.append(ExpressionProblem(f"this gives {found}, but {expected} is needed", expression.at))
    return tuple(problems)


def type_of(expression: Expression) -> str | None:  # noqa: PLR0912  # one branch for each kind
    """The type that the expression always gives, as messages name it; None if that depends on data."""
    match expression:
        case Member() | Name() | Index():
            return None
        case Constant(value=value):
            return kind_of(value)
        case ListLiteral() | Macro(name="filter" | "map"):
            return LIST
        case ObjectLiteral():
            return OBJECT
        case Has() | Macro():
            return BOOLEAN
        case Unary(operator=operator):
            return BOOLEAN if operator == "!" else NUMBER
        case Call(function=function):
            return FUNCTIONS[function].result
        case Binary(operator="+", left=left, right=right):
            return type_of(left) or type_of(right)
        case Binary(operator="-" | "*" | "/" | "%"):
            return NUMBER
        case Binary():
            return BOOLEAN
        case Conditional(then=then, otherwise=otherwise):
            return _common(then, otherwise)
        case Coalesce(arguments=arguments):
            return _common(*arguments)
        case _:
            return None


def _common(*branches: Expression) -> str | None:
    types = {type_of(branch) for branch in branches}
    return types.pop() if len(types) == 1 else None


def _problem(part: Expression) -> ExpressionProblem | None:
    match part:
        case Binary():
            return _binary_problem(part)
        case Unary(operator=operator, operand=operand):
            return _needs(part, f"`{operator}`", {BOOLEAN if operator == "!" else NUMBER}, type_of(operand))
        case Conditional(test=test):
            return _needs(part, "`?`", {BOOLEAN}, type_of(test))
        case Macro(name=name, over=over):
            return _needs(part, f"`{name}`", {LIST, OBJECT}, type_of(over))
        case _:
            return None


def _needs(part: Expression, what: str, types: set[str], *operands: str | None) -> ExpressionProblem | None:
    """What is wrong with the types of the operands."""
    for found in operands:
        if found is not None and found not in types:
            return ExpressionProblem(f"{what} needs {' or '.join(sorted(types))}, not {found}", part.at)
    return None


def _binary_problem(part: Binary) -> ExpressionProblem | None:
    what, left, right = f"`{part.operator}`", type_of(part.left), type_of(part.right)
    if left is None and right is None:
        return None
    match part.operator:
        case "&&" | "||":
            return _needs(part, what, {BOOLEAN}, left, right)
        case "-" | "*" | "%" | "/":
            return _needs(part, what, {NUMBER}, left, right)
        case "in":
            return _needs(part, what, {LIST, OBJECT}, right)
        case "+":
            problem = _needs(part, what, {NUMBER, TEXT, LIST}, left, right)
            return problem or _mixed(part, left, right, "cannot add", "Use `string(x)` to make text of a value.")
        case "==" | "!=":
            return _mixed(part, left, right, "always finds a difference between", "Convert one of them.")
        case _:
            problem = _needs(part, what, {NUMBER, TEXT, BOOLEAN}, left, right)
            return problem or _mixed(part, left, right, "cannot compare", "Convert one of them.")


def _mixed(part: Binary, left: str | None, right: str | None, verb: str, fix: str) -> ExpressionProblem | None:
    """Two known types that differ. Anything may be compared with null."""
    if left == right or None in (left, right) or "null" in (left, right):
        return None
    return ExpressionProblem(f"`{part.operator}` {verb} {left} and {right}", part.at, fix=fix)
