"""An input put together in pieces: what words say of it, what is missing, what does not fit. Pure."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from plait.values.inputs import fill_defaults, follow
from plait.values.schema import compiled

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Filled:
    """An input as far as it is known. `missing` are the fields that it needs, `wrong` says what was left out and why;
    it is `ready` when nothing more is needed.
    """

    input: dict[str, Any]
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    ready: bool


def filled(schema: Mapping[str, Any], given: Mapping[str, Any]) -> Filled:
    """What is kept of an input, and what it lacks."""
    known = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False
    kept = {name: value for name, value in given.items() if name in known or not closed}
    wrong: dict[str, str] = {}
    for violation in violations_of(schema, kept):
        if violation.path and str(violation.path[0]) in kept:
            wrong.setdefault(str(violation.path[0]), f"{violation}.")
    kept = {name: value for name, value in kept.items() if name not in wrong}
    left = violations_of(schema, kept)
    missing = [name for name in schema.get("required", ()) if name not in fill_defaults(schema, dict(kept), schema)]
    said = [*wrong.values(), *(f"{each}." for each in left if not missing)]
    return Filled(kept, tuple(missing), tuple(said), ready=not left)


def violations_of(schema: Mapping[str, Any], value: dict[str, Any]) -> tuple[Any, ...]:
    """What a start would refuse."""
    return compiled(schema).violations(fill_defaults(schema, copy.deepcopy(value), schema))


def said_in(message: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a message names: a JSON object in it, `field: value`, `field = value`, a word of a choice."""
    found = json_in(message)
    fields: Mapping[str, Any] = schema.get("properties", {})
    for name, text in pairs_in(message, fields):
        found.setdefault(name, value_of(text, follow(fields[name], schema)))
    words = set(WORD.findall(message.casefold()))
    for name, field in fields.items():
        for choice in (follow(field, schema) or {}).get("enum", ()):
            if name not in found and isinstance(choice, str) and choice.casefold() in words:
                found[name] = choice
    return found


def json_in(message: str) -> dict[str, Any]:
    """The JSON object in a message; none of it where there is no whole one."""
    start, end = message.find("{"), message.rfind("}")
    try:
        value = orjson.loads(message[start : end + 1]) if 0 <= start < end else {}
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def pairs_in(message: str, names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field that is named, with the text up to the next one."""
    if not names:
        return
    spelled = {re.sub(r"[-_]", " ", name).casefold(): name for name in names}
    either = "|".join(re.escape(each).replace(r"\ ", "[ _-]") for each in sorted(spelled, key=len, reverse=True))
    marks = list(re.finditer(rf"(?<![\w{{\"])({either})\s*[:=]\s*", message, re.IGNORECASE))
    for mark, following in zip(marks, [*marks[1:], None], strict=False):
        text = message[mark.end() : following.start() if following else None].strip().rstrip(",;").strip()
        yield spelled[re.sub(r"[-_]", " ", mark[1]).casefold()], text


def value_of(text: str, schema: Any) -> Any:
    """A text as a value of the field; as it is, where it is none."""
    wanted = schema.get("type") if isinstance(schema, Mapping) else None
    if wanted == "string":
        quoted = len(text) > 1 and text[0] == text[-1] == '"'
        return text[1:-1] if quoted else text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
