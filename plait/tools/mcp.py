"""What an MCP server lists, as tools."""

from typing import Any

from interpreter.catalogue import Tool
from interpreter.problems import Problem
from plait.errors import Invalid
from plait.tools.model import Listing, McpCall, McpSource, Skipped, StoredTool, auth_of
from plait.tools.names import is_among, plain_name, unlike
from plait.values.schema import SchemaInvalid, compiled

MOST_TOOLS = 200
DESCRIPTION = 4000


def mcp_tools(name: str, source: McpSource, listed: list[dict[str, Any]]) -> Listing:
    """The tools of a server's list. Raises Invalid for more than are taken, and where there is none."""
    tools: list[StoredTool] = []
    skipped: list[Skipped] = []
    taken: set[str] = set()
    for said in listed:
        known_as = unlike(plain_name(said["name"]), taken)
        if source.include and not is_among(known_as, source.include):
            continue
        taken.add(known_as)
        try:
            tools.append(_tool(f"{name}.{known_as}", source, said, may_repeat=is_among(known_as, source.idempotent)))
        except SchemaInvalid as error:
            skipped.append(Skipped(known_as, f"its schema is none: {error}"))
    if not 0 < len(tools) <= MOST_TOOLS:
        message = f"The server offers {len(tools)} tools that fit; a source has 1 to {MOST_TOOLS}."
        fix = "Name those that are needed in `include`."
        raise Invalid(
            "These tools cannot be made.", problems=[Problem("too_many_tools", message, ("include",), fix=fix)]
        )
    return Listing(tuple(tools), tuple(skipped))


def _tool(name: str, source: McpSource, said: dict[str, Any], *, may_repeat: bool) -> StoredTool:
    parameters = {"type": "object", "properties": {}, **(said.get("inputSchema") or {})}
    output_schema = said.get("outputSchema")
    for schema in (parameters, output_schema):
        if schema is not None:
            compiled(schema)
    hints = said.get("annotations") or {}
    entry = Tool(
        name=name,
        kind="mcp",
        description=str(said.get("description") or said.get("title") or "")[:DESCRIPTION],
        parameters=parameters,
        output_schema=output_schema,
        idempotent=may_repeat or hints.get("readOnlyHint") is True or hints.get("idempotentHint") is True,
        timeout=source.timeout,
    )
    call = McpCall(url=source.url, tool=said["name"], headers=source.headers, auth=auth_of(source.auth))
    return StoredTool(entry, call)
