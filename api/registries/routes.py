"""The registries: node types and tools, each with the JSON Schema of its parameters."""

from typing import Annotated, Any

from pydantic import Field

from api.catalogue import read_offer
from api.http.models import JsonObject, View
from api.http.routing import slice_router
from api.http.security import CanReadRegistries
from api.resources import Held
from interpreter.catalogue import NodeType, Parameter, ParameterType

router = slice_router("registries")


class NodeTypeView(View):
    """A kind of node, and what may stand in its `with`."""

    name: str
    description: str
    behaviour: str
    parameters: Annotated[JsonObject, Field(description="JSON Schema of `with`; any value may be a template.")]
    fields: Annotated[list[str], Field(description="Node fields that it takes besides those of every node.")]
    outcomes: list[str]
    output_schema: JsonObject | None
    timeout: Annotated[float | None, Field(description="Seconds of one attempt where the node does not say it.")]
    max_attempts: int | None


class ToolView(View):
    """A tool that `tool_call` may name."""

    name: str
    description: str
    parameters: Annotated[JsonObject, Field(description="JSON Schema of the arguments.")]
    output_schema: JsonObject | None
    idempotent: bool
    bound: float | None
    timeout: float | None
    running: Annotated[bool, Field(description="Whether a worker that lives offers it.")]


class NodeTypes(View):
    """All of them: there are few."""

    items: list[NodeTypeView]
    next_cursor: None = None


class Tools(View):
    """All of them: there are few."""

    items: list[ToolView]
    next_cursor: None = None


@router.get("/node_types")
async def list_node_types(_: CanReadRegistries, held: Held) -> NodeTypes:
    """The node types that a document may name."""
    offer = await read_offer(held.pool)
    return NodeTypes(items=[node_type_view(each) for _name, each in sorted(offer.catalogue.node_types.items())])


@router.get("/tools")
async def list_tools(_: CanReadRegistries, held: Held) -> Tools:
    """The tools that workers offer or ever offered."""
    offer = await read_offer(held.pool)
    return Tools(
        items=[
            ToolView(**tool.model_dump(), running=name in offer.running)
            for name, tool in sorted(offer.catalogue.tools.items())
        ]
    )


def node_type_view(kind: NodeType) -> NodeTypeView:
    """A node type as it is shown; the limits of an attempt concern activities alone."""
    attempts = kind.behaviour == "activity"
    return NodeTypeView(
        name=kind.name,
        description=kind.description,
        behaviour=kind.behaviour,
        parameters=parameters_schema(kind),
        fields=list(kind.fields),
        outcomes=list(kind.outcomes),
        output_schema=kind.output_schema,
        timeout=kind.timeout if attempts else None,
        max_attempts=kind.max_attempts if attempts else None,
    )


def parameters_schema(kind: NodeType) -> JsonObject:
    """The parameters as a JSON Schema for editors."""
    return {
        "type": "object",
        "required": [name for name, parameter in kind.parameters.items() if parameter.required],
        "properties": {name: parameter_schema(parameter) for name, parameter in kind.parameters.items()},
        "additionalProperties": False,
    }


JSON_TYPES: dict[ParameterType, JsonObject] = {
    "any": {},
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "list": {"type": "array"},
    "duration": {"type": ["number", "string"], "format": "duration"},
    "expression": {"format": "expression"},
}


def parameter_schema(parameter: Parameter) -> JsonObject:
    """One parameter. Where templates may stand, a text is right whatever the type."""
    schema: dict[str, Any] = dict(JSON_TYPES[parameter.type])
    if parameter.enum:
        schema["enum"] = list(parameter.enum)
    if not parameter.literal and "type" in schema:
        schema = {"anyOf": [schema, {"type": "string", "format": "template"}]}
    if parameter.description:
        schema["description"] = parameter.description
    if parameter.secret:
        schema["x-secret"] = True
    return schema
