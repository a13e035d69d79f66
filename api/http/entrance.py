"""The way in: every request passes here before routing, parsing or anything else.

It gets an id, proves that it comes from where it may, and says who it is. A name cannot be made to
pass: the routes open to all are an exact list of method and path.
"""

import ipaddress
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import Refusal, problem_response
from plait.auth import Caller, caller_of_key, local_caller
from plait.clock import new_id
from plait.errors import PlaitError, Unavailable
from plait.settings import Settings

OPEN_ROUTES = frozenset({("GET", "/healthz"), ("GET", "/readyz")})
WEBHOOK = re.compile(r"/api/v1/in/[A-Za-z0-9_-]{43}", re.ASCII)
"""Where webhooks come in: the token is as good as a key, and the route looks at it."""
ACTOR_LIMIT = 200
STREAMS = re.compile(r"/api/v1/(feed|workflow_runs/[^/]+/events|ws/workflow_runs/[^/]+)")
"""Where a ticket is looked at."""
NEVER_TAKEN = ("text/plain", "application/x-www-form-urlencoded")
"""Bodies that any web page may send anywhere without asking first."""

Redeem = Callable[[str], Awaitable[Caller | None]]
"""Who asked for a ticket, if it is still good; it is not from then on."""


class Entrance:
    """Middleware that settles `request_id` and `caller` in the request's state."""

    def __init__(self, app: ASGIApp, settings: Settings, redeem: Redeem) -> None:
        self.app = app
        self.redeem = redeem
        self.key = settings.api_key.get_secret_value() if settings.api_key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = identifier = str(new_id())
        connection = HTTPConnection(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                own = [(b"x-request-id", identifier.encode()), (b"x-content-type-options", b"nosniff")]
                message["headers"] = [*message.get("headers", []), *own]
            await send(message)

        try:
            refuse_nul(scope)
            if not is_webhook(scope):
                refuse_forged(connection, open_mode=self.key is None)
                if (scope.get("method"), scope["path"]) not in OPEN_ROUTES:
                    state["caller"] = await self.identify(connection)
        except (Refusal, Unavailable) as refusal:
            await refuse(connection, refusal, receive, send_with_id)
            return
        await self.app(scope, receive, send_with_id)

    async def identify(self, connection: HTTPConnection) -> Caller:
        """The caller, or a 401 that says what is missing."""
        ticket = connection.query_params.get("ticket")
        if ticket is not None and STREAMS.fullmatch(connection.scope["path"]):
            return await self.admit(ticket)
        if self.key is None:
            return local_caller(connection.headers.get("plait-actor", "")[:ACTOR_LIMIT])
        scheme, _, presented = connection.headers.get("authorization", "").partition(" ")
        caller = caller_of_key(presented.strip(), self.key) if scheme.lower() == "bearer" else None
        if caller is None:
            message = "Send the API key as `Authorization: Bearer <key>`."
            raise Refusal("unauthenticated", message, headers={"WWW-Authenticate": 'Bearer realm="plait"'})
        return caller

    async def admit(self, ticket: str) -> Caller:
        """Whoever asked for the ticket, which is used up by this."""
        caller = await self.redeem(ticket)
        if caller is None:
            message = "The ticket was used or is over; ask for another at POST /stream_tickets."
            raise Refusal("unauthenticated", message, headers={"WWW-Authenticate": 'Bearer realm="plait"'})
        return caller


def is_webhook(scope: Scope) -> bool:
    """Whether a sender of webhooks asks, who has a token and nothing else. It comes from any host, with any body."""
    return scope.get("method") == "POST" and WEBHOOK.fullmatch(scope["path"]) is not None


def refuse_nul(scope: Scope) -> None:
    """Neither Postgres nor any name has this character, so no address leads anywhere by it."""
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        raise Refusal("request_invalid", "The address has the character %00, which nothing here has.")


def refuse_forged(connection: HTTPConnection, *, open_mode: bool) -> None:
    """Keep web pages out. An open API trusts whoever reaches it, so a page that rebinds its own name
    to loopback, or posts across origins, must not count as reaching it.
    """
    media_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in NEVER_TAKEN:
        message = f"{media_type} is not taken. Send `Content-Type: application/json`."
        raise Refusal("unsupported_media_type", message, headers={"Accept": "application/json"})
    host = connection.headers.get("host", "")
    if open_mode and not is_loopback(host_of(f"//{host}")):
        raise Refusal("host_refused", "Without keys this API answers to localhost and 127.0.0.1 alone.")
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host and not (open_mode and is_loopback(host_of(origin))):
        raise Refusal("origin_refused", "The Origin of this request is another site.")


def host_of(url: str) -> str:
    """The host's name without its port; empty when there is none to be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a name or address can mean this machine alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def refuse(connection: HTTPConnection, refusal: PlaitError, receive: Receive, send: Send) -> None:
    """Answer instead of the app: over HTTP, or to a WebSocket before it is accepted."""
    scope = connection.scope
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await problem_response(connection, refusal)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 4401 if refusal.code == "unauthenticated" else 4403})
