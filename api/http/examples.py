"""An example for every body: what its model says, or put together from the samples of its fields."""

from typing import Any

from api.http.samples import RUN, SAMPLES

REFERENCE = "#/components/schemas/"
TIME = "2026-11-21T09:12:00.000000Z"
OF_FORMAT = {"uuid": RUN, "date-time": TIME, "uri": "https://example.com"}
NULL = {"type": "null"}
JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}

Schema = dict[str, Any]


def add_examples(document: dict[str, Any]) -> None:
    """Give each body of the document that has no example one, at its schema; complete those that models say."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    for name, schema in schemas.items():
        if "examples" in schema:
            schema["examples"] = [completed(each, name, schemas) for each in schema["examples"]]
    for content in bodies(document):
        if "example" not in content and not is_bytes(content["schema"]):
            name = content["schema"].get("$ref", "").removeprefix(REFERENCE)
            target = schemas[name] if name else content["schema"]
            target.setdefault("examples", [made(content["schema"], "", schemas)])


def bodies(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What operations take, and what they answer when all went well: by media type."""
    found: list[dict[str, Any]] = []
    for operations in document["paths"].values():
        for operation in operations.values():
            answers = [each for status, each in operation["responses"].items() if status < "400"]
            for each in (operation.get("requestBody", {}), *answers):
                found += each.get("content", {}).values()
    return found


def is_bytes(schema: Schema) -> bool:
    """Whether a body is no text, so that nobody could read an example."""
    return schema.get("format") == "binary" or "contentMediaType" in schema


def completed(example: Any, name: str, schemas: dict[str, Schema]) -> Any:
    """A model's own example with what it leaves out. FastAPI drops nulls, and a model says only what matters."""
    schema = schemas[name]
    absent = {
        field: None if may_be_null(schema["properties"][field]) else of_field(name, field, schemas)
        for field in schema.get("required", ())
        if field not in example
    }
    return {**example, **absent}


def made(schema: Schema, where: str, schemas: dict[str, Schema]) -> Any:
    """An example of a schema: its own, or made of its parts. `where` is the component that it stands in."""
    match schema:
        case {"$ref": reference}:
            name = reference.removeprefix(REFERENCE)
            return made(schemas[name], name, schemas)
        case {"examples": [first, *_]} | {"const": first} | {"enum": [first, *_]}:
            return first
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]}:
            return None if may_be_null(schema) else made(first, where, schemas)
        case {"properties": dict(fields)}:
            return {field: of_field(where, field, schemas, fields) for field in fields}
        case {"type": "array", "items": {"type": "string"} | {"type": "object"}}:
            return []
        case {"type": "array", "items": items}:
            return [made(items, where, schemas)]
        case {"format": kind} if kind in OF_FORMAT:
            return OF_FORMAT[kind]
        case {"type": kind}:
            return {"string": "…", "integer": 1, "number": 1, "boolean": False, "object": {}, "null": None}[kind]
        case _:
            return None


def of_field(where: str, field: str, schemas: dict[str, Schema], fields: dict[str, Schema] | None = None) -> Any:
    """The sample of a field, if it can be one in this schema; else an example made of its type."""
    schema = (fields or schemas[where]["properties"])[field]
    for name in (f"{where}.{field}", field):
        if name in SAMPLES and fits(SAMPLES[name], schema):
            return SAMPLES[name]
    return made(schema, where, schemas)


def fits(sample: Any, schema: Schema) -> bool:
    """Whether a sample may stand in a field: a name may have another type elsewhere."""
    match schema:
        case {"$ref": _}:
            return False
        case {"anyOf": kinds}:
            return any(fits(sample, each) for each in kinds)
        case {"enum": known}:
            return sample in known
        case {"const": only}:
            return sample == only
        case {"type": kind}:
            return isinstance(sample, JSON_TYPES[kind]) and not (kind != "boolean" and isinstance(sample, bool))
        case _:
            return True


def may_be_null(schema: Schema) -> bool:
    """Whether a field may be null."""
    return NULL in schema.get("anyOf", ())
