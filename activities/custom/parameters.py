"""From the model of a node type's parameters to what the compiler checks when a version is saved."""

from typing import Any

from pydantic import BaseModel

from activities.tools.function import Untitled
from interpreter.catalogue import Parameter, ParameterType

TYPES: dict[str, ParameterType] = {
    "string": "string",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "object": "object",
    "array": "list",
}
LITERAL = "x-literal"
"""A field whose schema says this is taken as it stands: templates in it are text."""


def parameters_of(model: type[BaseModel]) -> dict[str, Parameter]:
    """One parameter a field, by its alias where it has one.

    What JSON Schema says of a field beyond its type and a list of texts is left to the model, which
    sees the values when the node runs.
    """
    schema = model.model_json_schema(schema_generator=Untitled)
    required, definitions = schema.get("required", ()), schema.get("$defs", {})
    return {
        name: _parameter(_plain(field, definitions), required=name in required)
        for name, field in schema.get("properties", {}).items()
    }


def _parameter(field: dict[str, Any], *, required: bool) -> Parameter:
    words = field.get("enum") or ([field["const"]] if "const" in field else None)
    are_texts = words is not None and all(isinstance(word, str) for word in words)
    return Parameter(
        type="string" if are_texts else TYPES.get(str(field.get("type")), "any"),
        required=required,
        literal=bool(field.get(LITERAL)),
        secret=bool(field.get("writeOnly")),
        enum=tuple(words) if words and are_texts else None,
        description=field.get("description", ""),
    )


def _plain(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The field without a way to elsewhere, and without the null that says that it was left out."""
    kinds = field.get("anyOf")
    if kinds and field.get("default", ...) is None:
        others = [kind for kind in kinds if kind != {"type": "null"}]
        if len(others) == 1 and len(kinds) == 2:
            field = {**others[0], **{word: said for word, said in field.items() if word != "anyOf"}}
    if reference := field.get("$ref"):
        named = definitions[reference.removeprefix("#/$defs/")]
        field = {**named, **{word: said for word, said in field.items() if word != "$ref"}}
    return field
