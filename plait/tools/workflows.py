"""A workflow as a tool: an agent names it as it names a function."""

import json

from interpreter.catalogue import Tool

PREFIX = "workflow:"


def workflow_tool(slug: str, definition: str) -> Tool:
    """The tool that a stored version is: its input schema are the arguments."""
    document = json.loads(definition)["document"]
    taken = document.get("input")
    return Tool(
        name=f"{PREFIX}{slug}",
        kind="workflow",
        description=document.get("description") or document.get("name") or "",
        parameters=taken if isinstance(taken, dict) else {"type": "object", "properties": {}},
    )
