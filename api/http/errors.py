"""Every failure as an RFC 9457 problem: one table of codes, one shape, one place.

No body ever carries a trace, a statement or a value of the request besides field names.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import compile_path
from temporalio.service import RPCError, RPCStatusCode

from api.http.codes import CODES
from api.http.problems import problem_json
from interpreter.problems import PathPart, Problem
from plait.errors import PlaitError
from plait.store.pool import is_outage

log = logging.getLogger("plait.api")
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = {"Retry-After": "2"}
STORE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    OSError,
    TimeoutError,
)
TEMPORAL_AWAY = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
}


class Refusal(PlaitError):
    """A request that HTTP itself or its rules refuse; `code` is one of `CODES`."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        problems: Sequence[Problem] = (),
        **facts: Any,
    ) -> None:
        super().__init__(message, code=code, **facts)
        self.headers = dict(headers or {})
        self.problems = tuple(problems)


def problem_response(connection: HTTPConnection, error: PlaitError) -> Response:
    """The answer for a failure."""
    code = error.code if error.code in CODES else "internal"
    status, title = CODES[code]
    body = {
        "type": f"urn:plait:problem:{code}",
        "title": title,
        "status": status,
        "detail": str(error),
        "instance": connection.url.path,
        "code": code,
        "request_id": request_id(connection),
        "errors": [problem_json(each) for each in getattr(error, "problems", ())],
        **error.facts,
    }
    headers = dict(getattr(error, "headers", {}))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = RETRY_AFTER | headers
    return Response(orjson.dumps(body, default=str), status, headers, MEDIA_TYPE)


def request_id(connection: HTTPConnection) -> str | None:
    """The id that the entrance gave this request; also its `X-Request-Id`."""
    return connection.scope.get("state", {}).get("request_id")


def add_handlers(app: FastAPI) -> None:
    """Make every way out of the app a problem."""
    handlers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
        PlaitError: refused,
        RequestValidationError: invalid,
        HTTPException: by_starlette,
        RPCError: temporal_failed,
        Exception: failed,
    }
    handlers |= dict.fromkeys(STORE_AWAY, store_away)
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def refused(request: Request, error: PlaitError) -> Response:
    """One of our own errors."""
    if error.code not in CODES:
        log.error("no such problem code: %s", error.code)
    return problem_response(request, error)


async def invalid(request: Request, error: RequestValidationError) -> Response:
    """What pydantic found in path, query, header or body, all at once."""
    problems = problems_of(error.errors(), error.body)
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return problem_response(request, Refusal("malformed_json", problems[0].message))
    detail = f"{len(problems)} field{'s' if len(problems) > 1 else ''} of the request cannot be taken."
    return problem_response(request, Refusal("request_invalid", detail, problems=problems))


KIND = "kind:"
"""How the tags begin of bodies that come in several kinds: they are no part of the way to a field."""


def problems_of(errors: Iterable[Mapping[str, Any]], body: Any) -> list[Problem]:
    """Pydantic's errors as problems, one for each place: a field of the body by its path, a parameter by its name."""
    found: dict[tuple[PathPart, ...], Problem] = {}
    for error in errors:
        where, *loc = error["loc"]
        path = tuple(way_into(body, loc, error["type"])) if where == "body" else (where, *loc)
        message = _in_words(error)
        if path in found:
            message = f"{found[path].message}; or: {message}"
        found[path] = Problem(code=error["type"], message=message, path=path)
    return list(found.values())


def _in_words(error: Mapping[str, Any]) -> str:
    """What is wrong; what a validator of ours says is a sentence as it stands."""
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "extra_forbidden":
            return "There is no such field here."
        case _:
            return error["msg"]


def problems_in(body: Any, error: ValidationError) -> list[Problem]:
    """The problems of a body that is not the request's own: what it is to become with a patch."""
    return problems_of(({**each, "loc": ("body", *each["loc"])} for each in error.errors()), body)


def way_into(body: Any, loc: Sequence[PathPart], error_type: str) -> Iterator[PathPart]:
    """The way to the field. What pydantic puts into it where a value may be of several kinds is not in the body."""
    value = body
    for number, part in enumerate(loc, 1):
        inside: dict[Any, Any] = (
            dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
        )
        if part in inside:
            yield part
            value = inside[part]
        elif error_type == "missing" and number == len(loc):
            yield part


async def by_starlette(request: Request, error: HTTPException) -> Response:
    """What routing itself refuses."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_response(request, Refusal("not_found", "There is nothing at this address."))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = ", ".join(sorted(methods_of(request)))
        message = f"{request.method} is not taken here; this address takes {methods}."
        return problem_response(request, Refusal("method_not_allowed", message, headers={"Allow": methods}))
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return problem_response(request, Refusal("too_large", "The body is too large."))
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return problem_response(request, Refusal("request_invalid", "The body cannot be read."))
    return await failed(request, error)


def methods_of(request: Request) -> set[str]:
    """The methods that this address takes; routing itself names those of one route only."""
    path = request.scope["path"]
    routes = [each for each in iter_route_contexts(request.app.routes) if each.path and each.methods]
    exact = [each for each in routes if each.path == path]
    found = exact or [each for each in routes if compile_path(each.path or "")[0].match(path)]
    return {method for each in found for method in each.methods or ()}


async def store_away(request: Request, error: Exception) -> Response:
    """Postgres is down, restarting or has no connection free."""
    if not is_outage(error):
        return await failed(request, error)
    log.warning("the store is away: %r", error)
    message = "Postgres does not answer at the moment. The same request may succeed later."
    return problem_response(request, Refusal("store_unavailable", message))


async def temporal_failed(request: Request, error: RPCError) -> Response:
    """Temporal is down, or refused."""
    if error.status not in TEMPORAL_AWAY:
        return await failed(request, error)
    log.warning("temporal is away: %s", error)
    message = "Temporal does not answer at the moment. The same request may succeed later."
    return problem_response(request, Refusal("temporal_unavailable", message))


async def failed(request: Request, error: Exception) -> Response:
    """Our own fault. The log has the trace under the request's id; the caller gets the id."""
    log.error("request %s failed", request_id(request), exc_info=error)
    message = "Plait failed to answer; the log has the details under this request_id."
    return problem_response(request, Refusal("internal", message))
