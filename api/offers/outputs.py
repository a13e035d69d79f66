"""What a document tells of its output's form. What it does not tell may be anything."""

import re
from collections.abc import Iterator
from typing import Any

WHOLE = re.compile(r"\s*\{\{\s*nodes\.([a-z][a-z0-9_]*)\.output\s*\}\}\s*")
"""A value that is a node's output as it is."""
ANYTHING: dict[str, Any] = {}


def output_schema_of(document: dict[str, Any]) -> dict[str, Any]:
    """A JSON Schema of the output: the fields of `output`, each as the node says that it comes from."""
    known = {node["id"]: node["output_schema"] for node in nodes_of(document) if is_closed(node.get("output_schema"))}
    return schema_of(document["output"], known) if "output" in document else ANYTHING


def nodes_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the root, of a chain too."""
    return document.get("chain") or document.get("nodes") or []


def is_closed(schema: Any) -> bool:
    """Whether a schema can stand inside another: it refers to nothing."""
    return isinstance(schema, dict) and "$ref" not in keys_in(schema)


def keys_in(value: Any) -> Iterator[str]:
    """Every key, however deep."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys_in(inner)
    if isinstance(value, dict):
        yield from value


def schema_of(value: Any, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The schema of a value as it is written, templates and all."""
    if isinstance(value, dict):
        fields = {str(name): schema_of(inner, known) for name, inner in value.items()}
        return {"type": "object", "properties": fields, "required": list(fields)}
    if not isinstance(value, str):
        return ANYTHING
    if found := WHOLE.fullmatch(value):
        return known.get(found[1], ANYTHING)
    inside = value.strip()
    is_one_template = inside.startswith("{{") and inside.endswith("}}")
    return ANYTHING if is_one_template else {"type": "string"}
