"""The syntax tree of an expression: a closed set of nodes that never change, with source positions."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, assert_never

from interpreter.records import record
from interpreter.values import Json

BinaryOperator = Literal["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"]
UnaryOperator = Literal["!", "-"]
MacroName = Literal["all", "exists", "exists_one", "filter", "map"]


@record
class Constant:
    """A number, text, boolean or null."""

    value: Json
    at: int = 0


@record
class Name:
    """A root of the scope (`input`, `nodes`) or a variable bound by a macro."""

    name: str
    at: int = 0


@record
class Member:
    """`of.field`: also `nodes.x`, whose meaning is the scope's business."""

    of: "Expression"
    field: str
    at: int = 0


@record
class Index:
    """`of[key]` into a list or an object."""

    of: "Expression"
    key: "Expression"
    at: int = 0


@record
class Call:
    """A function of the profile; a method call `x.f(y)` is `f(x, y)`."""

    function: str
    arguments: tuple["Expression", ...]
    at: int = 0


@record
class Unary:
    operator: UnaryOperator
    operand: "Expression"
    at: int = 0


@record
class Binary:
    operator: BinaryOperator
    left: "Expression"
    right: "Expression"
    at: int = 0


@record
class Conditional:
    test: "Expression"
    then: "Expression"
    otherwise: "Expression"
    at: int = 0


@record
class ListLiteral:
    items: tuple["Expression", ...]
    at: int = 0


@record
class ObjectLiteral:
    entries: tuple[tuple["Expression", "Expression"], ...]
    at: int = 0


@record
class Macro:
    """`over.all(variable, body)` and its like; `map` may have a `filter` before its body."""

    name: MacroName
    over: "Expression"
    variable: str
    body: "Expression"
    filter: "Expression | None" = None
    at: int = 0


@record
class Has:
    """`has(path)`: false if any part of the path is absent, true for null."""

    path: "Expression"
    at: int = 0


@record
class Coalesce:
    """The first argument that is neither absent nor null. It absorbs absence and nothing else."""

    arguments: tuple["Expression", ...]
    at: int = 0


@record
class Fact:
    """A sub-expression over one source whose value was computed where the source was produced.

    The compiler puts it in the place of `original`; `id` is the fact's number in the plan.
    """

    id: int
    original: "Expression"
    at: int = 0


Expression = (
    Constant
    | Name
    | Member
    | Index
    | Call
    | Unary
    | Binary
    | Conditional
    | ListLiteral
    | ObjectLiteral
    | Macro
    | Has
    | Coalesce
    | Fact
)


@record
class Template:
    """Text with `{{ … }}` in it. `sole` means one expression and nothing around it but white space."""

    parts: tuple[str | Expression, ...]

    @property
    def sole(self) -> Expression | None:
        """The expression whose value keeps its type, if the text is nothing else."""
        return self.parts[0] if len(self.parts) == 1 and not isinstance(self.parts[0], str) else None


def children(expression: Expression) -> tuple[Expression, ...]:  # one branch for each kind
    """The expressions that stand directly in this one, in the order of the text.

    A fact has none: it is read, and its original only when the fact is not at hand.
    """
    match expression:
        case Member():
            return (expression.of,)
        case Name() | Constant() | Fact():
            return ()
        case Index():
            return (expression.of, expression.key)
        case Call() | Coalesce():
            return expression.arguments
        case Unary():
            return (expression.operand,)
        case Binary():
            return (expression.left, expression.right)
        case Conditional():
            return (expression.test, expression.then, expression.otherwise)
        case ListLiteral():
            return expression.items
        case ObjectLiteral():
            return tuple(part for entry in expression.entries for part in entry)
        case Macro():
            chosen = () if expression.filter is None else (expression.filter,)
            return (expression.over, *chosen, expression.body)
        case Has():
            return (expression.path,)
        case _:
            assert_never(expression)


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all within it, parents first, in the order of the text."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        if parts := children(current):
            waiting.extend(reversed(parts))


def rebuild(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:  # noqa: PLR0912  # one branch for each kind
    """The expression with each of its children changed; itself if none of them was."""
    before = children(expression)
    after = tuple(change(child) for child in before)
    if all(new is old for new, old in zip(after, before, strict=True)):
        return expression
    match expression:
        case Constant() | Name() | Fact():  # pragma: no cover  # without children nothing changed
            return expression
        case Member():
            return replace(expression, of=after[0])
        case Index():
            return replace(expression, of=after[0], key=after[1])
        case Call() | Coalesce():
            return replace(expression, arguments=after)
        case Unary():
            return replace(expression, operand=after[0])
        case Binary():
            return replace(expression, left=after[0], right=after[1])
        case Conditional():
            return replace(expression, test=after[0], then=after[1], otherwise=after[2])
        case ListLiteral():
            return replace(expression, items=after)
        case ObjectLiteral():
            return replace(expression, entries=tuple(zip(after[::2], after[1::2], strict=True)))
        case Macro():
            return replace(
                expression, over=after[0], filter=after[1] if len(after) > 2 else None, body=after[len(after) - 1]
            )
        case Has():
            return replace(expression, path=after[0])
        case _:
            assert_never(expression)
