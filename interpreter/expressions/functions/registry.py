"""The list of functions, how one is entered, and how arguments are checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from interpreter.expressions.fuel import Fuel
from interpreter.expressions.operations import Refused, integer, is_number, kind_of, number
from interpreter.values import Json


@dataclass(frozen=True, slots=True)
class Function:
    """`run` gets the fuel and the arguments, and raises Refused for those it cannot take."""

    usage: str
    least: int
    most: int
    run: Callable[..., Json]
    result: str | None
    """The type of what it gives where that is always the same, as `kind_of` names it."""


FUNCTIONS: dict[str, Function] = {}


def define(usage: str, result: str | None = None, *, most: int | None = None) -> Any:
    """Enter the decorated function under the name and with the parameters of its usage.

    A parameter with a `?` may be left out; `most` is for those that take any number of the last one.
    """
    name, _, rest = usage.partition("(")
    parameters = rest.split(",")
    least = sum("?" not in parameter for parameter in parameters)

    def enter(run: Callable[..., Json]) -> Callable[..., Json]:
        FUNCTIONS[name] = Function(usage, least, most or len(parameters), run, result)
        return run

    return enter


def text(value: Any, what: str = "the argument") -> str:
    if not isinstance(value, str):
        raise Refused(f"{what} must be text, not {kind_of(value)}")
    return value


def items(value: Any, what: str = "the argument") -> list[Any]:
    if not isinstance(value, list):
        raise Refused(f"{what} must be a list, not {kind_of(value)}")
    return value


def mapping(value: Any, what: str = "the argument") -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Refused(f"{what} must be an object, not {kind_of(value)}")
    return value


def numeric(value: Any, what: str = "the argument") -> int | float:
    if not is_number(value):
        raise Refused(f"{what} must be a number, not {kind_of(value)}")
    return number(value)


def listed(fuel: Fuel, value: list[Any]) -> list[Any]:
    """A list that a function built, counted."""
    fuel.spend(1 + len(value) // 8)
    fuel.build(8 * len(value))
    return value


def bounds(value: str | list[Any], start: Any, end: Any) -> tuple[int, int]:
    """Both may lie behind the end, which then counts."""
    first = integer(start, "the start")
    last = max(first, len(value)) if end is None else integer(end, "the end")
    if first < 0 or last < first:
        raise Refused("the start must not be negative and the end not before the start")
    return min(first, len(value)), min(last, len(value))
