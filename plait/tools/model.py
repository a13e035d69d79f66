"""What a person says of a stored tool, and what it is made into."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from interpreter.catalogue import Tool
from plait.tools.styles import Parameter, Written

Templates = dict[str, str]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Address = Annotated[str, Field(min_length=1, max_length=2000, examples=["https://api.example.com/v1"])]
DEFAULT_TIMEOUT = 60.0
BODY = "body"
"""The argument that is the body of an operation of an OpenAPI document."""


class Said(BaseModel):
    """Base of all definitions: strict, and without fields that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Auth(Said):
    """Who the caller is, by templates that name secrets: a `bearer` token, or `username` and `password`."""

    bearer: str | None = None
    username: str | None = None
    password: str | None = None


class Connection(Said):
    """What every kind of stored tool says of the way to its server.

    `headers` and `auth` are templates over `secrets`, which are read in the worker alone.
    """

    headers: Templates = Field(default_factory=dict, description='Sent along: {X-Api-Key: "{{ secrets.CRM_KEY }}"}.')
    auth: Auth | None = None
    timeout: Seconds = Field(default=DEFAULT_TIMEOUT, description="Seconds after which a call is given up.")


class HttpSource(Connection):
    """One HTTP request as a tool. `url` has `{name}` in its path for arguments, which are encoded there; `query`,
    `headers` and `body` are templates over `args`, and over `rest`: those that the URL has not. Where neither query
    nor body is said, `rest` goes into the body of POST, PUT and PATCH, and into the query of all else.
    """

    kind: Literal["http"]
    description: Annotated[str, Field(max_length=4000)] = ""
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: Address
    parameters: dict[str, Any] = Field(
        default_factory=lambda: {"type": "object", "properties": {}}, description="JSON Schema of the arguments."
    )
    query: dict[str, Any] | None = Field(default=None, description="What comes to null is left out.")
    body: Any = Field(default=None, description="The JSON body; none if it comes to null.")
    result: str | None = Field(
        default=None, description="An expression over `body`, `status` and `headers`; the body if left out."
    )
    output_schema: dict[str, Any] | None = None
    idempotent: bool | None = Field(default=None, description="Whether it may be repeated; GET, HEAD and OPTIONS may.")


class OpenApiSource(Connection):
    """An OpenAPI document (3.0 or 3.1), each of whose operations is a tool: its text, or the URL where it is."""

    kind: Literal["openapi"]
    document: dict[str, Any] | str | None = None
    url: Address | None = Field(default=None, description="Where the document is, if it is not sent.")
    server: Address | None = Field(default=None, description="Where calls go; the document's first server if left out.")
    include: list[str] = Field(default_factory=list, max_length=200, description="Operations, also as create_*.")
    idempotent: list[str] = Field(default_factory=list, max_length=200, description="What else may be repeated.")


class McpSource(Connection):
    """An MCP server (streamable HTTP), each of whose tools is a tool."""

    kind: Literal["mcp"]
    url: Address
    include: list[str] = Field(default_factory=list, max_length=200, description="Tools, also as get_*.")
    idempotent: list[str] = Field(default_factory=list, max_length=200, description="What else may be repeated.")


Source = Annotated[HttpSource | OpenApiSource | McpSource, Field(discriminator="kind")]
SOURCE: TypeAdapter[HttpSource | OpenApiSource | McpSource] = TypeAdapter(Source)


class FormField(Written):
    """How a member of a form is written. One that is a file is given by its name in the folder of workflows."""

    file: bool = False
    media_type: str | None = None


class Content(BaseModel):
    """The argument `body` as something else than JSON: a form with its fields, a text, a file that is named."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["form", "multipart", "text", "file"]
    media_type: str
    fields: dict[str, FormField] = Field(default_factory=dict)


class HttpCall(BaseModel):
    """How a request is built of arguments: `url` with `{name}` in its path, templates over `args` and `secrets`, and
    what OpenAPI has rules for: `parameters` in their places, `content`.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["http"] = "http"
    method: str
    url: str
    query: dict[str, Any] = Field(default_factory=dict)
    headers: Templates = Field(default_factory=dict)
    body: Any = None
    auth: dict[str, str] | None = None
    result: str | None = None
    parameters: tuple[Parameter, ...] = ()
    content: Content | None = None


class McpCall(BaseModel):
    """Which tool of which server; `headers` and `auth` are templates over `secrets`."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["mcp"] = "mcp"
    url: str
    tool: str
    headers: Templates = Field(default_factory=dict)
    auth: dict[str, str] | None = None


CALL: TypeAdapter[HttpCall | McpCall] = TypeAdapter(Annotated[HttpCall | McpCall, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class StoredTool:
    """A tool and how it is called."""

    entry: Tool
    call: HttpCall | McpCall


@dataclass(frozen=True, slots=True)
class Skipped:
    """What of a source cannot be a tool, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source is made into."""

    tools: tuple[StoredTool, ...]
    skipped: tuple[Skipped, ...] = ()


def auth_of(auth: Auth | None) -> dict[str, str] | None:
    """As requests are built with it."""
    return None if auth is None else auth.model_dump(exclude_none=True)
