"""The models of a document as JSON Schema, each field with its words."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from interpreter.document import model
from plait.language.values import DURATION, EXPRESSION, ID, SLUG_TEXT, JsonSchema, or_null
from plait.language.words import FIELDS

LIMITS = {"ge": "minimum", "le": "maximum"}


class LanguageSchema(GenerateJsonSchema):
    """Knows what the language's own validators take, which is more than the types that they give."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchema:
        """What is taken before it becomes the type inside."""
        taken: Any = schema["function"]["function"]
        if taken is model.duration_seconds:
            return dict(DURATION)
        inner = super().function_before_schema(schema)
        if taken is model.one_or_more:
            return {"type": ["string", "array"], "items": inner["items"], "minItems": 1}
        return inner

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchema:
        """What is left of a type by a check of its value."""
        checks: Any = schema["function"]["function"]
        known = {model.node_id: ID, model.slug: SLUG_TEXT}
        return dict(known[checks]) if checks in known else super().function_after_schema(schema)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchema:
        """Null stands for a field that is left out."""
        return or_null(self.generate_inner(schema["schema"]))


def model_schemas() -> dict[str, JsonSchema]:
    """The schema of each part of a document by its name, `Document` among them."""
    whole = model.Document.model_json_schema(schema_generator=LanguageSchema)
    parts = {"Document": whole, **whole.pop("$defs")}
    kinds = {kind.__name__: kind for kind in FIELDS}
    return {name: described(kinds[name], part) for name, part in parts.items()}


def described(kind: type[BaseModel], schema: JsonSchema) -> JsonSchema:
    """The schema of a model with words at its fields and without what would only repeat them."""
    expressions = {
        field.alias or name for name, field in kind.model_fields.items() if field.annotation == model.Expression | None
    }
    properties = {
        name: {
            **(or_null(EXPRESSION) if name in expressions else tidied(field)),
            "description": FIELDS[kind][name],
        }
        for name, field in schema["properties"].items()
    }
    kept = {word: schema[word] for word in ("type", "required", "additionalProperties") if word in schema}
    return {**kept, "properties": properties}


def tidied(field: JsonSchema) -> JsonSchema:
    """A field's schema in JSON Schema's own words, without made-up titles and defaults that say nothing."""
    found = {word: value for word, value in field.items() if word not in ("title", "minLength", *LIMITS)}
    if not isinstance(found.get("default"), str | int | float):
        found.pop("default", None)
    return found | {LIMITS[word]: field[word] for word in LIMITS if word in field}
