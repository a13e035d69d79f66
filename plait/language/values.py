"""What many fields have in common: durations, expressions, templates, names."""

from typing import Any

from interpreter.document.model import NODE_ID, SLUG, SLUG_LENGTH
from interpreter.expressions import RESERVED

JsonSchema = dict[str, Any]

DURATION: JsonSchema = {
    "type": ["number", "string"],
    "minimum": 0,
    "pattern": r"^\s*[0-9]+(\.[0-9]+)?(ms|s|m|h|d)\s*$",
    "patternErrorMessage": "Write a number of seconds, or a number with a unit: 100ms, 90s, 5m, 72h or 3d.",
}
EXPRESSION: JsonSchema = {
    "type": ["string", "boolean", "number", "array", "object"],
    "examples": ["nodes.score.output.value > vars.threshold"],
}
TEMPLATE: JsonSchema = {
    "type": "string",
    "pattern": r"^\s*\{\{[\s\S]*\}\}\s*$",
    "description": "An expression between {{ and }} that gives the value.",
}
OUTCOME: JsonSchema = {
    "type": "string",
    "pattern": f"^{NODE_ID.pattern}$",
    "patternErrorMessage": "Begin with a lower-case letter, and go on with a-z, 0-9 and _.",
}
ID: JsonSchema = {**OUTCOME, "not": {"enum": sorted(RESERVED)}}
SLUG_TEXT: JsonSchema = {
    "type": "string",
    "pattern": f"^{SLUG.pattern}$",
    "patternErrorMessage": "Use a-z, 0-9 and - between them.",
    "maxLength": SLUG_LENGTH,
}


def or_null(schema: JsonSchema) -> JsonSchema:
    """The same or null, which stands for a field that is left out."""
    match schema:
        case {"type": str() as one}:
            kinds: list[str] = [one]
        case {"type": list() as several}:
            kinds = [*several]
        case _ if not schema.keys() - {"description"}:
            return schema
        case {"anyOf": list() as branches}:
            return {**schema, "anyOf": [*branches, {"type": "null"}]}
        case _:
            told = {"description": schema["description"]} if "description" in schema else {}
            return {"anyOf": [schema, {"type": "null"}], **told}
    found = {**schema, "type": [*dict.fromkeys([*kinds, "null"])]}
    return {**found, "enum": [*schema["enum"], None]} if "enum" in schema else found
