"""Types of values: a JSON Schema, or one put together from types of parts."""

from collections.abc import Callable, Mapping
from typing import Any

from interpreter.plan.schemas import resolved, type_of, types_of
from interpreter.plan.sites import Path
from interpreter.records import record


@record
class Type:
    """A schema without `$ref`, and the schema that references inside it point into; `{}` is unknown.

    Where it was put together, a `Type` stands in place of a schema in it.
    """

    schema: Mapping[str, Any]
    root: Any

    def part(self, schema: Any) -> "Type":
        """The type that stands inside this one."""
        return schema if isinstance(schema, Type) else Type(resolved(schema, self.root), self.root)


def simple(name: str) -> Type:
    """Any value of a JSON type."""
    return Type({"type": name}, {})


UNKNOWN = Type({}, {})
TEXT, INTEGER, BOOLEAN, NULL = simple("string"), simple("integer"), simple("boolean"), simple("null")


SCALARS = {frozenset({name}) for name in ("string", "number", "integer", "boolean", "null")}


def of_schema(schema: Any) -> Type:
    """The type that a whole schema says."""
    return Type(resolved(schema, schema), schema)


def list_of(items: Type) -> Type:
    """A list of such items."""
    return Type({"type": "array", "items": items}, {})


def object_of(fields: Mapping[str, Type], optional: frozenset[str] = frozenset()) -> Type:
    """An object of these fields and no others, all there but the `optional` ones."""
    required = [name for name in fields if name not in optional]
    return Type({"type": "object", "properties": dict(fields), "required": required}, {})


def common(types: list[Type]) -> Type:
    """The one type of several; unknown where they differ, or one of them is."""
    if not all(one.schema for one in types):
        return UNKNOWN
    if types and all(one == types[0] for one in types[1:]):
        return types[0]
    names = {types_of(one.schema) for one in types}
    return simple(*names.pop()) if len(names) == 1 and names < SCALARS else UNKNOWN


def of_value(value: Any, path: Path, template: Callable[[str, Path], Type]) -> Type:
    """The type of a value as it is written, with what `template` says of the texts with templates in it."""
    if isinstance(value, str) and "{{" in value:
        return template(value, path)
    if isinstance(value, dict):
        return object_of({str(key): of_value(item, (*path, str(key)), template) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return list_of(common([of_value(item, (*path, at), template) for at, item in enumerate(value)]))
    return simple(type_of(value))


def without_templates(text: str, path: Path) -> Type:  # noqa: ARG001 - the text stands for itself
    """What a text is where nothing in it is a template."""
    return TEXT
