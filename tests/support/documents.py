"""Documents for tests, drawn as arrows: `a_document("fetch -> (clean, check) -> load")`."""

import re
from typing import Any

from interpreter.catalogue import CORE, TASK_FIELDS, Catalogue, NodeType, Parameter, Tool
from interpreter.document.model import Document
from interpreter.plan.build import build_plan
from interpreter.plan.model import Plan

ARROW = re.compile(r"-(?:\[([^\]]*)\]-)?>")

CATALOGUE = Catalogue(
    node_types={
        **CORE,
        "tool_call": NodeType(
            name="tool_call",
            behaviour="activity",
            fields=TASK_FIELDS,
            parameters={
                "tool": Parameter(type="string", required=True, literal=True),
                "args": Parameter(type="object"),
            },
        ),
        "http_request": NodeType(
            name="http_request",
            behaviour="activity",
            fields=TASK_FIELDS,
            parameters={
                "method": Parameter(type="string"),
                "url": Parameter(type="string", required=True, secret=True),
                "headers": Parameter(type="object", secret=True),
                "query": Parameter(type="object", secret=True),
                "json": Parameter(secret=True),
                "body": Parameter(type="string", secret=True),
                "auth": Parameter(type="object"),
                "expect_status": Parameter(type="list"),
            },
            output_schema={
                "type": "object",
                "required": ["status", "headers", "body"],
                "properties": {"status": {"type": "integer"}, "headers": {"type": "object"}, "body": {}},
            },
        ),
        "llm": NodeType(
            name="llm",
            behaviour="activity",
            fields=TASK_FIELDS,
            parameters={
                "model": Parameter(type="string", required=True),
                "prompt": Parameter(type="string"),
                "messages": Parameter(type="list"),
                "fallback": Parameter(type="list"),
            },
            one_of=("prompt", "messages"),
            output_schema={"type": "string"},
        ),
    },
    tools={
        "work": Tool(name="work", idempotent=True),
        "send": Tool(name="send", idempotent=False, timeout=7.0),
        "score": Tool(
            name="score",
            idempotent=True,
            parameters={
                "type": "object",
                "required": ["text"],
                "properties": {"text": {"type": "string"}, "limit": {"type": "integer"}},
                "additionalProperties": False,
            },
            output_schema={
                "type": "object",
                "required": ["value"],
                "properties": {"value": {"type": "number"}, "note": {"type": "string"}},
            },
        ),
    },
)
"""The language's own types, three activity types with thin parameters, and three tools."""

SHORT: dict[str, dict[str, Any]] = {
    "tool_call": {"with": {"tool": "work"}},
    "http_request": {"with": {"url": "https://example.org/"}},
    "transform": {"with": {"value": 1}},
    "human_gate": {"with": {"title": "Sign off", "approvers": ["user:ann"]}},
    "wait": {"with": {"for": "1s"}},
}
"""What a node of a type says where the test says nothing."""


def a_document_json(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **top: Any) -> dict[str, Any]:
    """A document as JSON.

    `graph` has statements separated by `;` or line ends, each a row of nodes joined by arrows;
    `(b, c)` stands for several nodes at once, `-[poor, approved]->` for an edge with `on`. A node
    is a `tool_call` of the tool `work` unless `nodes` says otherwise; `with` in it replaces the
    default as a whole.
    """
    said = nodes or {}
    ids: dict[str, None] = {}
    edges: list[dict[str, Any]] = []
    for statement in re.split(r"[;\n]", graph):
        pieces = ARROW.split(statement.strip())
        groups = [[name.strip() for name in piece.strip(" ()").split(",")] for piece in pieces[::2]]
        for name in (name for group in groups for name in group if name):
            ids.setdefault(name)
        for left, on, right in zip(groups, pieces[1::2], groups[1:], strict=False):
            label = {"on": [part.strip() for part in on.split(",")]} if on else {}
            edges += [{"from": source, "to": target, **label} for source in left for target in right]
    for name in said:
        ids.setdefault(name)
    listed = [a_node(name, **said.get(name, {})) for name in ids]
    return {"plait": 1, "slug": "example", "nodes": listed, "edges": edges, **top}


def a_node(name: str, /, **said: Any) -> dict[str, Any]:
    """One node as JSON: a `tool_call` of the tool `work` unless it says otherwise."""
    kind = said.get("type", "tool_call")
    return {"id": name, "type": kind, **SHORT.get(kind, {}), **said}


def a_document(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **top: Any) -> Document:
    """The same as a `Document`."""
    return Document.model_validate(a_document_json(graph, nodes=nodes, **top))


def a_plan(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **top: Any) -> Plan:
    """A document's plan, without the checks: rules are tested on graphs that a save would refuse, too."""
    return build_plan(a_document(graph, nodes=nodes, **top), CATALOGUE, "hash")
