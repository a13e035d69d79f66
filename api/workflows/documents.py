"""A body that is a workflow is the document itself, as JSON or as YAML."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from api.bodies import MEBIBYTE, read_body, require_media_type
from api.workflows.compiler import MediaType

DOCUMENT_LIMIT = 4 * MEBIBYTE
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

DOCUMENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}, "example": EXAMPLE},
            "application/yaml": {"schema": {"type": "string"}, "example": EXAMPLE_YAML},
        },
    }
}
"""How the OpenAPI document tells of such a body."""


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
