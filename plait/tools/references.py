"""`$ref` in an OpenAPI document: followed inside of it, and a schema taken out of it with all that it refers to."""

from collections.abc import Mapping
from typing import Any

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

    A reference that leads out of the document is never fetched.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._names: dict[str, str] = {}
        self._defs: dict[str, Any] = {}
        self._nodes = 0

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
        return taken if isinstance(taken, dict) else {}

    def whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with all that was collected."""
        return {**schema, "$defs": self._defs} if self._defs else schema

    def _taken(self, said: Any, depth: int) -> Any:
        self._nodes += 1
        if depth > DEEPEST or self._nodes > NODES:
            raise Unusable("its schemas are too large")
        if isinstance(said, list):
            return [self._taken(each, depth + 1) for each in said]
        if not isinstance(said, dict):
            return said
        if isinstance(reference := said.get("$ref"), str):
            return {"$ref": f"#/$defs/{self._defined(reference)}"}
        return _as_2020({key: self._taken(each, depth + 1) for key, each in said.items() if key not in LEFT_OUT})

    def _defined(self, reference: str) -> str:
        """The name in `$defs`; a schema that refers to itself is there before it is whole."""
        if reference not in self._names:
            name = reference.rpartition("/")[2].replace("~1", "_").replace("~0", "_").replace("%", "_")
            while name in self._defs:
                name += "_"
            self._names[reference] = name
            self._defs[name] = {}
            self._defs[name] = self._taken(self._found(reference), 0)
        return self._names[reference]

    def _found(self, reference: str) -> Any:
        if not reference.startswith(LOCAL):
            raise Unusable("it refers to another document, which is not fetched")
        found: Any = self.document
        for part in reference[len(LOCAL) :].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise Unusable("it refers to something that is not in the document")
        return found


LEFT_OUT = frozenset({"xml", "externalDocs", "discriminator", "example", "examples"})


def _as_2020(schema: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI 3.0 says in ways of its own."""
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(exclusive := schema.get(bound), bool):
            del schema[bound]
            if exclusive and limit in schema:
                schema[bound] = schema.pop(limit)
    if schema.pop("nullable", False) is True:
        if isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    return schema
