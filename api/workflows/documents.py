"""A body that is a workflow is the document itself, as JSON or as YAML."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from api.http.bodies import DOCUMENT_LIMIT, read_body, require_media_type
from api.workflows.compiler import MediaType

TAKEN: tuple[MediaType, MediaType] = ("application/json", "application/yaml")

EXAMPLE: dict[str, Any] = {
    "plait": 1,
    "slug": "greeting",
    "name": "Greeting",
    "input": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    "nodes": [{"id": "greet", "type": "transform", "with": {"value": "Hello {{ input.name }}"}}],
    "output": "{{ nodes.greet.output }}",
}
EXAMPLE_YAML = """\
plait: 1
slug: greeting
name: Greeting
input: {type: object, required: [name], properties: {name: {type: string}}}
nodes:
  - id: greet
    type: transform
    with: {value: "Hello {{ input.name }}"}
output: "{{ nodes.greet.output }}"
"""


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """How the OpenAPI document tells of such a body."""
    content = {
        "application/json": {"schema": schema, "example": EXAMPLE},
        "application/yaml": {"schema": {}, "example": EXAMPLE_YAML},
    }
    return {"requestBody": {"required": True, "content": content}}


DOCUMENT_BODY = described({"type": "object"})
ANY_BODY = described({})
"""What is validated or drafted may be anything."""


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A document byte for byte as it came."""

    source: bytes
    media_type: MediaType


async def sent_document(request: Request) -> SentDocument:
    """The body, which is not looked into yet."""
    found = require_media_type(request, *TAKEN)
    media_type: MediaType = "application/yaml" if found == "application/yaml" else "application/json"
    return SentDocument(await read_body(request, DOCUMENT_LIMIT), media_type)


Document = Annotated[SentDocument, Depends(sent_document)]
