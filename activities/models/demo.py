"""The model `local:demo`: no model at all, but a program that answers like one, always the same and at no cost.

So demonstrations, templates and tests run without a key. It says in every text that it is the demo.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from activities.models.messages import Message, text_in
from activities.models.request import ModelRequest, Said, ToolCall
from interpreter.values import Json
from plait.money import Usage

NAME = "local:demo"
LONGEST = 60
"""Words of what it was asked that its answer repeats."""
DEEPEST = 8
"""How far into a schema that names itself it goes."""


async def answer(request: ModelRequest, say: Callable[[str], None]) -> Said:
    """What the demo says: it calls the first tool that is offered once, gives what a schema wants, or repeats.

    A tool is told the first paragraph, which is an agent's task without its context.
    """
    told = _told(request)
    if request.tools and not any(message["role"] == "tool" for message in request.messages):
        tool = request.tools[0]
        args = instance(tool.parameters, told.partition("\n\n")[0])
        call = ToolCall("call_1", tool.name, args if isinstance(args, dict) else {})
        return Said("", (call,), _usage(request, tool.name), "tool_calls")
    text = _in_words(request, told) if request.output_schema is None else _as_json(request.output_schema, told)
    most = request.max_tokens if request.output_schema is None else None
    words = re.findall(r"\S+\s*", text)[:most]
    if request.stream:
        for word in words:
            say(word)
            await asyncio.sleep(0)
    whole = "".join(words)
    return Said(whole, (), _usage(request, whole), "stop" if len(whole) == len(text) else "length")


def instance(schema: Mapping[str, Any], words: str) -> Json:
    """A value of the schema, its texts made of these words."""
    return _Instance(schema, words.split()).value(schema, DEEPEST)


class _Instance:
    """Makes values of one schema; the words go round."""

    def __init__(self, root: Mapping[str, Any], words: list[str]) -> None:
        self._root, self._words, self._at = root, words or ["demo"], 0

    def value(self, schema: Any, depth: int) -> Json:
        if not isinstance(schema, Mapping):
            return self._text({})
        for fixed in ("const", "default"):
            if fixed in schema:
                return schema[fixed]
        if schema.get("enum"):
            return schema["enum"][0]
        if "$ref" in schema:
            return self.value(self._referred(schema["$ref"]), depth - 1)
        for several in ("anyOf", "oneOf"):
            if schema.get(several):
                options = schema[several]
                return self.value({**_without(schema, several), **_simplest(options, depth)}, depth - 1)
        if schema.get("allOf"):
            return self.value(_merged([_without(schema, "allOf"), *schema["allOf"]]), depth - 1)
        return self._of_type(schema, depth)

    def _of_type(self, schema: Mapping[str, Any], depth: int) -> Json:
        match _type_of(schema):
            case "object":
                properties = schema.get("properties", {})
                wanted = list(properties) if depth > 0 else schema.get("required", ())
                wanted = [*wanted, *(name for name in schema.get("required", ()) if name not in properties)]
                return {name: self.value(properties.get(name, {}), depth - 1) for name in dict.fromkeys(wanted)}
            case "array":
                least = int(schema.get("minItems", 1 if depth > 0 else 0))
                first = list(schema.get("prefixItems", ()))
                count = min(max(least, len(first)), int(schema.get("maxItems", max(least, 1))))
                items = [*first, *[schema.get("items", {})] * count][:count]
                return [self.value(item, depth - 1) for item in items]
            case "integer" | "number" as kind:
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return self._text(schema)

    def _text(self, schema: Mapping[str, Any]) -> str:
        if isinstance(schema.get("examples"), list) and schema["examples"]:
            return schema["examples"][0]
        if (known := _FORMATS.get(schema.get("format", ""))) is not None:
            return known
        least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 120))
        text = " ".join(self._next() for _ in self._words[:6])
        while len(text) < least:
            text += f" {self._next()}"
        return text[:most]

    def _next(self) -> str:
        self._at += 1
        return self._words[(self._at - 1) % len(self._words)]

    def _referred(self, ref: str) -> Any:
        found: Any = self._root
        for part in ref.removeprefix("#").strip("/").split("/"):
            if part:
                found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
        return found


_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T12:00:00Z",
    "time": "12:00:00Z",
    "email": "demo@example.com",
    "uri": "https://example.com/demo",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def _type_of(schema: Mapping[str, Any]) -> str:
    said = schema.get("type")
    if isinstance(said, list):
        said = next((one for one in said if one != "null"), "null")
    if said is None:
        said = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return said


def _number(schema: Mapping[str, Any], *, whole: bool) -> Json:
    """The middle of what is allowed, so that a score is neither the best nor the worst."""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    match low, high:
        case None, None:
            middle = 1.0
        case None, _:
            middle = high - 1
        case _, None:
            middle = low + 1
        case _:
            middle = (low + high) / 2
    if step := schema.get("multipleOf"):
        middle = round(middle / step) * step
    return int(middle) if whole or middle == int(middle) else middle


def _simplest(options: list[Any], depth: int) -> Mapping[str, Any]:
    """The first alternative; where it is deep already, one that ends."""
    usable = [option for option in options if isinstance(option, Mapping)]
    ending = [option for option in usable if _type_of(option) not in {"object", "array"} and "$ref" not in option]
    return next(iter(ending if depth <= 0 and ending else usable), {})


def _merged(parts: list[Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, Mapping):
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", ()), *part.get("required", ())]
            merged = {**merged, **part}
            merged |= {"properties": properties} if properties else {}
            merged |= {"required": required} if required else {}
    return merged


def _without(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != name}


def _told(request: ModelRequest) -> str:
    """The last words of somebody else: what the answer is made of."""
    return next((text_in(message) for message in reversed(request.messages) if message["role"] != "assistant"), "")


def _in_words(request: ModelRequest, told: str) -> str:
    repeated = " ".join(told.split()[:LONGEST])
    media = sum(1 for message in request.messages for _ in _media_in(message))
    seen = f" There are {media} images or files." if media else ""
    return f"This is {NAME}, which repeats what it is told: {repeated}{seen}"


def _media_in(message: Message) -> Iterator[dict[str, Any]]:
    content = message["content"]
    return (part for part in content if part["type"] != "text") if isinstance(content, list) else iter(())


def _as_json(schema: dict[str, Any], told: str) -> str:
    return orjson.dumps(instance(schema, told)).decode()


def _usage(request: ModelRequest, text: str) -> Usage:
    """Words, counted as tokens."""
    given = sum(len(text_in(message).split()) for message in request.messages)
    return Usage(given, len(text.split()))
