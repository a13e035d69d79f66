"""Functions over lists and objects."""

from collections.abc import Callable, Mapping
from typing import Any

from interpreter.expressions.fuel import ELEMENT, TEXT_PER_STEP, Fuel
from interpreter.expressions.functions.registry import bounds, define, items, listed, mapping, numeric
from interpreter.expressions.operations import (
    Refused,
    add,
    integer,
    is_number,
    kind_of,
    normal,
)
from interpreter.values import Json, canonical


@define("sort(list)", "a list")
def sort(fuel: Fuel, value: Any) -> Json:
    fuel.spend(len(items(value)) // 2)
    return listed(fuel, sorted(_alike(fuel, value, empty=True)))


@define("distinct(list)", "a list")
def distinct(fuel: Fuel, value: Any) -> Json:
    """Each value once, where it came first."""
    seen: dict[Any, Any] = {}
    for item in items(value):
        fuel.spend(1 + (len(item) // TEXT_PER_STEP if isinstance(item, str) else 0))
        seen.setdefault(_identity(item, fuel), item)
    return listed(fuel, list(seen.values()))


def _identity(value: Any, fuel: Fuel) -> Any:
    """What two values have in common exactly if they are equal."""
    if isinstance(value, list | Mapping):
        fuel.spend(8)  # the text of a container costs as much as that many steps
        return "container", canonical(normal(value, fuel))
    return kind_of(value), value


@define("flatten(list)", "a list")
def flatten(fuel: Fuel, value: Any) -> Json:
    fuel.spend(1 + sum(len(item) if isinstance(item, list) else 1 for item in items(value)) // 8)
    return listed(fuel, [part for item in value for part in (item if isinstance(item, list) else [item])])


@define("reverse(list)", "a list")
def reverse(fuel: Fuel, value: Any) -> Json:
    return listed(fuel, items(value)[::-1])


@define("slice(list, from, to?)", "a list")
def slice_(fuel: Fuel, value: Any, start: Any, end: Any = None) -> Json:
    first, last = bounds(items(value), start, end)
    return listed(fuel, value[first:last])


@define("range(from, to?)", "a list")
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


@define("merge(object, other?)", "an object", most=16)
def merge(fuel: Fuel, *objects: Any) -> Json:
    """One object with the fields of all; the last to have a field decides."""
    merged: dict[str, Any] = {}
    for item in objects:
        fuel.spend(1 + len(mapping(item)) // 4)
        fuel.build(ELEMENT * len(item))
        merged.update(item)
    return merged


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
    if all(map(is_number, values)):
        return values
    if not all(isinstance(value, str) for value in values):
        raise Refused("the items must be all numbers or all text")
    fuel.spend(sum(map(len, values)) // TEXT_PER_STEP)
    return values


@define("sum(list)", "a number")
def sum_(fuel: Fuel, value: Any) -> Json:
    fuel.spend(1 + len(items(value)) // 4)
    total: Any = 0
    for item in value:
        total = add(total, numeric(item, "each item"), fuel)
    return total
