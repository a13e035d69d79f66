"""The one kind of route: it knows its parameters, reads its body strictly and answers a repeated POST once."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.http.bodies import read_json, require_media_type
from api.http.codes import CODES
from api.http.errors import MEDIA_TYPE, Refusal
from api.http.idempotency import answer_once

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
OWN_KEYS = "plait_own_keys"
OPEN_PARAMETERS = "plait_open_parameters"
STREAMED = "plait_streamed"
EVERYWHERE = (
    "unknown_parameter",
    "unauthenticated",
    "forbidden",
    "not_found",
    "request_invalid",
    "store_unavailable",
    "internal",
)


def own_keys(endpoint: Endpoint) -> Endpoint:
    """Mark a POST that keeps its `Idempotency-Key` itself, in the row that it makes."""
    setattr(endpoint, OWN_KEYS, True)
    return endpoint


def streamed(endpoint: Endpoint) -> Endpoint:
    """Mark a POST whose body is never in memory whole."""
    setattr(endpoint, STREAMED, True)
    return endpoint


def open_parameters(*prefixes: str) -> Callable[[Endpoint], Endpoint]:
    """Mark a route whose query also takes names that begin so: `metadata.`."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, OPEN_PARAMETERS, prefixes)
        return endpoint

    return mark


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route, for the OpenAPI document."""
    titles: dict[int, list[str]] = {}
    for code in codes:
        status, title = CODES[code]
        titles.setdefault(status, []).append(f"`{code}`: {title}.")
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": " ".join(said), "content": content} for status, said in titles.items()}


def slice_router(tag: str) -> APIRouter:
    """A router for one slice of the API."""
    return APIRouter(tags=[tag], route_class=Route, responses=problems(*EVERYWHERE), redirect_slashes=False)


class Route(APIRoute):
    """An APIRoute that is strict about what it is sent."""

    def get_route_handler(self) -> Handler:
        """The handler, behind the checks that hold for every route."""
        handle = super().get_route_handler()
        known = frozenset(parameters_of(self.dependant))
        prefixes: tuple[str, ...] = getattr(self.endpoint, OPEN_PARAMETERS, ())
        once = "POST" in (self.methods or ()) and not hasattr(self.endpoint, OWN_KEYS)
        streams = hasattr(self.endpoint, STREAMED)
        has_body = self.body_field is not None

        async def handle_strictly(request: Request) -> Response:
            refuse_unknown(request, known, prefixes)
            if has_body and await has_content(request):
                require_media_type(request, "application/json")
                await read_json(request)
            if once and "idempotency-key" in request.headers:
                return await answer_once(request, handle, streamed=streams)
            return await handle(request)

        return handle_strictly


async def has_content(request: Request) -> bool:
    """Whether a body was sent at all; a route may have an optional one."""
    length = request.headers.get("content-length")
    return length != "0" and (length is not None or "transfer-encoding" in request.headers)


def parameters_of(dependant: Dependant) -> set[str]:
    """The names of the query parameters that a route and what it depends on declare."""
    names: set[str] = set()
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names |= {inner.alias or name for name, inner in kind.model_fields.items()}
        else:
            names.add(field.alias)
    return names.union(*(parameters_of(each) for each in dependant.dependencies))


def refuse_unknown(request: Request, known: frozenset[str], prefixes: tuple[str, ...]) -> None:
    """A mistyped filter must never pass for no filter."""
    for name in request.query_params:
        if name not in known and not name.startswith(prefixes or "\0"):
            taken = ", ".join(sorted(known)) or "none"
            raise Refusal("unknown_parameter", f"The parameter {name[:80]!r} is not known here; known: {taken}.")
