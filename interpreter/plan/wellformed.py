"""Checks that what stands in a document as a JSON Schema is one, as far as its form goes, and of `env`."""

from collections.abc import Iterator
from typing import Any

from interpreter.plan.draft import Draft, did_you_mean
from interpreter.plan.outline import Outline
from interpreter.plan.schemas import JSON_TYPES, is_of, pointed
from interpreter.plan.sites import Path
from interpreter.problems import Problem

Flaw = tuple[Path, str, str]
"""Where in a schema, what is wrong there, and how to mend it."""

LISTS_OF_SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")
OBJECTS_OF_SCHEMAS = ("properties", "patternProperties", "$defs", "dependentSchemas")
SCHEMAS = ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else")


def schemas_in(outline: Outline) -> Iterator[tuple[Path, str | None, Any]]:
    """Every schema of a document: where it stands, in which node, and the schema."""
    if outline.document.input is not None:
        yield ("input",), None, outline.document.input
    for index, node in enumerate(outline.nodes):
        if node.output_schema is not None:
            yield (*outline.node_path(index), "output_schema"), node.id, node.output_schema
        if outline.behaviour(index) == "gate" and isinstance(form := node.with_.get("form"), dict):
            yield (*outline.node_path(index), "with", "form"), node.id, form


def check_schemas(draft: Draft) -> Iterator[Problem]:
    """The flaws of all schemas."""
    for path, node, schema in schemas_in(draft.outline):
        for where, message, fix in flaws(schema):
            yield Problem("invalid_schema", message, (*path, *where), node, fix)


def check_environment(draft: Draft) -> Iterator[Problem]:
    """A default of a variable is of the type that the variable has."""
    for name, variable in draft.outline.document.env.items():
        if variable.default is not None and not is_of(variable.default, variable.type):
            message = f"`{name}` is of the type {variable.type}, and its default is not."
            fix = f"Write a default of the type {variable.type}, or another `type`."
            yield Problem("wrong_type", message, ("env", name, "default"), None, fix)


def flaws(schema: Any) -> Iterator[Flaw]:
    """What is wrong with the form of a schema, and of those inside it."""
    waiting: list[tuple[Path, Any]] = [((), schema)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, dict):
            yield from (((*path, word), message, fix) for word, message, fix in _flaws_of_words(part, schema))
            waiting += reversed([((*path, *way), inner) for way, inner in _inside(part)])
        elif not isinstance(part, bool):
            yield path, "A schema is an object, true or false.", "Write an object such as `{type: string}`."


def _flaws_of_words(part: dict[str, Any], root: Any) -> Iterator[tuple[str, str, str]]:
    said = part.get("type", [])
    for name in said if isinstance(said, list) else [said]:
        if not isinstance(name, str) or name not in JSON_TYPES:
            known = f"Types are {', '.join(JSON_TYPES)}."
            yield "type", f"There is no type `{name}` in JSON.", did_you_mean(str(name), JSON_TYPES, known)
    required = part.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        yield "required", "`required` is a list of names.", "Write `required: [first, second]` beside `properties`."
    if not isinstance(part.get("enum", []), list):
        yield "enum", "`enum` is a list of the values that are allowed.", "Write `enum: [first, second]`."
    for word in OBJECTS_OF_SCHEMAS:
        if not isinstance(part.get(word, {}), dict):
            yield word, f"`{word}` is an object with a schema under each name.", "Write `{note: {type: string}}`."
    for word in LISTS_OF_SCHEMAS:
        if not isinstance(part.get(word, []), list):
            yield word, f"`{word}` is a list of schemas.", "Write `[{type: string}, {type: number}]`."
    if "$ref" in part and pointed(part["$ref"], root) is None:
        message = f"`{part['$ref']}` leads to no schema inside this one."
        yield "$ref", message, "Put the schema under `$defs` here, and name it as `#/$defs/name`."


def _inside(part: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The schemas that stand directly in this one, each with its way."""
    for word in SCHEMAS:
        if word in part:
            yield (word,), part[word]
    for word in OBJECTS_OF_SCHEMAS:
        if isinstance(part.get(word), dict):
            yield from (((word, name), inner) for name, inner in part[word].items())
    for word in LISTS_OF_SCHEMAS:
        if isinstance(part.get(word), list):
            yield from (((word, at), inner) for at, inner in enumerate(part[word]))
