"""The arguments of tools as JSON Schema: what a tool takes, or a template that gives it."""

from typing import Any

from interpreter.catalogue import Tool
from plait.language.values import TEMPLATE, JsonSchema

KEPT = frozenset(
    {
        "type",
        "enum",
        "const",
        "description",
        "default",
        "examples",
        "required",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
    }
)
"""Words that mean the same of a value that may be a template. What is not known here is left for the compiler."""
OF_TEXT = {"type": "string", "pattern": r"\{\{"}


def arguments_schema(tool: Tool, place: str) -> JsonSchema:
    """The `args` of a tool. `place` is where the schema will stand: its own `$ref`s lead there."""
    schema = relaxed(tool.parameters, place)
    defined = tool.parameters.get("$defs", {})
    return {**schema, "$defs": {name: relaxed(part, place) for name, part in defined.items()}} if defined else schema


def relaxed(schema: Any, place: str) -> Any:
    """A schema that also takes a template in place of any value inside."""
    if not isinstance(schema, dict):
        return schema
    found: JsonSchema = {word: value for word, value in schema.items() if word in KEPT}
    if "$ref" in schema:
        found["$ref"] = f"{place}{str(schema['$ref']).removeprefix('#')}"
    if "properties" in schema:
        found["properties"] = {name: or_template(part, place) for name, part in schema["properties"].items()}
    for word in ("items", "additionalProperties"):
        if word in schema:
            found[word] = or_template(schema[word], place)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            found["anyOf"] = [relaxed(part, place) for part in schema[word]]
    return found


def or_template(schema: Any, place: str) -> Any:
    """The schema, or a text with a template: as a whole for a value, anywhere in a text."""
    if not isinstance(schema, dict):
        return schema
    inner = relaxed(schema, place)
    if not inner.keys() - {"description"}:
        return inner
    told = {"description": inner["description"]} if "description" in inner else {}
    return {"anyOf": [inner, OF_TEXT if inner.get("type") == "string" else TEMPLATE], **told}
