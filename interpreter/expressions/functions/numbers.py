"""Functions over numbers, and conversions between numbers, booleans and text."""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from interpreter.expressions.fuel import Fuel
from interpreter.expressions.functions.registry import define, numeric
from interpreter.expressions.operations import (
    INT64,
    Refused,
    exact,
    integer,
    kind_of,
    number,
    text_of,
    truncate,
)
from interpreter.values import Json

BOOLEANS: dict[str, bool] = {
    **dict.fromkeys(("1", "t", "true", "True", "TRUE"), True),
    **dict.fromkeys(("0", "f", "false", "False", "FALSE"), False),
}


@define("int(x)", "a number")
def int_(_: Fuel, value: Any) -> Json:
    if isinstance(value, str):
        return _parsed(value, "an integer", whole=True)
    return exact(math.trunc(numeric(value)))


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
    if not isinstance(value, str):
        raise Refused(f"the argument must be a boolean or text, not {kind_of(value)}")
    if value not in BOOLEANS:
        raise Refused("this text is not true or false")
    return BOOLEANS[value]


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


@define("round(x, digits?)", "a number")
def round_(_: Fuel, value: Any, digits: Any = 0) -> Json:
    """Half away from zero, on the number as people read it: round(2.675, 2) is 2.68."""
    places = integer(digits, "the digits")
    if not 0 <= places <= 15:
        raise Refused("the digits must lie between 0 and 15")
    exact = numeric(value)
    if isinstance(exact, int) or abs(exact) >= 2**52:
        return exact
    return number(float(Decimal(repr(exact)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)))
