"""The registries: node types with the JSON Schemas of their parameters, and the whole language as one."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from api.catalogue import read_offer
from api.http.etag import IfNoneMatch, matches, quoted
from api.http.models import JsonObject, View
from api.http.routing import slice_router
from api.http.security import CanReadRegistries
from api.resources import Held
from interpreter.catalogue import NodeType
from interpreter.values import digest
from plait.language.parameters import parameters_schema
from plait.language.schema import MEDIA_TYPE, schema_text

router = slice_router("registries")
SCHEMA_BODY = {
    "schema": {"type": "object"},
    "example": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["plait"]},
}


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


class NodeTypes(View):
    """All of them: there are few."""

    items: list[NodeTypeView]
    next_cursor: None = None


@router.get("/node_types")
async def list_node_types(caller: CanReadRegistries, held: Held) -> NodeTypes:
    """The node types that a document may name."""
    offer = await read_offer(held.pool, caller.project, held.models)
    return NodeTypes(items=[node_type_view(each) for _name, each in sorted(offer.catalogue.node_types.items())])


@router.get(
    "/schema/workflow.json",
    response_class=Response,
    responses={
        200: {"description": "The schema.", "content": {MEDIA_TYPE: SCHEMA_BODY}},
        304: {"description": "It is still what `If-None-Match` names."},
    },
)
async def get_workflow_schema(caller: CanReadRegistries, held: Held, if_none_match: IfNoneMatch = None) -> Response:
    """The language as JSON Schema 2020-12, for editors, with the types and tools that may be named here now."""
    offer = await read_offer(held.pool, caller.project, held.models)
    text = schema_text(offer.catalogue)
    tag = digest(text.decode())
    if matches(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": quoted(tag)})
    return Response(text, headers={"ETag": quoted(tag)}, media_type=MEDIA_TYPE)


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
