"""The syntax tree of an expression: a closed set of frozen nodes, with source positions."""

from dataclasses import dataclass
from typing import Literal

from interpreter.values import Json

BinaryOperator = Literal["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"]
UnaryOperator = Literal["!", "-"]
MacroName = Literal["all", "exists", "exists_one", "filter", "map"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, boolean or null."""

    value: Json
    at: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A root of the scope (`input`, `nodes`) or a variable bound by a macro."""

    name: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """`of.field`: also `nodes.x`, whose meaning is the scope's business."""

    of: "Expression"
    field: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """`of[key]` into a list or an object."""

    of: "Expression"
    key: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the profile; a method call `x.f(y)` is `f(x, y)`."""

    function: str
    arguments: tuple["Expression", ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Unary:
    operator: UnaryOperator
    operand: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Binary:
    operator: BinaryOperator
    left: "Expression"
    right: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Conditional:
    test: "Expression"
    then: "Expression"
    otherwise: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class ListLiteral:
    items: tuple["Expression", ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    entries: tuple[tuple["Expression", "Expression"], ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Macro:
    """`over.all(variable, body)` and its like; `map` may have a `filter` before its body."""

    name: MacroName
    over: "Expression"
    variable: str
    body: "Expression"
    filter: "Expression | None" = None
    at: int = 0


@dataclass(frozen=True, slots=True)
class Has:
    """`has(path)`: false if any part of the path is absent, true for null."""

    path: "Expression"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first argument that is neither absent nor null. It absorbs absence and nothing else."""

    arguments: tuple["Expression", ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{{ … }}` in it. `sole` means one expression and nothing around it but white space."""

    parts: tuple[str | Expression, ...]

    @property
    def sole(self) -> Expression | None:
        """The expression whose value keeps its type, if the text is nothing else."""
        return self.parts[0] if len(self.parts) == 1 and not isinstance(self.parts[0], str) else None
