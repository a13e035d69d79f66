"""`$ref` in an OpenAPI document: followed inside of it, and a schema taken out of it with all that it refers to."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

LOCAL = "#/"
DEEPEST = 64
NODES = 20_000
"""Parts that one tool's schemas may have: a list that a model reads is no place for more."""


class Unusable(Exception):
    """The operation cannot be a tool, and why."""


def object_in(said: Any) -> Mapping[str, Any]:
    """An object that may be left out. Raises Unusable for anything else."""
    if said is not None and not isinstance(said, dict):
        raise Unusable("a part of it is no object")
    return said or {}


def list_in(said: Any) -> list[Any]:
    """A list that may be left out. Raises Unusable for anything else."""
    if said is not None and not isinstance(said, list):
        raise Unusable("a part of it is no list")
    return said or []


class References:
    """Takes schemas of one operation out of a document; what they refer to is collected in `$defs`.

    A reference that leads out of the document is never fetched. Schemas of more than `most` parts are Unusable.
    """

    def __init__(self, document: Mapping[str, Any], most: int = NODES) -> None:
        self.document = document
        self._left = most
        self._names: dict[str, str] = {}
        self._defs: dict[str, Any] = {}
        self._awaited: list[str] = []

    def followed(self, said: Any) -> Mapping[str, Any]:
        """The object itself, where a reference to it may stand."""
        for _ in range(DEEPEST):
            if not isinstance(said, dict):
                raise Unusable("a part of it is no object")
            if not isinstance(reference := said.get("$ref"), str):
                return said
            said = self._found(reference)
        raise Unusable("its references lead in a circle")

    def schema(self, said: Any) -> dict[str, Any]:
        """The schema as JSON Schema 2020-12, its references to `$defs`."""
        taken = self._taken(said, 0)
        while self._awaited:  # in a row and not inside of each other: a document has long chains of them
            reference = self._awaited.pop()
            self._defs[self._names[reference]] = self._taken(self._found(reference), 0)
        return taken if isinstance(taken, dict) else {}

    def whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with all that was collected."""
        return {**schema, "$defs": self._defs} if self._defs else schema

    def _taken(self, said: Any, depth: int) -> Any:
        """A schema, or a list of them."""
        self._count(depth)
        if isinstance(said, list):
            return [self._taken(each, depth + 1) for each in said]
        if not isinstance(said, dict):
            return said
        if isinstance(reference := said.get("$ref"), str):
            return {"$ref": f"#/$defs/{self._defined(reference)}"}
        return _as_2020({key: self._part(key, each, depth + 1) for key, each in said.items() if key not in LEFT_OUT})

    def _part(self, key: str, said: Any, depth: int) -> Any:
        """What stands under a keyword: a schema, schemas by names of the author's own, or a value."""
        if key in VALUES:
            self._count_all(said, depth)
            return said
        if key in NAMED and isinstance(said, dict):
            self._count(depth)
            return {name: self._taken(each, depth + 1) for name, each in said.items()}
        return self._taken(said, depth)

    def _count(self, depth: int) -> None:
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise Unusable("its schemas are too large")

    def _count_all(self, said: Any, depth: int) -> None:
        self._count(depth)
        for each in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
            self._count_all(each, depth + 1)

    def _defined(self, reference: str) -> str:
        """The name in `$defs`, where the schema will be."""
        if reference not in self._names:
            name = re.sub(r"[^A-Za-z0-9_.-]", "_", reference.rpartition("/")[2])
            while name in self._defs:
                name += "_"
            self._names[reference] = name
            self._defs[name] = {}
            self._awaited.append(reference)
        return self._names[reference]

    def _found(self, reference: str) -> Any:
        if not reference.startswith(LOCAL):
            raise Unusable("it refers to another document, which is not fetched")
        found: Any = self.document
        for part in reference[len(LOCAL) :].split("/"):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdecimal() and int(key[:9]) < len(found):
                found = found[int(key)]
            else:
                found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise Unusable("it refers to something that is not in the document")
        return found


LEFT_OUT = frozenset({"xml", "externalDocs", "discriminator", "example", "examples"})
VALUES = frozenset({"const", "default", "enum", "required"})
"""Keywords of JSON Schema that hold values, which look like schemas by chance alone."""
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "definitions", "$defs"})
"""Keywords that hold schemas by names, which look like keywords by chance alone."""
COMBINED = frozenset({"allOf", "anyOf", "oneOf", "not", "const"})


def _as_2020(schema: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI 3.0 says in ways of its own."""
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(exclusive := schema.get(bound), bool):
            del schema[bound]
            if exclusive and limit in schema:
                schema[bound] = schema.pop(limit)
    if schema.pop("nullable", False) is not True:
        return schema
    if not COMBINED.isdisjoint(schema):
        return {"anyOf": [schema, {"type": "null"}]}
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema
