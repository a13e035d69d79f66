"""Functions over text."""

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from interpreter.expressions.fuel import ELEMENT, Fuel
from interpreter.expressions.functions.registry import bounds, define, items, text
from interpreter.expressions.operations import (
    Refused,
    integer,
    kind_of,
    normal,
)
from interpreter.values import Json, canonical


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
def starts_with(fuel: Fuel, value: Any, part: Any) -> Json:
    fuel.compare(text(value), text(part, "the part"))
    return value.startswith(part)


@define("endsWith(text, part)", "a boolean")
def ends_with(fuel: Fuel, value: Any, part: Any) -> Json:
    fuel.compare(text(value), text(part, "the part"))
    return value.endswith(part)


def _changed(change: Callable[[str], str]) -> Callable[..., Json]:
    def run(fuel: Fuel, value: Any) -> Json:
        fuel.scan(text(value))
        fuel.build(3 * len(value))  # a letter may become three in another case
        return change(value)

    return run


define("lower(text)", "text")(_changed(str.lower))
define("upper(text)", "text")(_changed(str.upper))
define("trim(text)", "text")(_changed(str.strip))


@define("split(text, separator, limit?)", "a list")
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


@define("join(list, separator?)", "text")
def join(fuel: Fuel, value: Any, separator: Any = "") -> Json:
    parts = [text(part, "each item") for part in items(value)]
    fuel.spend(1 + len(parts) // 8)
    fuel.build(sum(map(len, parts)) + len(text(separator, "the separator")) * len(parts))
    return separator.join(parts)


@define("replace(text, old, new, limit?)", "text")
def replace(fuel: Fuel, value: Any, old: Any, new: Any, limit: Any = -1) -> Json:
    fuel.scan(text(value))
    most = integer(limit, "the limit")
    count = value.count(text(old, "the old part"))
    fuel.build(len(value) + count * len(text(new, "the new part")))
    return value.replace(old, new, max(-1, most))


@define("substring(text, from, to?)", "text")
def substring(fuel: Fuel, value: Any, start: Any, end: Any = None) -> Json:
    first, last = bounds(text(value), start, end)
    fuel.build(max(0, last - first))
    return value[first:last]


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
