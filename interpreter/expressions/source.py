"""A tree back to its canonical text: one spelling for each tree, which parses to the same tree."""

import json
from typing import assert_never

from interpreter.expressions.parse import PRECEDENCE
from interpreter.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Constant,
    Expression,
    Fact,
    Has,
    Index,
    ListLiteral,
    Macro,
    Member,
    Name,
    ObjectLiteral,
    Unary,
)

CONDITIONAL, UNARY, POSTFIX = 0, 6, 7


def source_of(expression: Expression) -> str:
    """The text of the expression. A fact is written as what it stands for."""
    return _write(expression, CONDITIONAL)


def _write(expression: Expression, least: int) -> str:
    """The text, in brackets if it binds less than its surroundings need."""
    text, precedence = _text(expression)
    return text if precedence >= least else f"({text})"


def _text(expression: Expression) -> tuple[str, int]:  # noqa: PLR0912  # one branch for each kind
    match expression:
        case Member(of=of, field=field):
            return f"{_write(of, POSTFIX)}.{field}", POSTFIX
        case Name(name=name):
            return name, POSTFIX
        case Constant(value=value):
            return _constant(value)
        case Index(of=of, key=key):
            return f"{_write(of, POSTFIX)}[{source_of(key)}]", POSTFIX
        case Call(function=function, arguments=arguments):
            return f"{function}({_listed(arguments)})", POSTFIX
        case Coalesce(arguments=arguments):
            return f"coalesce({_listed(arguments)})", POSTFIX
        case Has(path=path):
            return f"has({source_of(path)})", POSTFIX
        case ListLiteral(items=items):
            return f"[{_listed(items)}]", POSTFIX
        case ObjectLiteral(entries=entries):
            inner = ", ".join(f"{source_of(key)}: {source_of(value)}" for key, value in entries)
            # A space keeps an object at the edge of a template from reading as its braces.
            return f"{{ {inner} }}" if entries else "{ }", POSTFIX
        case Macro():
            return _macro(expression), POSTFIX
        case Unary(operator=operator, operand=operand):
            inner = _write(operand, UNARY)
            # A minus before a digit would belong to the number: -(1.x), not (-1).x
            return f"{operator}({inner})" if operator == "-" and inner[0].isdigit() else f"{operator}{inner}", UNARY
        case Binary(operator=operator, left=left, right=right):
            own = PRECEDENCE[operator]
            return f"{_write(left, own)} {operator} {_write(right, own + 1)}", own
        case Conditional(test=test, then=then, otherwise=otherwise):
            return f"{_write(test, 1)} ? {_write(then, 1)} : {source_of(otherwise)}", CONDITIONAL
        case Fact(original=original):
            return _text(original)
        case _:
            assert_never(expression)


def _listed(expressions: tuple[Expression, ...]) -> str:
    return ", ".join(map(source_of, expressions))


def _macro(macro: Macro) -> str:
    chosen = f"{source_of(macro.filter)}, " if macro.filter is not None else ""
    return f"{_write(macro.over, POSTFIX)}.{macro.name}({macro.variable}, {chosen}{source_of(macro.body)})"


def _constant(value: object) -> tuple[str, int]:
    if isinstance(value, str):
        # JSON's escapes are among CEL's, but for characters beyond 16 bits, which may stand as they are.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f"), POSTFIX
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return repr(value), UNARY
    return json.dumps(value), POSTFIX
