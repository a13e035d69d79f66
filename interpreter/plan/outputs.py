"""What a node's output looks like, as a JSON Schema, as far as the document and the catalogue tell."""

from typing import Any

from interpreter.document.model import Node
from interpreter.plan.draft import Draft
from interpreter.plan.sites import tool_of

CONDITION = {"type": "object", "required": ["case"], "properties": {"case": {"type": "string"}}}
NULL = {"type": "null"}


def output_of(draft: Draft, index: int) -> Any:
    """The node's own `output_schema` first, then its tool's, then what its type gives; `{}` is unknown."""
    node, kind = draft.outline.nodes[index], draft.outline.kinds[index]
    if node.output_schema is not None:
        return node.output_schema
    tool = tool_of(node.type, node.with_, draft.catalogue)
    if tool and tool.output_schema is not None:
        return tool.output_schema
    match kind and kind.behaviour:
        case "condition":
            return CONDITION
        case "gate":
            return gate_output(node)
        case "parallel":
            return NULL
        case _:
            return (kind and kind.output_schema) or {}


def gate_output(node: Node) -> dict[str, Any]:
    """`{outcome, form, by, at, votes[]}`; of the form the gate tells itself."""
    form = node.with_.get("form")
    return {
        "type": "object",
        "required": ["outcome", "form", "by", "at", "votes"],
        "properties": {
            "outcome": {"type": "string"},
            "form": form if isinstance(form, dict) else {},
            "by": {},
            "at": {"type": "string"},
            "votes": {"type": "array"},
        },
    }
