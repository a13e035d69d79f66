"""The bodies of the templates slice."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.editing import Said
from api.http.models import JsonObject, Order, View
from interpreter.document.model import SLUG, SLUG_LENGTH
from plait.forms import Form

Slug = Annotated[
    str,
    Form(SLUG.pattern, "Use a-z, 0-9 and - between them."),
    Field(max_length=SLUG_LENGTH, examples=["support-triage"]),
]
Tag = Annotated[str, Field(min_length=1, max_length=100)]

EXAMPLE = {
    "name": "Greeting",
    "parameters": {"type": "object", "properties": {"greeting": {"type": "string"}}},
    "workflow": {
        "plait": 1,
        "slug": "greeting",
        "vars": {"greeting": "Hello"},
        "nodes": [{"id": "greet", "type": "transform", "with": {"value": "{{ vars.greeting }}"}}],
    },
}


class PutTemplate(Order):
    """A template: a workflow that compiles as it stands, and which of its `vars` a copy may say otherwise."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    parameters: JsonObject = Field(
        default_factory=lambda: {"type": "object", "properties": {}},
        description="JSON Schema of an object; each property is one of the workflow's `vars`.",
    )
    workflow: JsonObject | str = Field(description="The document: an object, or its YAML as text.")

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class NewTemplate(PutTemplate):
    """A template that is to be stored."""

    slug: Slug

    model_config = ConfigDict(json_schema_extra={"examples": [{"slug": "greeting", **EXAMPLE}]})


class Instantiate(Order):
    """What the new workflow says otherwise."""

    slug: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    parameters: JsonObject = Field(default_factory=dict)

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"slug": "our-triage", "parameters": {"team": "billing"}}]}
    )


class TemplateSummary(View):
    """A template as lists show it."""

    slug: str
    name: str
    description: str
    tags: list[str]
    parameters: JsonObject
    origin: Literal["shipped", "stored"]


class TemplateView(TemplateSummary, Said):
    """A template with its workflow."""

    definition: Any
    source: str
    media_type: Literal["application/json", "application/yaml"]


class TemplateList(View):
    """All of them: there are few."""

    items: list[TemplateSummary]
    next_cursor: None = None


class Copy(View):
    """A workflow that was copied from the template."""

    id: UUID
    slug: str
    name: str
    version: int


class CopyList(View):
    """All copies that are there still."""

    items: list[Copy]
    next_cursor: None = None
