"""A request that a person described, as a tool."""

from typing import Any

from interpreter.catalogue import Tool
from plait.tools.model import HttpCall, HttpSource, Listing, StoredTool, auth_of
from plait.tools.templates import argument, placeholders

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that may be repeated unasked."""
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
REST = "{{ rest }}"
"""The arguments that the URL has not, as they were given."""


def http_tool(name: str, source: HttpSource) -> Listing:
    """The one tool of a request."""
    entry = Tool(
        name=name,
        kind="http",
        description=source.description,
        parameters=source.parameters,
        output_schema=source.output_schema,
        idempotent=source.method in SAFE if source.idempotent is None else source.idempotent,
        timeout=source.timeout,
    )
    query, body = _places(source)
    call = HttpCall(
        method=source.method,
        url=source.url,
        query=query,
        headers=source.headers,
        body=body,
        auth=auth_of(source.auth),
        result=source.result,
    )
    return Listing((StoredTool(entry, call),))


def _places(source: HttpSource) -> tuple[dict[str, Any], Any]:
    """Query and body; where neither is said, the arguments that the URL has not go where the method has its data."""
    if source.query is not None or source.body is not None:
        return source.query or {}, source.body
    if source.method in WITH_BODY:
        return {}, REST
    in_url = placeholders(source.url)
    return {name: argument(name) for name in source.parameters.get("properties", {}) if name not in in_url}, None
