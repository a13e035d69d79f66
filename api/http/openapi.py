"""The OpenAPI document: what FastAPI makes of the routes, with what holds for all of them added."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.codes import CODES
from api.http.examples import add_examples
from api.http.idempotency import KEY_LIMIT
from api.http.models import ProblemView
from api.http.routing import problems

TAGS = [
    {"name": "workflows", "description": "Definitions, versions, drafts, and what they would do."},
    {"name": "environments", "description": "Which version runs where, moving that, and variables."},
    {"name": "projects", "description": "A whole project, taken out and put in."},
    {"name": "runs", "description": "Starting, reading and moving runs."},
    {"name": "events", "description": "What happened in a run, or in all of them: pages, SSE and WebSocket."},
    {"name": "webhook endpoints", "description": "Who outside is told of what happens, and how that went."},
    {"name": "gates", "description": "What waits for people, and their decisions."},
    {"name": "chat", "description": "Talking a workflow into its start."},
    {"name": "schedules", "description": "Workflows that start by the clock."},
    {"name": "webhook triggers", "description": "Messages from outside that start runs or are events."},
    {"name": "operations", "description": "Work too long for one request, done item by item."},
    {"name": "evals", "description": "Workflows on datasets: scores, costs, and two versions side by side."},
    {"name": "models", "description": "Providers of models, and the aliases that stand for one."},
    {"name": "budgets", "description": "What a project may spend in a month, and what it has spent."},
    {"name": "agents", "description": "Agents that workflows may name, stored and from code."},
    {"name": "templates", "description": "Workflows to begin with, and their copies."},
    {"name": "analytics", "description": "How runs, nodes, gates and agents went, and what was paid."},
    {"name": "registries", "description": "Node types that a document may name, and the language as a JSON Schema."},
    {"name": "tools", "description": "What nodes and agents may call: functions, requests, OpenAPI, MCP, workflows."},
    {"name": "files", "description": "Files, and values too large to be shown in place."},
    {"name": "system", "description": "The process itself, and who asks."},
]
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A request sent again with its key is done once, and answered as it was the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT},
}
WITH_BODY = problems("malformed_json", "too_large", "unsupported_media_type")
POSTED = problems("idempotency_in_flight")
SENTENCE_END = re.compile(r"(?<=\.) ")


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=TAGS, openapi_version="3.1.0"
    )
    for path in document["paths"].values():
        for method, operation in path.items():
            complete(method, operation)
    components = document.setdefault("components", {})
    components["schemas"] = components.get("schemas", {}) | problem_schemas()
    add_examples(document)
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "`PLAIT_API_KEY`; not needed on open loopback."}
    }
    document["servers"] = [{"url": "/", "description": "Where this document came from."}]
    document["info"]["license"] = {"name": "Apache 2.0", "identifier": "Apache-2.0"}
    document["security"] = [{"key": []}, {}]
    return document


def complete(method: str, operation: dict[str, Any]) -> None:
    """Add to one operation what its kind implies, and as its summary the first sentence of what it says."""
    operation["summary"] = SENTENCE_END.split(" ".join(operation["description"].split()))[0].removesuffix(".")
    implied: dict[int | str, dict[str, Any]] = {}
    if "requestBody" in operation:
        implied |= WITH_BODY
    if method == "post":
        implied |= POSTED
        parameters = operation.setdefault("parameters", [])
        if not any(each["name"].lower() == "idempotency-key" for each in parameters):
            parameters.append(IDEMPOTENCY_KEY)
    for status, response in implied.items():
        operation["responses"].setdefault(str(status), response)


def problem_schemas() -> dict[str, Any]:
    """The one shape of errors."""
    problem = ProblemView.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    problem["properties"]["code"]["enum"] = sorted(CODES)
    return problem.pop("$defs", {}) | {"Problem": problem}
