# ruff: noqa: D417  # the context is injected: whoever reads the description cannot give it
"""Searching the web, through whichever search service an environment names."""

from dataclasses import dataclass
from typing import Any

import httpx2
import orjson

from activities.http.answer import read_body
from activities.tools.context import ToolContext, ToolError
from activities.tools.function import tool
from plait.egress import EgressRefused

LATER = {408, 425, 429}
"""Answers after which another attempt makes sense, besides those of a server that fails."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page that was found; `text` is what the service shows of it."""

    title: str
    url: str
    text: str


@tool(idempotent=True)
async def web_search(context: ToolContext, query: str, engine: str, limit: int = 10) -> list[SearchResult]:
    """Pages that a search service finds.

    Args:
        query: What to look for.
        engine: The service's address. It is asked with `q` and `format=json`, as SearXNG is, and answers
            `{"results": [{"title", "url", "content"}]}`.
        limit: How many results at most.
    """
    try:
        async with context.http.stream("GET", engine, params={"q": query, "format": "json"}) as answer:
            body = await read_body(answer, too_large="ResultTooLarge")
    except EgressRefused as refused:
        raise ToolError(str(refused), type="EgressRefused", category="input") from None
    except httpx2.TransportError as error:
        message = f"the search service does not answer ({type(error).__name__})"
        raise ToolError(message, type="SearchAway", retryable=True) from None
    if answer.status_code != 200:
        retryable = answer.status_code in LATER or answer.status_code >= 500
        raise ToolError(f"the search service answers {answer.status_code}", type="SearchRefused", retryable=retryable)
    return [found for each in _results(body) if (found := _result(each))][:limit]


def _results(body: bytes) -> list[Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict) or not isinstance(results := said.get("results"), list):
        raise ToolError("the search service's answer is not JSON with `results`", type="SearchUnreadable")
    return results


def _result(said: Any) -> SearchResult | None:
    """A result that leads somewhere; what has no address is left out."""
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        return None
    return SearchResult(str(said.get("title") or said["url"]), said["url"], str(said.get("content") or ""))
