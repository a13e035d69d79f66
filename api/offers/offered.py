"""A workflow as it is offered, with JSON Schemas of what it takes and gives."""

import json
from dataclasses import dataclass
from typing import Any

from asyncpg import Record

from api.offers.outputs import output_schema_of
from api.resources import Resources
from plait.auth import Caller
from plait.store import exposed as store
from plait.store.exposed import Door

WRAPPED = "input"
"""The one argument of a workflow whose input is no object."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A workflow in the version that the environment runs.

    `input_schema` is what the document says, `arguments` the same as a schema of named arguments, and
    `output_schema` as much as the document tells of the output.
    """

    slug: str
    name: str
    description: str
    input_schema: Any
    arguments: dict[str, Any]
    output_schema: dict[str, Any]

    def input_of(self, arguments: dict[str, Any]) -> Any:
        """The run's input that these arguments are."""
        return arguments.get(WRAPPED) if is_wrapped(self.input_schema) else arguments


async def list_offered(
    held: Resources, environment: str, door: Door, caller: Caller, after: str = "", limit: int = 50
) -> list[Offered]:
    """What the caller's project offers there, by slug."""
    rows = await store.list_offered(held.pool, caller.project, environment, door, after, limit)
    return [offered_of(row) for row in rows]


async def find_offered(held: Resources, environment: str, door: Door, slug: str, caller: Caller) -> Offered | None:
    """One of these workflows; None also where it is there and not offered."""
    row = await store.read_offered(held.pool, caller.project, environment, door, slug)
    return offered_of(row) if row else None


def offered_of(row: Record) -> Offered:
    """A workflow from its row."""
    document = json.loads(row["definition"])["document"]
    taken = document.get("input")
    return Offered(
        slug=row["slug"],
        name=row["name"],
        description=row["description"] or row["name"],
        input_schema=taken,
        arguments=arguments_of(taken),
        output_schema=output_schema_of(document),
    )


def is_wrapped(schema: Any) -> bool:
    """Whether an input may be something else than an object, so that it has to be one argument of it."""
    if isinstance(schema, dict) and schema:
        return schema.get("type", "object" if "properties" in schema else None) != "object"
    return False


def arguments_of(schema: Any) -> dict[str, Any]:
    """The input's schema as one of an object, which is what tools take."""
    if not isinstance(schema, dict):
        return {"type": "object"}
    if not is_wrapped(schema):
        return {"type": "object", **schema}
    inner = {key: value for key, value in schema.items() if key != "$defs"}
    wrapped = {"type": "object", "required": [WRAPPED], "properties": {WRAPPED: inner}}
    return wrapped | ({"$defs": schema["$defs"]} if "$defs" in schema else {})
