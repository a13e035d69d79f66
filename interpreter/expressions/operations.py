"""What operators mean for two values: one type of numbers, no truthiness, no surprise between types."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from interpreter.expressions.fuel import DEPTH, TEXT_PER_STEP, Fuel
from interpreter.values import Json, canonical

INT64 = 2**63


class Refused(Exception):
    """An operation that has no result for these values; whoever knows the position says where."""


def kind_of(value: Json) -> str:
    """The type of a value as messages name it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, Mapping) else "a list"


def is_number(value: Json) -> bool:
    return type(value) is int or type(value) is float


def number(value: float) -> int | float:
    """A number in its one form: an integer where it is one of 64 bits, else a finite double."""
    if isinstance(value, int):
        if -INT64 <= value < INT64:
            return value
        try:
            value = float(value)
        except OverflowError:
            raise Refused("the number is too large") from None
    if not math.isfinite(value):
        raise Refused("the number is too large")
    return int(value) if value.is_integer() and -INT64 <= value < INT64 else value


def exact(value: float) -> int | float:
    """The result of `+ - *`. Raises Refused where two integers give what 64 bits cannot hold exactly."""
    if isinstance(value, int) and not -INT64 <= value < INT64:
        raise Refused("the result does not fit in 64 bits")
    return number(value)


def integer(value: Json, what: str) -> int:
    """An integer, from 7 as from 7.0. Raises Refused for anything else."""
    whole = number(value) if is_number(value) else None  # pyright: ignore[reportArgumentType]
    if not isinstance(whole, int):
        raise Refused(f"{what} must be an integer, not {'a fraction' if whole is not None else kind_of(value)}")
    return whole


def add(left: Any, right: Any, fuel: Fuel) -> Json:
    if isinstance(left, str) and isinstance(right, str):
        fuel.build(len(left) + len(right))
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        fuel.spend(1 + (len(left) + len(right)) // 16)
        fuel.build(8 * (len(left) + len(right)))
        return left + right
    a, b = _numbers("+", left, right)
    return exact(a + b)


def subtract(left: Any, right: Any, _: Fuel) -> Json:
    a, b = _numbers("-", left, right)
    return exact(a - b)


def multiply(left: Any, right: Any, _: Fuel) -> Json:
    a, b = _numbers("*", left, right)
    return exact(a * b)


def divide(left: Any, right: Any, _: Fuel) -> Json:
    a, b = _divisible("/", left, right)
    return number(a / b)


def truncate(left: Any, right: Any, _: Fuel) -> Json:
    """`div`: the quotient without its fraction, exact for integers."""
    a, b = _divisible("div", left, right)
    if isinstance(a, int) and isinstance(b, int):
        quotient = abs(a) // abs(b)
        return exact(quotient if (a < 0) == (b < 0) else -quotient)
    return number(math.trunc(number(a / b)))


def remainder(left: Any, right: Any, _: Fuel) -> Json:
    """The sign is that of the dividend, so that `a == div(a, b) * b + a % b`."""
    a, b = _divisible("%", left, right)
    if isinstance(a, int) and isinstance(b, int):
        rest = abs(a) % abs(b)
        return rest if a >= 0 else -rest
    return number(math.fmod(a, b))


def _numbers(operator: str, left: Any, right: Any) -> tuple[int | float, int | float]:
    if not (is_number(left) and is_number(right)):
        hint = "; use `string(x)` to make text of a value" if "text" in (kind_of(left), kind_of(right)) else ""
        raise Refused(f"`{operator}` has no meaning for {kind_of(left)} and {kind_of(right)}{hint}")
    return number(left), number(right)


def _divisible(operator: str, left: Any, right: Any) -> tuple[int | float, int | float]:
    a, b = _numbers(operator, left, right)
    if b == 0:
        raise Refused("division by zero")
    return a, b


def equal(left: Any, right: Any, fuel: Fuel, depth: int = 0) -> bool:
    """Whether two values are the same: true is not 1, and 7.0 is 7."""
    kind = type(left)
    if kind is type(right) and kind in (str, int, bool, float):
        if kind is str:
            fuel.compare(left, right)
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return False
        _descend(fuel, len(left), depth)
        return all(equal(a, b, fuel, depth + 1) for a, b in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if left.keys() != right.keys():
            return False
        _descend(fuel, len(left), depth)
        # Sorted, so that the fuel spent until the first difference does not depend on who wrote the object.
        return all(equal(left[key], right[key], fuel, depth + 1) for key in sorted(left))
    if is_number(left) and is_number(right):
        return left == right
    return left is None and right is None


def _descend(fuel: Fuel, width: int, depth: int) -> None:
    fuel.spend(1 + width)
    if depth >= DEPTH:
        raise Refused("the values are too deep to compare")


def contains(needle: Any, within: Any, fuel: Fuel) -> bool:
    """`in`: one of a list's items, or a key of an object."""
    if isinstance(within, list):
        fuel.spend(1 + len(within) // 8)
        if isinstance(needle, str):
            fuel.spend(len(within) * (len(needle) // TEXT_PER_STEP))
            return needle in within
        return any(equal(needle, item, fuel) for item in within)
    if isinstance(within, Mapping):
        return isinstance(needle, str) and needle in within
    hint = "; use `contains(text, part)`" if isinstance(within, str) else ""
    raise Refused(f"`in` needs a list or an object, not {kind_of(within)}{hint}")


def compare(operator: str, test: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Fuel], bool]:
    """An order between numbers, between texts by code points, or between booleans."""

    def ordered(left: Any, right: Any, _: Fuel) -> bool:
        if (is_number(left) and is_number(right)) or (type(left) is type(right) and isinstance(left, str | bool)):
            return test(left, right)
        raise Refused(f"`{operator}` cannot compare {kind_of(left)} with {kind_of(right)}")

    return ordered


def normal(value: Json, fuel: Fuel, depth: int = 0) -> Json:
    """A copy of the value with every number in its one form. Raises Refused for what is not JSON's."""
    if isinstance(value, str):
        fuel.build(len(value))
        return value
    if is_number(value):
        return number(value)  # pyright: ignore[reportArgumentType]
    if not isinstance(value, Mapping | list):
        return value
    if depth >= DEPTH:
        raise Refused("the value is too deep")
    fuel.spend(1 + len(value) // 2)
    fuel.build(8 * len(value))
    if isinstance(value, Mapping):
        return {key: normal(item, fuel, depth + 1) for key, item in value.items()}
    return [normal(item, fuel, depth + 1) for item in value]


def text_of(value: Json, fuel: Fuel) -> str:
    """A value as text, the way templates render it. Raises Refused for null."""
    if isinstance(value, str):
        fuel.build(len(value))
        return value
    if value is None:
        raise Refused("null has no text; write `coalesce(value, '')`")
    return canonical(normal(value, fuel))
