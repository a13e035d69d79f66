"""How OpenAPI writes an argument that is no JSON body: as a part of the path, of the query or of a form, as a header."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from interpreter.values import canonical

Style = Literal["form", "spaceDelimited", "pipeDelimited", "deepObject", "simple", "label", "matrix", "json", "each"]
"""Those of OpenAPI; `json` is one JSON text, and `each` a text for each member of a list, where objects are JSON."""
Place = Literal["path", "query", "header", "cookie"]
STYLES: dict[Place, tuple[Style, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
"""Those that each place may have; the first is meant where none is said."""
DELIMITERS: dict[Style, str] = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}

encoded = partial(quote, safe="")
"""A text with nothing left in it that could end it where it stands."""


class Written(BaseModel):
    """How a value is written; `explode` gives each of its members a name or a separator of its own."""

    model_config = ConfigDict(frozen=True)

    style: Style
    explode: bool = True


class Parameter(Written):
    """An argument that has its own place in a request."""

    name: str
    place: Place


def text_of(value: Any) -> str:
    """A value as text: 2.0 is `2`, and what has members is JSON."""
    match value:
        case str():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return canonical(value)


def in_query(name: str, value: Any, written: Written) -> list[str]:
    """`name=value`, encoded, as often as it takes; nothing for null and for what is empty. Cookies and forms, too."""
    key = encoded(name)
    match written.style:
        case _ if value is None:
            return []
        case "json":
            return [f"{key}={encoded(canonical(value))}"]
        case "deepObject":
            return list(_deep(key, value))
        case "each":
            return [f"{key}={encoded(text_of(each))}" for each in _given(value if isinstance(value, list) else [value])]
        case _:
            if not isinstance(value, list | dict):
                return [f"{key}={encoded(text_of(each))}" for each in _given([value])]
            members = _members(value, encoded, equals=written.explode)
            if written.explode:
                return [f"{key}={each}" for each in members] if isinstance(value, list) else members
            return [f"{key}={DELIMITERS.get(written.style, ',').join(members)}"] if members else []


def in_path(name: str, value: Any, written: Written) -> str:
    """What stands in the path, encoded; empty for null and for what is empty."""
    members = _members(value, encoded, equals=written.explode)
    match written.style:
        case _ if not members:
            return ""
        case "label":
            return "." + ("." if written.explode else ",").join(members)
        case "matrix" if isinstance(value, dict) and written.explode:
            return "".join(f";{each}" for each in members)
        case "matrix" if written.explode:
            return "".join(f";{encoded(name)}={each}" for each in members)
        case "matrix":
            return f";{encoded(name)}={','.join(members)}"
        case "json":
            return encoded(canonical(value))
        case _:
            return ",".join(members)


def in_header(value: Any, written: Written) -> str | None:
    """The text of a header; None for null and for what is empty."""
    if written.style == "json" and value is not None:
        return canonical(value)
    members = _members(value, str, equals=written.explode)
    return ",".join(members) if members else None


def _members(value: Any, encode: Any, *, equals: bool) -> list[str]:
    """The texts of which a value is: those of a list; of an object `name=value`, or `name` and `value`."""
    match value:
        case list():
            return [encode(text_of(each)) for each in _given(value)]
        case dict():
            pairs = [(encode(name), encode(text_of(each))) for name, each in value.items() if each is not None]
            return [f"{name}={text}" for name, text in pairs] if equals else [part for pair in pairs for part in pair]
        case _:
            return [encode(text_of(each)) for each in _given([value])]


def _deep(key: str, value: Any) -> Iterator[str]:
    """`key[name][0]=value`: OpenAPI says no more than one level, servers that have more read them so."""
    match value:
        case None:
            return
        case dict():
            for name, each in value.items():
                yield from _deep(f"{key}%5B{encoded(name)}%5D", each)
        case list():
            for index, each in enumerate(_given(value)):
                yield from _deep(f"{key}%5B{index}%5D", each)
        case _:
            yield f"{key}={encoded(text_of(value))}"


def _given(values: list[Any]) -> list[Any]:
    return [each for each in values if each is not None]
