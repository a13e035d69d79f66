"""What a JSON Schema says of a value: the part of it that is checked before a run.

Read are `type, properties, required, items, enum, const, additionalProperties, default`, `$ref`
inside the schema, and `anyOf`/`oneOf` as unions. The rest is unknown, and what is unknown passes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from interpreter.plan.draft import did_you_mean, listed

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
REFERENCES_FOLLOWED = 20
NO_TYPES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Misfit:
    """One part of a literal value that a schema refuses."""

    code: str
    path: tuple[str | int, ...]
    message: str
    fix: str


def resolved(schema: Any, root: Any) -> Mapping[str, Any]:
    """The schema behind `$ref`s; `{}`, which allows everything, for what cannot be followed."""
    for _ in range(REFERENCES_FOLLOWED):
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref")
        if reference is None:
            return schema
        schema = pointed(reference, root)
    return {}


def pointed(reference: Any, root: Any) -> Any:
    """What a `$ref` inside the schema `root` names; None for what leads out of it or nowhere."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    for part in unquote(reference[1:]).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(root, list):
            root = dict(zip(map(str, range(len(root))), root, strict=True))
        if not isinstance(root, dict) or key not in root:
            return None
        root = root[key]
    return root


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types that the schema allows; none if it does not say."""
    if not schema:
        return NO_TYPES
    said = schema.get("type")
    if isinstance(said, str):
        return frozenset({said})
    if isinstance(said, list | tuple):
        return frozenset(part for part in said if isinstance(part, str))
    if "const" in schema:
        return frozenset({type_of(schema["const"])})
    if isinstance(schema.get("enum"), list):
        return frozenset(type_of(value) for value in schema["enum"])
    return NO_TYPES


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    return next((name for name, kinds in JSON_TYPES.items() if isinstance(value, kinds)), "null")


def is_of(value: Any, name: str) -> bool:
    """Whether the value is of the JSON type; 7.0 is an integer, true is no number."""
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, JSON_TYPES.get(name, (object,)))


def misfits(value: Any, schema: Any, root: Any = None, path: tuple[str | int, ...] = ()) -> Iterator[Misfit]:
    """Where a literal value breaks the schema. A text with a template in it may become anything."""
    if isinstance(value, str) and "{{" in value:
        return
    root = schema if root is None else root
    schema = resolved(schema, root)
    types = types_of(schema)
    if types and not any(is_of(value, name) for name in types):
        message = f"{_name(path)} must be {_one_of(types)}, not {type_of(value)}."
        yield Misfit("wrong_type", path, message, f"Write {_one_of(types)}, or a template that gives one.")
        return
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(allowed, list) and value not in allowed:
        known = [str(one) for one in allowed]
        message = f"{_name(path)} cannot be `{value}`."
        yield Misfit("wrong_value", path, message, did_you_mean(str(value), known, f"Allowed: {', '.join(known)}."))
        return
    unions = next((schema[word] for word in ("anyOf", "oneOf") if isinstance(schema.get(word), list)), None)
    if unions and not any(next(misfits(value, one, root, path), None) is None for one in unions):
        message = f"{_name(path)} fits none of the forms that are allowed."
        yield Misfit("wrong_type", path, message, "Look up its schema in the catalogue.")
        return
    if isinstance(value, dict):
        yield from _object_misfits(value, schema, root, path)
    elif isinstance(value, list | tuple) and "items" in schema:
        for at, item in enumerate(value):
            yield from misfits(item, schema["items"], root, (*path, at))


def _object_misfits(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Any, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    for name in schema.get("required", ()):
        if name not in value and not _has_default(properties.get(name)):
            yield Misfit("missing_argument", path, f"{_name((*path, name))} is missing.", f"Add `{name}`.")
    for key, item in value.items():
        if key in properties:
            yield from misfits(item, properties[key], root, (*path, key))
        elif schema.get("additionalProperties") is False:
            fix = did_you_mean(key, properties, f"Known are {listed(properties)}." if properties else "Take it out.")
            yield Misfit("unknown_argument", (*path, key), f"There is no `{key}` here.", fix)


def _has_default(schema: Any) -> bool:
    return isinstance(schema, dict) and "default" in schema


def _name(path: tuple[str | int, ...]) -> str:
    return f"`{'.'.join(map(str, path))}`" if path else "The value"


def _one_of(types: frozenset[str]) -> str:
    return " or ".join(f"{'an' if name[0] in 'aoi' else 'a'} {name}" for name in sorted(types))
