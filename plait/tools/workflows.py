"""A workflow as a tool: an agent names it as it names a function."""

from typing import Any

from interpreter.catalogue import Tool

PREFIX = "workflow:"


def workflow_tool(slug: str, description: str, taken: Any) -> Tool:
    """The tool that a workflow is: what it takes as input are the arguments."""
    return Tool(
        name=f"{PREFIX}{slug}",
        kind="workflow",
        description=description,
        parameters=taken if isinstance(taken, dict) else {"type": "object", "properties": {}},
    )
