"""The bodies of the tools slice."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.models import ActorView, JsonObject, Order, Time, View
from interpreter.catalogue import ToolKind
from interpreter.messages import ErrorCategory
from plait.tools.model import Source

ToolName = Annotated[str, Field(min_length=1, max_length=100, examples=["crm"])]
EnvironmentName = Annotated[str, Field(max_length=63, description="Whose secrets are used.", examples=["dev"])]

EXAMPLE = {
    "kind": "http",
    "description": "The weather of a city.",
    "url": "https://api.example.com/v1/cities/{city}/weather",
    "parameters": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
    "auth": {"bearer": "{{ secrets.WEATHER_KEY }}"},
    "result": "body.today",
}


class PutTool(Order):
    """What is said of a stored tool: a request, an OpenAPI document, an MCP server."""

    source: Source
    environment: EnvironmentName = "dev"

    model_config = ConfigDict(json_schema_extra={"examples": [{"source": EXAMPLE}]})


class NewTool(PutTool):
    """A tool that is to be stored. That of a request is called as it says, the others `name.operation`."""

    name: ToolName

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "weather", "source": EXAMPLE}]})


class Refresh(Order):
    """Whose secrets are used to ask the server."""

    environment: EnvironmentName = "dev"


class TryTool(Order):
    """A call by hand. Arguments that may hold a secret may be templates that name one."""

    args: JsonObject = Field(default_factory=dict)
    environment: EnvironmentName = "dev"

    model_config = ConfigDict(json_schema_extra={"examples": [{"args": {"city": "Lisbon"}}]})


class ToolView(View):
    """A tool that nodes and agents may name."""

    name: str
    kind: ToolKind
    source: Annotated[str | None, Field(description="The stored object that it is from.")]
    description: str
    parameters: Annotated[JsonObject, Field(description="JSON Schema of the arguments.")]
    output_schema: JsonObject | None
    idempotent: bool
    bound: float | None
    timeout: float | None
    running: Annotated[bool, Field(description="Whether a call finds a worker: a function needs one that offers it.")]


class ToolList(View):
    """All of them: there are few."""

    items: list[ToolView]
    next_cursor: None = None


class SkippedView(View):
    """What of a source cannot be a tool, and why."""

    name: str
    reason: str


class StoredView(View):
    """What a person said, secrets by name, and what became of it."""

    definition: Annotated[JsonObject, Field(examples=[EXAMPLE])]
    skipped: list[SkippedView]
    listed_at: Annotated[Time, Field(description="When the server or the document was asked last.")]
    revision: int
    created_by: ActorView
    created_at: Time
    updated_at: Time


class ToolDetail(View):
    """A tool alone, or a stored object with all of its tools. `stored` is null for one that is not stored by this name."""

    name: str
    stored: StoredView | None
    tools: list[ToolView]


class ToolUser(View):
    """A workflow whose newest version names the tool, or an agent whose newest version may use it."""

    type: Literal["workflow", "agent"]
    id: UUID | None
    name: str
    version: Annotated[int | None, Field(description="Null for an agent from code.")]


class ToolUsers(View):
    """All of them."""

    items: list[ToolUser]
    next_cursor: None = None


class CallError(View):
    """Why a call failed."""

    type: str
    message: str
    category: ErrorCategory
    retryable: bool
    details: JsonObject


class CallView(View):
    """What a call by hand came to."""

    ok: bool
    result: Any
    error: CallError | None
    seconds: float
