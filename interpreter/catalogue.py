"""What a document may name: node types and tools, as data.

The interpreter knows the types of the language itself (`CORE`); those that run as activities, and
the tools, are handed in by whoever compiles, so that no user's code is ever imported here.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Behaviour = Literal[
    "activity",
    "transform",
    "condition",
    "parallel",
    "join",
    "gate",
    "event",
    "wait",
    "end",
    "map",
    "loop",
    "subworkflow",
    "agent",
]
ParameterType = Literal["any", "string", "number", "integer", "boolean", "object", "list", "duration", "expression"]


class Entry(BaseModel):
    """Base of everything in a catalogue."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Parameter(Entry):
    """One field of a type's `with`.

    `literal` means that `{{ }}` in it is text (schemas, forms); `secret` that `secrets.NAME` may
    stand in it; `inside` that it sees what the body sees at its end; `expression` as a type that it
    holds bare CEL.
    """

    type: ParameterType = "any"
    required: bool = False
    literal: bool = False
    secret: bool = False
    inside: bool = False
    enum: tuple[str, ...] | None = None
    description: str = ""


class NodeType(Entry):
    """A kind of node.

    `fields` are the node fields it takes besides those every node has (language reference, node
    fields). `timeout` is the default of one attempt in seconds, `max_attempts` the default of
    `retry`; one that is not `idempotent` gets one attempt unless the node has `retry`. All three count
    for activities only. `outcomes` are those it has besides `error`, `skipped`
    and `ended`. Of the parameters in `one_of` exactly one is given. `output_schema` is the schema of its
    output where the type itself fixes it.
    """

    name: str
    behaviour: Behaviour
    description: str = ""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    fields: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ("success",)
    timeout: float = 300.0
    max_attempts: int = 3
    idempotent: bool = True
    one_of: tuple[str, ...] = ()
    output_schema: dict[str, Any] | None = None


ToolKind = Literal["function", "http", "openapi", "mcp", "workflow"]


class Tool(Entry):
    """What may be called by name: a `function` of the workers, a request or an MCP server's tool that a project
    stored, a `workflow`.

    `parameters` and `output_schema` are JSON Schemas; an argument marked `writeOnly` there may hold
    a secret. `bound` is the declared upper bound of one call in seconds. A tool that is not
    `idempotent` gets one attempt unless the node has `retry`.
    """

    name: str
    kind: ToolKind = "function"
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})
    output_schema: dict[str, Any] | None = None
    idempotent: bool = False
    bound: float | None = None
    timeout: float | None = None


class Workflow(Entry):
    """A workflow that `subworkflow` may name, as its newest version is.

    `input_schema` and `output_schema` are JSON Schemas, None where nothing is known; `uses` are the
    slugs of the workflows that it runs itself.
    """

    version: int
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    uses: tuple[str, ...] = ()


class Agent(Entry):
    """An agent that `agent_call` may name, as its newest version is. `model` is a reference; one elsewhere has none, but
    maybe a `secret` by which it is reached.
    """

    model: str | None = None
    secret: str | None = None
    output_schema: dict[str, Any] | None = None


class ModelProvider(Entry):
    """Who offers models: all that it has, where that is known, and those whose price the project says itself. `secret`
    is the name of its key.
    """

    kind: str
    base_url: str | None = None
    secret: str | None = None
    models: tuple[str, ...] | None = None
    priced: tuple[str, ...] = ()


class Models(Entry):
    """The models that may be named: `provider:model` of these providers, or an alias of one."""

    providers: dict[str, ModelProvider] = Field(default_factory=dict)
    aliases: dict[str, str] = Field(default_factory=dict)


class Catalogue(Entry):
    """Everything a document may name where it is compiled. Without `workflows`, `agents` or `models` any may be named."""

    node_types: dict[str, NodeType] = Field(default_factory=dict)
    tools: dict[str, Tool] = Field(default_factory=dict)
    workflows: dict[str, Workflow] | None = None
    agents: dict[str, Agent] | None = None
    models: Models | None = None


TASK_FIELDS = ("timeout", "deadline", "retry", "output_schema", "accept", "on_error", "compensate")
"""The node fields of every type that runs as an activity."""

REPEAT_FIELDS = ("deadline", "on_error", "compensate")
"""The node fields of what runs others: a map, a loop, a sub-workflow."""

TEXT = Parameter(type="string")
BODY = {
    "nodes": Parameter(literal=True, description="The steps of the body."),
    "edges": Parameter(literal=True, description="What leads from one of them to another."),
    "chain": Parameter(literal=True, description="Steps one after another, in place of nodes and edges."),
}

CORE: dict[str, NodeType] = {
    kind.name: kind
    for kind in (
        NodeType(
            name="transform",
            behaviour="transform",
            description="Builds a value by expressions.",
            parameters={"value": Parameter(required=True, description="The value; templates inside keep their type.")},
            fields=("output_schema", "on_error"),
        ),
        NodeType(
            name="condition",
            behaviour="condition",
            description="If and switch: its outcome is the first case that is true.",
            parameters={
                "cases": Parameter(type="list", required=True, description="[{name, when}]"),
                "default": Parameter(type="string", literal=True, description="The outcome when no case is true."),
            },
            fields=("output_schema",),
            outcomes=(),
        ),
        NodeType(
            name="parallel", behaviour="parallel", description="Marks a fork in the drawing.", fields=("output_schema",)
        ),
        NodeType(
            name="join",
            behaviour="join",
            description="Explicit fan-in.",
            parameters={"merge": Parameter(description="object, list, first, or an expression.")},
            fields=("output_schema", "on_error"),
        ),
        NodeType(
            name="human_gate",
            behaviour="gate",
            description="Waits for people; never times out into approval.",
            parameters={
                "title": Parameter(type="string", required=True),
                "instructions": TEXT,
                "show": Parameter(type="list", description="[{label, value, format}]"),
                "form": Parameter(type="object", literal=True, description="JSON Schema of the answer."),
                "prefill": Parameter(type="object"),
                "outcomes": Parameter(type="list", literal=True, description="Added to approved and rejected."),
                "approvers": Parameter(required=True, description="user:…, group:…, role:…, or an expression."),
                "quorum": Parameter(literal=True, description="Votes that decide; a number, or one for each group."),
                "reject": Parameter(type="string", literal=True, enum=("any", "majority", "all")),
                "allow_self_approval": Parameter(type="boolean", literal=True),
                "remind_after": Parameter(type="duration", literal=True),
                "escalate": Parameter(type="list", literal=True, description="[{after, to}]"),
            },
            fields=("timeout",),
            outcomes=("approved", "rejected", "expired"),
        ),
        NodeType(
            name="event",
            behaviour="event",
            description="Waits for an external event; the payload is its output.",
            parameters={
                "name": Parameter(type="string", required=True, literal=True, description="The event's name."),
                "key": Parameter(type="expression", description="What the event's own key must be."),
            },
            fields=("timeout", "output_schema"),
            outcomes=("success", "timeout"),
        ),
        NodeType(
            name="map",
            behaviour="map",
            description="Runs its body once for each item; the outputs, in order.",
            parameters={
                "items": Parameter(type="expression", required=True, description="A list."),
                "as": Parameter(type="string", literal=True, description="What the body calls an item."),
                "max_concurrency": Parameter(
                    type="integer", literal=True, description="Items open at once; 200 if left out."
                ),
                "on_item_error": Parameter(
                    type="string",
                    literal=True,
                    enum=("fail", "skip", "collect"),
                    description="What an item that fails does to the others; `fail` if left out.",
                ),
                **BODY,
                "output": Parameter(inside=True, description="An item's output."),
            },
            fields=REPEAT_FIELDS,
        ),
        NodeType(
            name="loop",
            behaviour="loop",
            description="Runs its body lap by lap; the last lap's output.",
            parameters={
                "until": Parameter(type="expression", required=True, inside=True, description="True ends it."),
                "max_iterations": Parameter(type="integer", required=True, literal=True),
                "initial": Parameter(description="What `prev` is in the first lap."),
                **BODY,
                "output": Parameter(required=True, inside=True, description="A lap's output."),
            },
            fields=REPEAT_FIELDS,
            outcomes=("success", "exhausted"),
        ),
        NodeType(
            name="subworkflow",
            behaviour="subworkflow",
            description="Runs another workflow; its output.",
            parameters={
                "workflow": Parameter(type="string", required=True, literal=True, description="Its slug."),
                "version": Parameter(type="integer", literal=True, description="The newest if left out."),
                "environment": Parameter(type="string", literal=True, description="The run's own if left out."),
                "input": Parameter(description="Checked against its schema."),
                "mode": Parameter(
                    type="string",
                    literal=True,
                    enum=("wait", "detach"),
                    description="Whether the node waits for its end; `wait` if left out.",
                ),
            },
            fields=REPEAT_FIELDS,
        ),
        NodeType(
            name="agent_call",
            behaviour="agent",
            description="Has an agent do a task: its model's turns and the calls that they ask for.",
            parameters={
                "agent": Parameter(type="string", required=True, literal=True, description="Its name in the registry."),
                "task": Parameter(type="string", description="What it is to do."),
                "context": Parameter(description="What it should know; shown to the model as JSON."),
                "messages": Parameter(type="list", description="A conversation that goes before the task."),
                "max_turns": Parameter(type="integer", description="The most turns; the agent's own if left out."),
            },
            fields=TASK_FIELDS,
        ),
        NodeType(
            name="wait",
            behaviour="wait",
            description="A durable timer; the past means now.",
            parameters={
                "for": Parameter(description="A duration."),
                "at": Parameter(description="An RFC 3339 time."),
            },
        ),
        NodeType(
            name="end",
            behaviour="end",
            description="Ends the run here.",
            parameters={
                "status": Parameter(type="string", literal=True, enum=("completed", "failed")),
                "output": Parameter(),
                "message": TEXT,
                "cancel_rest": Parameter(type="boolean", literal=True),
            },
            fields=("output_schema",),
        ),
    )
}
"""The node types that the interpreter runs itself."""
