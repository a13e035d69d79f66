"""The kinds of node a worker runs, as data: listing them imports none of what they need."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from interpreter.catalogue import CORE, TASK_FIELDS, NodeType, Parameter

if TYPE_CHECKING:
    from activities.kind import NodeKind

TOOL_CALL = NodeType(
    name="tool_call",
    behaviour="activity",
    description="Calls a tool: a Python function that a worker offers. The output is the tool's result.",
    parameters={
        "tool": Parameter(type="string", required=True, literal=True, description="The tool's name."),
        "args": Parameter(type="object", secret=True, description="Its arguments, checked against its schema."),
    },
    fields=TASK_FIELDS,
)

HTTP_REQUEST = NodeType(
    name="http_request",
    behaviour="activity",
    description="Sends one HTTP request. The body of the answer is parsed when it is JSON, text when it is text, "
    "and base64 otherwise; an empty one is null.",
    parameters={
        "method": Parameter(
            type="string",
            literal=True,
            enum=("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"),
            description="GET if left out.",
        ),
        "url": Parameter(type="string", required=True, secret=True),
        "headers": Parameter(type="object", secret=True),
        "query": Parameter(type="object", secret=True, description="Added to the URL; a list repeats its name."),
        "json": Parameter(secret=True, description="The body as JSON; not together with `body`."),
        "body": Parameter(type="string", secret=True, description="The body as text."),
        "auth": Parameter(type="object", secret=True, description="{bearer: TOKEN} or {username: …, password: …}"),
        "expect_status": Parameter(
            literal=True, description="The status, or a list of those, that is a success; any 2xx if left out."
        ),
    },
    fields=TASK_FIELDS,
    timeout=60.0,
    output_schema={
        "type": "object",
        "required": ["status", "headers", "body"],
        "properties": {
            "status": {"type": "integer"},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "body": {},
        },
    },
)

CODE = NodeType(
    name="code",
    behaviour="activity",
    description="Runs a program in a subset of Python that reaches nothing but its inputs. The output is the value of "
    "its last expression.",
    parameters={
        "source": Parameter(type="string", required=True, literal=True, description="The program."),
        "inputs": Parameter(type="object", description="Its variables, by name."),
    },
    fields=TASK_FIELDS,
    timeout=60.0,
)

LLM = NodeType(
    name="llm",
    behaviour="activity",
    description="Asks a language model once. The output is its text, or the value of the node's `output_schema`.",
    parameters={
        "model": Parameter(type="string", required=True, description="`provider:model`, or an alias: `fast`."),
        "system": Parameter(type="string", description="What frames the conversation."),
        "prompt": Parameter(type="string", description="What the model is asked."),
        "messages": Parameter(
            type="list",
            description="A whole conversation in place of `prompt`: `[{role, content}]`; also an earlier node's "
            "`meta.messages`. The content is text, or a list with images and files.",
        ),
        "temperature": Parameter(type="number", description="How free it is; the provider's own if left out."),
        "max_tokens": Parameter(type="integer", description="The longest answer, in tokens."),
        "fallback": Parameter(type="list", description="Models to ask in turn where one cannot answer."),
        "stream": Parameter(type="boolean", description="Whether the text is told while it comes."),
    },
    one_of=("prompt", "messages"),
    fields=TASK_FIELDS,
    timeout=600.0,
    output_schema={"type": "string"},
)

NODE_TYPES: Mapping[str, NodeType] = {**CORE, **{kind.name: kind for kind in (TOOL_CALL, HTTP_REQUEST, CODE, LLM)}}
"""Every type that a document may name: the language's own, and those that run as activities."""


def kinds() -> "dict[str, NodeKind]":
    """The functions behind the types that run as activities, by type."""
    from activities.code.node import run_code
    from activities.http.request import send_request
    from activities.kind import NodeKind
    from activities.models.node import ask
    from activities.tool_call import call_tool

    return {
        kind.name: kind
        for kind in (
            NodeKind(node_type=TOOL_CALL, run=call_tool),
            NodeKind(node_type=HTTP_REQUEST, run=send_request),
            NodeKind(node_type=CODE, run=run_code),
            NodeKind(node_type=LLM, run=ask),
        )
    }
