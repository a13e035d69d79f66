"""One operation of an OpenAPI document, on its way to a tool: its parameters, its answer, its request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from interpreter.catalogue import Tool
from plait.tools.bodies import body_of, is_json
from plait.tools.http import SAFE
from plait.tools.model import BODY, HttpCall, OpenApiSource, StoredTool, auth_of
from plait.tools.references import References, Unusable, object_in
from plait.tools.styles import STYLES, Parameter, Place
from plait.tools.templates import argument, placeholders
from plait.values.schema import SchemaInvalid, compiled

DESCRIPTION = 1000
RESULT_NODES = 2_000
"""Parts of a result's schema up to which it is kept, and results are held against it."""
PLACES: dict[str, Place] = {each: each for each in STYLES}
OF_THE_CONNECTION = frozenset({"accept", "authorization", "content-type"})
"""Headers that OpenAPI says elsewhere, and whose parameters mean nothing."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as a document says it; `parameters` are those of its path and its own."""

    document: Mapping[str, Any]
    path: str
    method: str
    said: Mapping[str, Any]
    parameters: list[Any]


def tool_of(operation: Operation, name: str, server: str, source: OpenApiSource, *, may_repeat: bool) -> StoredTool:
    """The tool and its request. Raises Unusable for what a request of ours cannot say."""
    if "#" in operation.path:
        raise Unusable("its path has a # in it, and what follows is never sent")
    references = References(operation.document)
    taken = _Arguments(references, operation, frozenset(map(str.lower, source.headers)))
    method = operation.method.upper()
    if missing := set(placeholders(operation.path)) - {each.name for each in taken.parameters if each.place == "path"}:
        raise Unusable(f"its path has {{{min(missing)[:80]}}}, and no parameter of that name")
    body = body_of(references, operation.said.get("requestBody"), ignored=method in SAFE)
    if body is not None:
        taken.add(BODY, body.schema, required=body.required)
    texts = [str(operation.said[field]) for field in ("summary", "description") if operation.said.get(field)]
    entry = Tool(
        name=name,
        kind="openapi",
        description="\n".join(dict.fromkeys(texts))[:DESCRIPTION],
        parameters=_checked(references.whole(taken.schema())),
        output_schema=_output_schema(operation),
        idempotent=method in SAFE or may_repeat,
        timeout=source.timeout,
    )
    call = HttpCall(
        method=method,
        url=server.rstrip("/") + operation.path,
        headers={**source.headers, **(body.headers if body else {})},
        parameters=tuple(taken.parameters),
        body=argument(BODY) if body and body.content is None else None,
        content=body.content if body else None,
        auth=auth_of(source.auth),
    )
    return StoredTool(entry, call)


class _Arguments:
    """What an operation takes, by name. What the source says itself (`headers`) is no argument."""

    def __init__(self, references: References, operation: Operation, fixed: frozenset[str]) -> None:
        self.parameters: list[Parameter] = []
        self._references, self._path = references, operation.path
        self._properties: dict[str, Any] = {}
        self._required: list[str] = []
        for said in _without_repeats(references, operation.parameters):
            header = {"header": str(said.get("name")).lower(), "cookie": "cookie"}.get(str(said.get("in")))
            if header not in OF_THE_CONNECTION | fixed:
                self._take(said)

    def schema(self) -> dict[str, Any]:
        """Of all of them."""
        return {
            "type": "object",
            "properties": self._properties,
            "required": self._required,
            "additionalProperties": False,
        }

    def add(self, name: str, schema: dict[str, Any], *, required: bool) -> None:
        """Another one. Raises Unusable where there is one of its name."""
        if name in self._properties:
            raise Unusable(f"two of its parameters are called {name[:80]}")
        self._properties[name] = schema
        if required:
            self._required.append(name)

    def _take(self, said: Mapping[str, Any]) -> None:
        name, place = str(said.get("name")), PLACES.get(str(said.get("in")))
        if not name.isprintable() or any(mark in name for mark in "{}"):
            raise Unusable("a parameter has a name that cannot be written")
        if place is None or (place == "path" and f"{{{name}}}" not in self._path):
            raise Unusable(f"its parameter {name[:80]} has no place")
        written, schema = self._written(said, name, place)
        schema = self._references.schema(schema)
        text = str(said.get("description") or schema.get("description") or "")[:DESCRIPTION]
        schema = {**schema, "description": text} if text else schema
        self.add(name, schema, required=bool(said.get("required")) or place == "path")
        self.parameters.append(written)

    def _written(self, said: Mapping[str, Any], name: str, place: Place) -> tuple[Parameter, Any]:
        """How it is written, and its schema."""
        content = object_in(said.get("content"))
        if "schema" not in said and len(content) == 1 and is_json(kind := next(iter(content))):
            return Parameter(name=name, place=place, style="json"), object_in(content[kind]).get("schema")
        style, *others = STYLES[place]
        if (wanted := said.get("style")) in others:
            style = wanted
        elif "schema" not in said or wanted not in (None, style):
            raise Unusable(f"its parameter {name[:80]} is written in a way that is not known here")
        explode = said.get("explode", style in {"form", "deepObject"})
        return Parameter(name=name, place=place, style=style, explode=explode is True), said["schema"]


def _without_repeats(references: References, parameters: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Those of the path, and over them those of the operation."""
    found = {}
    for said in parameters:
        parameter = references.followed(said)
        found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return iter(found.values())


def _output_schema(operation: Operation) -> dict[str, Any] | None:
    """That of the one answer that is a success. None where there are several or none in JSON, and for one that cannot
    be checked against: what an answer looks like keeps nobody from asking.
    """
    references = References(operation.document, RESULT_NODES)
    try:
        answers = {
            status: references.followed(said)
            for status, said in object_in(operation.said.get("responses")).items()
            if str(status).startswith("2")
        }
        if len(answers) != 1:
            return None
        content = object_in(next(iter(answers.values())).get("content"))
        schemas = [object_in(each).get("schema") for kind, each in content.items() if is_json(kind)]
        if len(content) != 1 or not schemas or not isinstance(schemas[0], dict):
            return None
        return _checked(references.whole(references.schema(schemas[0])))
    except Unusable:
        return None


def _checked(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        compiled(schema)
    except SchemaInvalid as error:
        raise Unusable(f"its schema is none: {error}") from None
    return schema
