"""The OpenAPI document: what FastAPI makes of the routes, with our one shape of errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.codes import CODES
from api.models import ProblemView

TAGS = [
    {"name": "workflows", "description": "Definitions, versions, drafts, and what they would do."},
    {"name": "runs", "description": "Starting, reading and moving runs."},
    {"name": "events", "description": "What happened in a run: pages, SSE and WebSocket."},
    {"name": "gates", "description": "What waits for people, and their decisions."},
    {"name": "registries", "description": "Node types and tools that a document may name."},
    {"name": "files", "description": "Files, and values too large to be shown in place."},
    {"name": "system", "description": "The process itself, and who asks."},
]


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=TAGS, openapi_version="3.1.0"
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = ProblemView.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas |= problem.pop("$defs", {})
    problem["properties"]["code"]["enum"] = sorted(CODES)
    schemas["Problem"] = problem
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "`PLAIT_API_KEY`; not needed on open loopback."}
    }
    document["security"] = [{"key": []}, {}]
    return document
