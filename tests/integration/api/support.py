"""Short words for what the tests of the API say often."""

from typing import Any

import httpx2
from fastapi import FastAPI

NOWHERE = "127.0.0.1:1"
"""An address where nothing listens."""


def client_of(app: FastAPI, **headers: str) -> httpx2.AsyncClient:
    """A client of the app, as from this machine."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)


def a_document(slug: str = "greeting", **changes: Any) -> dict[str, Any]:
    """A small document that compiles."""
    return {
        "plait": 1,
        "slug": slug,
        "name": "Greeting",
        "nodes": [{"id": "greet", "type": "transform", "with": {"value": "Hello {{ input.name }}"}}],
        "output": "{{ nodes.greet.output }}",
        "input": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    } | changes


async def save(client: httpx2.AsyncClient, slug: str = "greeting", **changes: Any) -> dict[str, Any]:
    """A saved workflow, as the API answers it."""
    answer = await client.post("/api/v1/workflows", json=a_document(slug, **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    return body
