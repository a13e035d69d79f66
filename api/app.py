"""The app: the slices put together. It holds nothing itself; `Resources` come in."""

from fastapi import FastAPI

from api.entrance import Entrance
from api.errors import add_handlers
from api.resources import Resources

PREFIX = "/api/v1"


def create_app(resources: Resources) -> FastAPI:
    """The whole API over open resources."""
    app = FastAPI(
        title="Plait",
        version="1",
        summary="Durable workflows of agents, tools and people.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.resources = resources
    add_handlers(app)
    app.add_middleware(Entrance, settings=resources.settings)
    return app
