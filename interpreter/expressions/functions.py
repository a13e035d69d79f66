"""The functions of the language: a closed list. None has a clock, chance, a network or an effect."""

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

from interpreter.expressions import moments
from interpreter.expressions.fuel import ELEMENT, Fuel
from interpreter.expressions.operations import (
    Refused,
    add,
    exact,
    integer,
    is_number,
    kind_of,
    normal,
    number,
    text_of,
    truncate,
)
from interpreter.values import Json, canonical

INT64 = 2**63


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


def define(usage: str, result: str | None = None, *, least: int | None = None, most: int | None = None) -> Any:
    """Enter the decorated function under the name and with the parameters of its usage."""
    name, _, rest = usage.partition("(")
    count = len([part for part in rest.rstrip(")").split(",") if part.strip()])

    def enter(run: Callable[..., Json]) -> Callable[..., Json]:
        FUNCTIONS[name] = Function(usage, least if least is not None else count, most or count, run, result)
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


# Text


@define("size(x)", "a number")
def size(_: Fuel, value: Any) -> Json:
    if isinstance(value, str | list | Mapping):
        return len(value)
    raise Refused(f"the argument must be text, a list or an object, not {kind_of(value)}")


@define("contains(text, part)", "a boolean")
def contains(fuel: Fuel, value: Any, part: Any) -> Json:
    if isinstance(value, list):
        raise Refused("the argument must be text, not a list; write `item in list`")
    fuel.scan(text(value))
    return text(part, "the part") in value


@define("startsWith(text, part)", "a boolean")
def starts_with(_: Fuel, value: Any, part: Any) -> Json:
    return text(value).startswith(text(part, "the part"))


@define("endsWith(text, part)", "a boolean")
def ends_with(_: Fuel, value: Any, part: Any) -> Json:
    return text(value).endswith(text(part, "the part"))


def _changed(change: Callable[[str], str]) -> Callable[..., Json]:
    def run(fuel: Fuel, value: Any) -> Json:
        fuel.scan(text(value))
        fuel.build(3 * len(value))  # a letter may become three in another case
        return change(value)

    return run


define("lower(text)", "text")(_changed(str.lower))
define("upper(text)", "text")(_changed(str.upper))
define("trim(text)", "text")(_changed(str.strip))


@define("split(text, separator, limit)", "a list", least=2)
def split(fuel: Fuel, value: Any, separator: Any, limit: Any = -1) -> Json:
    fuel.scan(text(value))
    most = integer(limit, "the limit")
    parts = len(value) if text(separator, "the separator") == "" else value.count(separator) + 1
    fuel.spend(parts // 8)
    fuel.build(ELEMENT * parts + len(value))
    if most == 0:
        return []
    if separator == "":
        return list(value) if most < 0 else [*value[: most - 1], value[most - 1 :]]
    return value.split(separator, most - 1 if most > 0 else -1)


@define("join(list, separator)", "text", least=1)
def join(fuel: Fuel, value: Any, separator: Any = "") -> Json:
    parts = [text(part, "each item") for part in items(value)]
    fuel.spend(1 + len(parts) // 8)
    fuel.build(sum(map(len, parts)) + len(text(separator, "the separator")) * len(parts))
    return separator.join(parts)


@define("replace(text, old, new)", "text")
def replace(fuel: Fuel, value: Any, old: Any, new: Any) -> Json:
    fuel.scan(text(value))
    count = value.count(text(old, "the old part"))
    fuel.build(len(value) + count * len(text(new, "the new part")))
    return value.replace(old, new)


@define("substring(text, from, to)", "text", least=2)
def substring(fuel: Fuel, value: Any, start: Any, end: Any = None) -> Json:
    first, last = _bounds(text(value), start, end)
    fuel.build(max(0, last - first))
    return value[first:last]


def _bounds(value: str | list[Any], start: Any, end: Any) -> tuple[int, int]:
    """Both may lie behind the end, which then counts."""
    first = integer(start, "the start")
    last = len(value) if end is None else integer(end, "the end")
    if first < 0 or last < first:
        raise Refused("the start must not be negative and the end not before the start")
    return min(first, len(value)), min(last, len(value))


@define("json(x)", "text")
def json(fuel: Fuel, value: Any) -> Json:
    return canonical(normal(value, fuel))


@define("url_encode(text)", "text")
def url_encode(fuel: Fuel, value: Any) -> Json:
    fuel.scan(text(value))
    fuel.build(12 * len(value))
    return quote(value.encode(errors="surrogatepass"), safe="")


@define("base64(text)", "text")
def base64_(fuel: Fuel, value: Any) -> Json:
    fuel.scan(text(value))
    fuel.build(6 * len(value))
    return base64.b64encode(value.encode(errors="surrogatepass")).decode()


# Numbers and conversions


@define("int(x)", "a number")
def int_(_: Fuel, value: Any) -> Json:
    if isinstance(value, str):
        return _parsed(value, "an integer", whole=True)
    return number(math.trunc(numeric(value)))


@define("double(x)", "a number")
def double(_: Fuel, value: Any) -> Json:
    return _parsed(value, "a number", whole=False) if isinstance(value, str) else numeric(value)


def _parsed(value: str, what: str, *, whole: bool) -> Json:
    # Python also reads 1_000, ١٢ and nan, which no other tool would call a number.
    if len(value) <= 400 and value.isascii() and "_" not in value:
        try:
            read = int(value) if whole else float(value)
        except ValueError:
            pass
        else:
            if not whole or -INT64 <= read < INT64:
                return number(read)
    raise Refused(f"this text is not {what}")


@define("string(x)", "text")
def string(fuel: Fuel, value: Any) -> Json:
    return text_of(value, fuel)


@define("bool(x)", "a boolean")
def bool_(_: Fuel, value: Any) -> Json:
    if isinstance(value, bool):
        return value
    if value in ("true", "false") and isinstance(value, str):
        return value == "true"
    raise Refused(f"the argument must be true, false or one of these as text, not {kind_of(value)}")


@define("div(a, b)", "a number")
def div(fuel: Fuel, left: Any, right: Any) -> Json:
    return truncate(left, right, fuel)


@define("abs(x)", "a number")
def abs_(_: Fuel, value: Any) -> Json:
    return exact(abs(numeric(value)))


@define("floor(x)", "a number")
def floor(_: Fuel, value: Any) -> Json:
    return number(math.floor(numeric(value)))


@define("ceil(x)", "a number")
def ceil(_: Fuel, value: Any) -> Json:
    return number(math.ceil(numeric(value)))


@define("round(x, digits)", "a number", least=1)
def round_(_: Fuel, value: Any, digits: Any = 0) -> Json:
    """Half away from zero, on the number as people read it: round(2.675, 2) is 2.68."""
    places = integer(digits, "the digits")
    if not 0 <= places <= 15:
        raise Refused("the digits must lie between 0 and 15")
    exact = numeric(value)
    if isinstance(exact, int) or abs(exact) >= 2**52:
        return exact
    return number(float(Decimal(repr(exact)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)))


def _extreme(choose: Callable[..., Any]) -> Callable[..., Json]:
    def run(fuel: Fuel, *values: Any) -> Json:
        return choose(_alike(fuel, items(values[0]) if len(values) == 1 else list(values)))

    return run


define("min(list)", most=64)(_extreme(min))
define("max(list)", most=64)(_extreme(max))


def _alike(fuel: Fuel, values: list[Any], *, empty: bool = False) -> list[Any]:
    """Values that have an order: all numbers or all text."""
    fuel.spend(1 + len(values) // 4)
    if not values and not empty:
        raise Refused("the list is empty")
    if not all(map(is_number, values)) and not all(isinstance(value, str) for value in values):
        raise Refused("the items must be all numbers or all text")
    return values


@define("sum(list)", "a number")
def sum_(fuel: Fuel, value: Any) -> Json:
    fuel.spend(1 + len(items(value)) // 4)
    total: Any = 0
    for item in value:
        total = add(total, numeric(item, "each item"), fuel)
    return total


# Lists and objects


@define("sort(list)", "a list")
def sort(fuel: Fuel, value: Any) -> Json:
    fuel.spend(len(items(value)) // 2)
    return listed(fuel, sorted(_alike(fuel, value, empty=True)))


@define("distinct(list)", "a list")
def distinct(fuel: Fuel, value: Any) -> Json:
    """Each value once, where it came first."""
    seen: dict[str, Any] = {}
    for item in items(value):
        fuel.spend(1)
        seen.setdefault(canonical(normal(item, fuel)), item)
    return listed(fuel, list(seen.values()))


@define("flatten(list)", "a list")
def flatten(fuel: Fuel, value: Any) -> Json:
    fuel.spend(1 + sum(len(item) if isinstance(item, list) else 1 for item in items(value)) // 8)
    return listed(fuel, [part for item in value for part in (item if isinstance(item, list) else [item])])


@define("reverse(list)", "a list")
def reverse(fuel: Fuel, value: Any) -> Json:
    return listed(fuel, items(value)[::-1])


@define("slice(list, from, to)", "a list", least=2)
def slice_(fuel: Fuel, value: Any, start: Any, end: Any = None) -> Json:
    first, last = _bounds(items(value), start, end)
    return listed(fuel, value[first:last])


@define("range(from, to)", "a list", least=1)
def range_(fuel: Fuel, first: Any, second: Any = None) -> Json:
    start, end = (0, first) if second is None else (first, second)
    numbers = range(integer(start, "the start"), integer(end, "the end"))
    # The length of a range itself overflows beyond a machine word.
    count = max(0, numbers.stop - numbers.start)
    fuel.spend(count)
    fuel.build(ELEMENT * count)
    return list(numbers)


@define("keys(object)", "a list")
def keys(fuel: Fuel, value: Any) -> Json:
    return listed(fuel, sorted(mapping(value)))


@define("values(object)", "a list")
def values(fuel: Fuel, value: Any) -> Json:
    return listed(fuel, [value[key] for key in sorted(mapping(value))])


@define("entries(object)", "a list")
def entries(fuel: Fuel, value: Any) -> Json:
    fuel.build(ELEMENT * 4 * len(mapping(value)))
    return listed(fuel, [{"key": key, "value": value[key]} for key in sorted(value)])


@define("merge(object, object)", "an object", least=1, most=16)
def merge(fuel: Fuel, *objects: Any) -> Json:
    """One object with the fields of all; the last to have a field decides."""
    merged: dict[str, Any] = {}
    for item in objects:
        fuel.spend(1 + len(mapping(item)) // 4)
        fuel.build(ELEMENT * len(item))
        merged.update(item)
    return merged


# Time: seconds, so that they compare, add and subtract as numbers do


@define("timestamp(text)", "a number")
def timestamp(_: Fuel, value: Any) -> Json:
    return number(moments.seconds_of_moment(text(value)))


@define("duration(text)", "a number")
def duration(_: Fuel, value: Any) -> Json:
    return number(moments.seconds_of_duration(text(value)))


@define("format_timestamp(seconds)", "text")
def format_timestamp(_: Fuel, value: Any) -> Json:
    return moments.text_of_moment(numeric(value))
