"""The app: the slices put together. It holds nothing itself; `Resources` come in."""

from collections.abc import Awaitable
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

import api.agents.routes
import api.analytics.routes
import api.backtest.routes
import api.budgets.routes
import api.bulk.routes
import api.chat.routes
import api.control.routes
import api.environments.routes
import api.evals.routes
import api.events.routes
import api.failures.routes
import api.feed.routes
import api.files.routes
import api.gates.routes
import api.inbound.routes
import api.mcp.routes
import api.migrate.routes
import api.models.routes
import api.operations.routes
import api.overrides.routes
import api.projects.routes
import api.registries.routes
import api.reruns.routes
import api.retention.routes
import api.runs.routes
import api.schedules.routes
import api.system.routes
import api.templates.routes
import api.tickets.routes
import api.tools.routes
import api.webhook_endpoints.routes
import api.webhooks.routes
import api.workflows.drafts
import api.workflows.routes
from api.http.entrance import Entrance
from api.http.errors import add_handlers
from api.http.openapi import describe
from api.http.tracing import Tracing
from api.resources import Resources
from plait.auth import Caller
from plait.clock import now
from plait.store import tickets

PREFIX = "/api/v1"
SLICES = (
    api.workflows.routes.router,
    api.workflows.drafts.router,
    api.environments.routes.router,
    api.backtest.routes.router,
    api.evals.routes.router,
    api.projects.routes.router,
    api.budgets.routes.router,
    api.bulk.routes.router,
    api.runs.routes.router,
    api.reruns.routes.router,
    api.control.routes.router,
    api.overrides.routes.router,
    api.migrate.routes.router,
    api.failures.routes.router,
    api.retention.routes.router,
    api.operations.routes.router,
    api.events.routes.router,
    api.analytics.routes.router,
    api.feed.routes.router,
    api.tickets.routes.router,
    api.webhook_endpoints.routes.router,
    api.gates.routes.router,
    api.inbound.routes.router,
    api.mcp.routes.router,
    api.chat.routes.router,
    api.schedules.routes.router,
    api.webhooks.routes.router,
    api.registries.routes.router,
    api.models.routes.router,
    api.agents.routes.router,
    api.tools.routes.router,
    api.templates.routes.router,
    api.files.routes.router,
    api.system.routes.router,
)


def create_app(resources: Resources) -> FastAPI:
    """The whole API over open resources."""
    app = routed()
    app.state.resources = resources
    document = description()
    app.openapi = lambda: document

    def redeem(ticket: str) -> Awaitable[Caller | None]:
        return tickets.redeem(resources.pool, ticket, now())

    app.add_middleware(Entrance, settings=resources.settings, redeem=redeem)
    app.add_middleware(Tracing)
    return app


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document, which is the same for every app: making it takes half a second."""
    return describe(routed())


def routed() -> FastAPI:
    """All routes, and how they answer errors."""
    app = FastAPI(
        title="Plait",
        version="1",
        summary="Durable workflows of agents, tools and people.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=routes(),
    )
    add_handlers(app)
    return app


@cache
def routes() -> list[BaseRoute]:
    """The routes, shared by every app and the document: what FastAPI works out of them takes most of a second."""
    router = APIRouter(generate_unique_id_function=lambda route: route.name)
    router.include_router(api.system.routes.root)
    for each in SLICES:
        router.include_router(each, prefix=PREFIX)
    return router.routes
