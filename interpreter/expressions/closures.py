"""Trees to closures: each takes a `Frame` and gives the value of its sub-expression."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from interpreter.expressions import operations
from interpreter.expressions.errors import ExpressionError, FuelExhausted, Unresolved
from interpreter.expressions.fuel import TEXT_PER_STEP, Fuel
from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.macros import boolean, close_macro, not_boolean
from interpreter.expressions.operations import Refused, kind_of
from interpreter.expressions.scope import Frame, Step
from interpreter.expressions.source import source_of
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
    walk,
)
from interpreter.values import Json

Bound = frozenset[str]
"""The names that macros around an expression bind, and that hide those of the scope."""


def close(tree: Expression, bound: Bound = frozenset()) -> Step:
    """The expression as a closure."""
    return _CLOSERS[type(tree)](tree, bound)


def _constant(tree: Constant, _: Bound) -> Step:
    value = tree.value
    return lambda _: value


def _path(tree: Name | Member, bound: Bound) -> Step:
    """`a.b.c` in one step: the most frequent shape, and the one that guards are made of."""
    fields: list[Member] = []
    root: Expression = tree
    while isinstance(root, Member):
        fields.insert(0, root)
        root = root.of
    keys = tuple(member.field for member in fields)
    start = close(root, bound) if not isinstance(root, Name) else None
    name = root.name if isinstance(root, Name) else ""
    local = name in bound

    def path(frame: Frame) -> Any:
        if start is not None:
            value: Any = start(frame)
        elif local:
            value = frame.variables[name]
        else:
            try:
                value = frame.names[name]
            except KeyError:
                raise Unresolved(f"`{name}` is absent", root.at) from None
        part = value
        try:
            for key in keys:
                part = part[key]
        except (KeyError, TypeError):
            raise _absent(value, fields) from None
        return part

    return path


def _absent(value: Any, fields: list[Member]) -> Unresolved:
    """Which part of the path is absent. What is no object has no fields, so they are absent too."""
    for member in fields[:-1]:
        if not isinstance(value, Mapping) or member.field not in value:
            break
        value = value[member.field]
    else:
        member = fields[-1]
    if isinstance(value, Mapping):
        return Unresolved(f"`{source_of(member)}` is absent", member.at)
    return Unresolved(f"`{source_of(member)}` is absent: `{source_of(member.of)}` is {kind_of(value)}", member.at)


def _index(tree: Index, bound: Bound) -> Step:
    of, key = close(tree.of, bound), close(tree.key, bound)

    def index(frame: Frame) -> Any:
        value, at = of(frame), key(frame)
        if isinstance(value, list):
            place = _refusable(tree.at, operations.integer, at, "the index of a list")
            if 0 <= place < len(value):
                return value[place]
        elif isinstance(value, Mapping):
            if not isinstance(at, str):
                raise ExpressionError(f"the key of an object must be text, not {kind_of(at)}", tree.at)
            if at in value:
                return value[at]
        elif value is not None:
            raise ExpressionError(f"`{source_of(tree.of)}` is {kind_of(value)}: it has no parts", tree.at)
        raise Unresolved(f"`{source_of(tree)}` is absent", tree.at)

    return index


def _refusable(at: int, run: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return run(*arguments)
    except Refused as refused:
        raise ExpressionError(str(refused), at) from None
    except FuelExhausted as exhausted:
        raise exhausted.located(at) from None


def _call(tree: Call, bound: Bound) -> Step:
    arguments = [close(argument, bound) for argument in tree.arguments]
    run, name = FUNCTIONS[tree.function].run, tree.function

    def call(frame: Frame) -> Any:
        values = [argument(frame) for argument in arguments]
        try:
            return run(frame.fuel, *values)
        except Refused as refused:
            raise ExpressionError(f"`{name}`: {refused}", tree.at) from None
        except FuelExhausted as exhausted:
            raise exhausted.located(tree.at) from None

    return call


def _unary(tree: Unary, bound: Bound) -> Step:
    operand = close(tree.operand, bound)

    def negate(frame: Frame) -> Any:
        return not boolean(operand(frame), "`!`", tree.at)

    def minus(frame: Frame) -> Any:
        return _refusable(tree.at, operations.subtract, 0, operand(frame), frame.fuel)

    return negate if tree.operator == "!" else minus


def _logic(tree: Binary, bound: Bound) -> Step:
    """`&&` and `||`: false or true decides, even if the other side fails."""
    decisive = tree.operator == "||"
    left, right = close(tree.left, bound), close(tree.right, bound)
    what = f"`{tree.operator}`"

    def logic(frame: Frame) -> bool:
        try:
            value = left(frame)
            if value is decisive:
                return decisive
            failure = None if isinstance(value, bool) else not_boolean(value, what, tree.at)
        except FuelExhausted:
            raise
        except ExpressionError as error:
            failure = error
        value = right(frame)
        if not isinstance(value, bool):
            raise not_boolean(value, what, tree.at)
        if failure is not None and value is not decisive:
            raise failure
        return value

    return logic


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SCALARS = frozenset((int, float, str, bool))
_OPERATIONS: dict[str, Callable[[Any, Any, Fuel], Json]] = {
    "+": operations.add,
    "-": operations.subtract,
    "*": operations.multiply,
    "/": operations.divide,
    "%": operations.remainder,
    "==": operations.equal,
    "!=": lambda left, right, fuel: not operations.equal(left, right, fuel),
    "<": operations.compare("<", operator.lt),
    "<=": operations.compare("<=", operator.le),
    ">": operations.compare(">", operator.gt),
    ">=": operations.compare(">=", operator.ge),
    "in": operations.contains,
}


def _binary(tree: Binary, bound: Bound) -> Step:
    if tree.operator in ("&&", "||"):
        return _logic(tree, bound)
    left, right = close(tree.left, bound), close(tree.right, bound)
    run, quick = _OPERATIONS[tree.operator], _COMPARISONS.get(tree.operator)

    def compare(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        kind = type(a)
        # Guards are mostly comparisons of plain values of one type, which Python compares alike.
        if kind is type(b) and kind in _SCALARS:
            if kind is str and len(a) > TEXT_PER_STEP:
                _refusable(tree.at, frame.fuel.compare, a, b)
            return quick(a, b)  # pyright: ignore[reportOptionalCall]
        return _refusable(tree.at, run, a, b, frame.fuel)

    def binary(frame: Frame) -> Any:
        return _refusable(tree.at, run, left(frame), right(frame), frame.fuel)

    return binary if quick is None else compare


def _conditional(tree: Conditional, bound: Bound) -> Step:
    test, then, otherwise = (close(part, bound) for part in (tree.test, tree.then, tree.otherwise))

    def conditional(frame: Frame) -> Any:
        return then(frame) if boolean(test(frame), "`?`", tree.at) else otherwise(frame)

    return conditional


def _list(tree: ListLiteral, bound: Bound) -> Step:
    items = [close(item, bound) for item in tree.items]
    return lambda frame: [item(frame) for item in items]


def _object(tree: ObjectLiteral, bound: Bound) -> Step:
    entries = [(close(key, bound), close(value, bound), key.at) for key, value in tree.entries]

    def build(frame: Frame) -> Any:
        built: dict[str, Any] = {}
        for key_of, value_of, at in entries:
            key = key_of(frame)
            if not isinstance(key, str):
                raise ExpressionError(f"the key of an object must be text, not {kind_of(key)}", at)
            if key in built:
                raise ExpressionError("two fields of the object have the same key", at)
            built[key] = value_of(frame)
        return built

    return build


def _macro(tree: Macro, bound: Bound) -> Step:
    inner = bound | {tree.variable}
    chosen = close(tree.filter, inner) if tree.filter is not None else None
    return close_macro(tree, close(tree.over, bound), close(tree.body, inner), chosen)


def _has(tree: Has, bound: Bound) -> Step:
    path = close(tree.path, bound)

    def has(frame: Frame) -> bool:
        try:
            path(frame)
        except Unresolved:
            return False
        return True

    return has


def _coalesce(tree: Coalesce, bound: Bound) -> Step:
    arguments = [close(argument, bound) for argument in tree.arguments]

    def coalesce(frame: Frame) -> Any:
        for argument in arguments:
            try:
                value = argument(frame)
            except Unresolved:
                continue
            if value is not None:
                return value
        raise Unresolved(f"all of `{source_of(tree)}` is absent or null", tree.at)

    return coalesce


def _fact(tree: Fact, bound: Bound) -> Step:
    number = tree.id
    original: Step | None = None
    cost = 0

    def fact(frame: Frame) -> Any:
        nonlocal original, cost
        known = frame.facts.get(number)
        if known is None:
            # Seldom wanted, and it may be large: it is closed, and charged for, only then.
            if original is None:
                original, cost = close(tree.original, bound), sum(1 for _ in walk(tree.original))
            frame.fuel.spend(cost)
            return original(frame)
        kind, value = known
        if kind == "value":
            return value
        if kind == "absent":
            raise Unresolved(str(value), tree.at)
        raise ExpressionError(str(value), tree.at)

    return fact


_CLOSERS: dict[type[Expression], Callable[[Any, Bound], Step]] = {
    Constant: _constant,
    Name: _path,
    Member: _path,
    Index: _index,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    ListLiteral: _list,
    ObjectLiteral: _object,
    Macro: _macro,
    Has: _has,
    Coalesce: _coalesce,
    Fact: _fact,
}
