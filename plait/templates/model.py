"""What a template is, and what is wrong with one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from interpreter.document.read import MediaType, read_document
from interpreter.problems import Problem
from plait.values.schema import SchemaInvalid, compiled

EVERYTHING = {"type": "object", "properties": {}, "additionalProperties": False}
"""The parameters of a template that has none."""


@dataclass(frozen=True, slots=True)
class Template:
    """`parameters` is a JSON Schema of an object; each of its properties is one of the workflow's `vars`."""

    slug: str
    name: str
    description: str
    tags: tuple[str, ...]
    parameters: dict[str, Any]
    source: str
    media_type: MediaType
    origin: Literal["shipped", "stored"]

    @property
    def workflow_slug(self) -> str:
        """What its workflow calls itself."""
        document = read_document(self.source, self.media_type).document
        assert document is not None, "a template's workflow was compiled when it was stored"
        return document.slug


def check_parameters(parameters: Mapping[str, Any], source: str, media_type: MediaType) -> Iterator[Problem]:
    """What is wrong with a template besides what the compiler says of its workflow."""
    try:
        compiled(parameters)
    except SchemaInvalid as error:
        message = f"This is not a JSON Schema: {error}."
        yield Problem("invalid_schema", message, ("parameters",), fix="Write it as JSON Schema 2020-12 says.")
        return
    properties = parameters.get("properties", {})
    if parameters.get("type") != "object" or not isinstance(properties, dict):
        message = "The parameters are not those of an object."
        yield Problem("invalid_schema", message, ("parameters",), fix="Write `type: object` and `properties`.")
        return
    document = read_document(source, media_type).document
    for name in properties:
        if document is not None and name not in document.vars:
            message = f"The workflow has no constant `{name}` that this parameter could set."
            fix = f"Add `{name}` to the workflow's `vars`, with an example as its value."
            yield Problem("unknown_parameter", message, ("parameters", "properties", name), fix=fix)
