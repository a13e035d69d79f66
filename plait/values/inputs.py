"""What a run is given: the defaults of its workflow's schema filled in, then held against that."""

import copy
from collections.abc import Mapping
from typing import Any

from interpreter.plan.model import Plan
from interpreter.problems import Problem
from plait.errors import Invalid
from plait.values.schema import compiled

DEPTH = 32


def complete_input(plan: Plan, value: Any) -> Any:
    """The input with the schema's defaults in it; every violation at once as `input_invalid`."""
    schema = plan.document.input
    if schema is None or schema is True:
        return value
    if isinstance(schema, bool):
        raise Invalid("This workflow takes no input.", code="input_invalid")
    filled = fill_defaults(schema, copy.deepcopy(value), schema)
    violations = compiled(schema).violations(filled)
    if violations:
        problems = [Problem("input_invalid", each.message, ("input", *each.path)) for each in violations]
        raise Invalid(f"The input does not match its schema: {violations[0]}.", code="input_invalid", problems=problems)
    return filled


def fill_defaults(schema: Any, value: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """Put the defaults of absent properties in place, at every level that the value has."""
    schema = follow(schema, root)
    if not isinstance(schema, Mapping) or depth > DEPTH:
        return value
    for part in schema.get("allOf", ()):
        value = fill_defaults(part, value, root, depth + 1)
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            meant = follow(inner, root)
            if name not in value and isinstance(meant, Mapping) and "default" in meant:
                value[name] = copy.deepcopy(meant["default"])
            if name in value:
                value[name] = fill_defaults(inner, value[name], root, depth + 1)
    elif isinstance(value, list) and "items" in schema:
        return [fill_defaults(schema["items"], each, root, depth + 1) for each in value]
    return value


def follow(schema: Any, root: Mapping[str, Any]) -> Any:
    """What a `$ref` inside the schema means; itself where there is none."""
    for _ in range(DEPTH):
        if not (isinstance(schema, Mapping) and str(schema.get("$ref", "")).startswith("#")):
            return schema
        found: Any = root
        for part in schema["$ref"][1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        schema = found
    return None
