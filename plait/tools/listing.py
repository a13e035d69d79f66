"""A source and what it was made of, as tools."""

from typing import Any, assert_never

import orjson

from interpreter.document import yaml
from interpreter.problems import Problem
from plait.errors import Invalid
from plait.tools.http import http_tool
from plait.tools.mcp import mcp_tools
from plait.tools.model import HttpSource, Listing, McpSource, OpenApiSource
from plait.tools.openapi import openapi_tools

DOCUMENT_BYTES = 16 * 1024 * 1024
"""An OpenAPI document that is taken."""


def tools_in(name: str, source: HttpSource | OpenApiSource | McpSource, listed: Any) -> Listing:
    """The tools of a source. `listed` is an OpenAPI document, or the list of an MCP server; a request has none.

    Raises Invalid with what is wrong.
    """
    match source:
        case HttpSource():
            return http_tool(name, source)
        case OpenApiSource():
            return openapi_tools(name, source, listed)
        case McpSource():
            return mcp_tools(name, source, listed)
        case _:
            assert_never(source)


def tools_in_text(name: str, source: OpenApiSource, text: str) -> tuple[Any, Listing]:
    """The document of this text, and its tools. Raises Invalid."""
    document = document_in(text)
    return document, tools_in(name, source, document)


def document_in(text: str) -> Any:
    """An OpenAPI document of its text, JSON or YAML. Raises Invalid with the lines that are wrong."""
    if len(text) > DOCUMENT_BYTES:
        message = f"An OpenAPI document has at most {DOCUMENT_BYTES // 1024 // 1024} MiB."
        raise Invalid(message, problems=[Problem("too_large", message, ("document",))])
    if text.lstrip().startswith("{"):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # a flow mapping of YAML, or something that YAML has better words for
    scanned = yaml.scan(text)
    if scanned.problems:
        problems = [
            Problem(each.code, each.message, ("document", *each.path), fix=each.fix, line=each.line)
            for each in scanned.problems
        ]
        raise Invalid("The document cannot be read.", problems=problems)
    return scanned.value


def asks_server(source: HttpSource | OpenApiSource | McpSource) -> bool:
    """Whether somebody has to be asked what the tools are: a server, or the address of a document."""
    return isinstance(source, McpSource) or (isinstance(source, OpenApiSource) and source.url is not None)
