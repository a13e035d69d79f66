"""Trees to closures, and closures to values.

A closure takes a `Frame` and gives the value of its sub-expression. Nothing of the scope is copied
or converted, so an expression over a large run costs what it reads. Fuel is taken once for the tree
and again for each round of a macro, which costs nothing measurable and still bounds everything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from interpreter.expressions import operations
from interpreter.expressions.errors import ExpressionError, FuelExhausted, Unresolved
from interpreter.expressions.fuel import Fuel
from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.operations import Refused, kind_of
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
from interpreter.messages import FactValue
from interpreter.values import Json

NO_FACTS: Mapping[int, FactValue] = {}


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see: its names, and the facts that were computed beforehand."""

    names: Mapping[str, Json]
    facts: Mapping[int, FactValue] = field(default_factory=dict)


class Frame:
    """One evaluation: the scope, the budget, and the variables of the macros that are under way."""

    __slots__ = ("facts", "fuel", "names", "variables")

    def __init__(self, scope: Scope, fuel: Fuel) -> None:
        self.names = scope.names
        self.facts = scope.facts
        self.fuel = fuel
        self.variables: dict[str, Any] = {}


Step = Callable[[Frame], Any]
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
    step = _compile(expression, frozenset())
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


def _compile(tree: Expression, bound: frozenset[str]) -> Step:
    match tree:
        case Constant(value=value):
            return lambda _: value
        case Name() | Member():
            return _path(tree, bound)
        case Index():
            return _index(tree, bound)
        case Call():
            return _call(tree, bound)
        case Unary():
            return _unary(tree, bound)
        case Binary(operator="&&"):
            return _logic(tree, bound, decisive=False)
        case Binary(operator="||"):
            return _logic(tree, bound, decisive=True)
        case Binary():
            return _binary(tree, bound)
        case Conditional():
            return _conditional(tree, bound)
        case ListLiteral(items=items):
            return _list([_compile(item, bound) for item in items])
        case ObjectLiteral():
            return _object(tree, bound)
        case Macro():
            return _macro(tree, bound)
        case Has(path=path):
            return _has(_compile(path, bound))
        case Coalesce():
            return _coalesce(tree, bound)
        case Fact():
            return _fact(tree, bound)
        case _:
            assert_never(tree)


def _path(tree: Name | Member, bound: frozenset[str]) -> Step:
    """`a.b.c` in one step: the most frequent shape, and the one that guards are made of."""
    fields: list[Member] = []
    root: Expression = tree
    while isinstance(root, Member):
        fields.insert(0, root)
        root = root.of
    keys = tuple(member.field for member in fields)
    start = _compile(root, bound) if not isinstance(root, Name) else None
    name = root.name if isinstance(root, Name) else ""
    local = name in bound

    def path(frame: Frame) -> Any:
        if start is not None:
            value = start(frame)
        elif local:
            value = frame.variables[name]
        else:
            try:
                value = frame.names[name]
            except KeyError:
                raise Unresolved(f"`{name}` is absent", root.at) from None
        try:
            for key in keys:
                value = value[key]
        except (KeyError, TypeError):
            raise _absent(value, fields, key) from None  # pyright: ignore[reportPossiblyUnboundVariable]
        return value

    return path


def _absent(value: Any, fields: list[Member], key: str) -> Unresolved:
    """Which part of the path is absent: `value` is what the part before it has led to."""
    member = next(member for member in fields if member.field == key)
    if isinstance(value, Mapping):
        return Unresolved(f"`{source_of(member)}` is absent", member.at)
    return Unresolved(f"`{source_of(member)}` is absent: `{source_of(member.of)}` is {kind_of(value)}", member.at)


def _index(tree: Index, bound: frozenset[str]) -> Step:
    of, key = _compile(tree.of, bound), _compile(tree.key, bound)

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


def _call(tree: Call, bound: frozenset[str]) -> Step:
    arguments = [_compile(argument, bound) for argument in tree.arguments]
    run, name = FUNCTIONS[tree.function].run, tree.function

    def call(frame: Frame) -> Any:
        values = [argument(frame) for argument in arguments]
        try:
            return run(frame.fuel, *values)
        except Refused as refused:
            raise ExpressionError(f"`{name}`: {refused}", tree.at) from None

    return call


def _unary(tree: Unary, bound: frozenset[str]) -> Step:
    operand = _compile(tree.operand, bound)

    def negate(frame: Frame) -> Any:
        return not _boolean(operand(frame), "`!`", tree.at)

    def minus(frame: Frame) -> Any:
        return _refusable(tree.at, operations.subtract, 0, operand(frame), frame.fuel)

    return negate if tree.operator == "!" else minus


def _boolean(value: Any, what: str, at: int) -> bool:
    if value is True or value is False:
        return value
    raise ExpressionError(f"{what} needs true or false, not {kind_of(value)}", at)


def _logic(tree: Binary, bound: frozenset[str], *, decisive: bool) -> Step:
    """`&&` and `||`: a decisive side decides, even if the other fails."""
    left, right = _compile(tree.left, bound), _compile(tree.right, bound)
    what = f"`{tree.operator}`"

    def logic(frame: Frame) -> bool:
        try:
            value = left(frame)
            if value is decisive:
                return decisive
            failure = None if value is (not decisive) else _not_boolean(value, what, tree.at)
        except FuelExhausted:
            raise
        except ExpressionError as error:
            failure = error
        value = _boolean(right(frame), what, tree.at)
        if failure is not None and value is not decisive:
            raise failure
        return value

    return logic


def _not_boolean(value: Any, what: str, at: int) -> ExpressionError:
    return ExpressionError(f"{what} needs true or false, not {kind_of(value)}", at)


_OPERATIONS: dict[str, Callable[[Any, Any, Fuel], Json]] = {
    "+": operations.add,
    "-": operations.subtract,
    "*": operations.multiply,
    "/": operations.divide,
    "%": operations.remainder,
    "==": operations.equal,
    "!=": lambda left, right, fuel: not operations.equal(left, right, fuel),
    "<": operations.compare("<", lambda left, right: left < right),
    "<=": operations.compare("<=", lambda left, right: left <= right),
    ">": operations.compare(">", lambda left, right: left > right),
    ">=": operations.compare(">=", lambda left, right: left >= right),
    "in": operations.contains,
}


def _binary(tree: Binary, bound: frozenset[str]) -> Step:
    left, right = _compile(tree.left, bound), _compile(tree.right, bound)
    run = _OPERATIONS[tree.operator]

    def binary(frame: Frame) -> Any:
        try:
            return run(left(frame), right(frame), frame.fuel)
        except Refused as refused:
            raise ExpressionError(str(refused), tree.at) from None

    return binary


def _conditional(tree: Conditional, bound: frozenset[str]) -> Step:
    test, then, otherwise = (_compile(part, bound) for part in (tree.test, tree.then, tree.otherwise))

    def conditional(frame: Frame) -> Any:
        return then(frame) if _boolean(test(frame), "`?`", tree.at) else otherwise(frame)

    return conditional


def _list(items: list[Step]) -> Step:
    return lambda frame: [item(frame) for item in items]


def _object(tree: ObjectLiteral, bound: frozenset[str]) -> Step:
    entries = [(_compile(key, bound), _compile(value, bound), key.at) for key, value in tree.entries]

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


def _macro(tree: Macro, bound: frozenset[str]) -> Step:
    over = _compile(tree.over, bound)
    inner = bound | {tree.variable}
    body = _compile(tree.body, inner)
    chosen = _compile(tree.filter, inner) if tree.filter is not None else None
    cost = 1 + sum(1 for part in (tree.body, tree.filter) if part is not None for _ in walk(part))
    gather = _GATHER[tree.name]
    name, what = tree.variable, f"`{tree.name}`"

    def macro(frame: Frame) -> Any:
        items, fuel, variables = _items(over(frame), what, tree.at), frame.fuel, frame.variables
        hidden = variables.get(name)

        def rounds(step: Step) -> Any:
            for item in items:
                fuel.spend(cost)
                variables[name] = item
                if chosen is None or _boolean(chosen(frame), what, tree.at):
                    yield item, step

        try:
            return gather(frame, rounds(body), what, tree.at)
        finally:
            variables[name] = hidden

    return macro


def _items(value: Any, what: str, at: int) -> list[Any]:
    """What a macro goes through: a list, or the keys of an object in code-point order."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        return sorted(value)
    raise ExpressionError(f"{what} needs a list or an object, not {kind_of(value)}", at)


def _all_or_any(frame: Frame, rounds: Any, what: str, at: int, *, decisive: bool) -> bool:
    """As a chain of `&&` or `||`: a decisive item decides, even if others fail."""
    failure: ExpressionError | None = None
    for _, body in rounds:
        try:
            if _boolean(body(frame), what, at) is decisive:
                return decisive
        except FuelExhausted:
            raise
        except ExpressionError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return not decisive


def _all(frame: Frame, rounds: Any, what: str, at: int) -> bool:
    return _all_or_any(frame, rounds, what, at, decisive=False)


def _exists(frame: Frame, rounds: Any, what: str, at: int) -> bool:
    return _all_or_any(frame, rounds, what, at, decisive=True)


def _filter(frame: Frame, rounds: Any, what: str, at: int) -> list[Any]:
    return [item for item, body in rounds if _boolean(body(frame), what, at)]


def _exists_one(frame: Frame, rounds: Any, what: str, at: int) -> bool:
    return len(_filter(frame, rounds, what, at)) == 1


def _map(frame: Frame, rounds: Any, _: str, __: int) -> list[Any]:
    return [body(frame) for _, body in rounds]


_GATHER = {"all": _all, "exists": _exists, "exists_one": _exists_one, "filter": _filter, "map": _map}


def _has(path: Step) -> Step:
    def has(frame: Frame) -> bool:
        try:
            path(frame)
        except Unresolved:
            return False
        return True

    return has


def _coalesce(tree: Coalesce, bound: frozenset[str]) -> Step:
    arguments = [_compile(argument, bound) for argument in tree.arguments]

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


def _fact(tree: Fact, bound: frozenset[str]) -> Step:
    original, number = _compile(tree.original, bound), tree.id

    def fact(frame: Frame) -> Any:
        known = frame.facts.get(number)
        if known is None:
            return original(frame)
        kind, value = known
        if kind == "value":
            return value
        if kind == "absent":
            raise Unresolved(value, tree.at)
        raise ExpressionError(value, tree.at)

    return fact
