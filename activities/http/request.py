"""The node `http_request`: one request through the egress client, redirects followed by hand."""

from typing import Any

import httpx2

from activities.http.answer import failure_of, read_answer
from activities.http.message import OWN_HEADERS, build_request, checked_url, invalid_request, place
from activities.kind import NodeContext, NodeError
from interpreter.values import Json
from plait.egress import EgressRefused

MAX_HOPS = 5
PLAIN_HEADERS = frozenset({"accept", "accept-language", "content-type", "user-agent"})
"""What may go along to another origin: everything else could be a credential."""


async def send_request(context: NodeContext, given: dict[str, Any]) -> Json:
    """`{status, headers, body}` of the final answer, when its status is expected."""
    client = context.services.egress
    request = build_request(client, given, idempotency_key=context.idempotency_key)
    for hop in range(MAX_HOPS + 1):
        response = await send(client, request)
        try:
            if _is_expected(response.status_code, given.get("expect_status")):
                return await read_answer(response)
            following = _redirect(client, request, response)
            if following is None:
                raise await failure_of(response)
        except httpx2.RequestError as error:
            raise connection_failure(request, error) from error
        finally:
            await response.aclose()
        context.logger.debug("redirect %d of at most %d", hop + 1, MAX_HOPS)
        request = following
    raise NodeError("RedirectRefused", f"more than {MAX_HOPS} redirects, the last to {place(request.url)}")


async def send(client: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
    """The answer, its body still to be read. Raises NodeError."""
    try:
        return await client.send(request, stream=True, follow_redirects=False)
    except EgressRefused as error:
        raise NodeError("EgressRefused", str(error), category="input") from None
    except httpx2.LocalProtocolError:
        raise invalid_request("a header has a character that headers cannot have") from None
    except httpx2.RequestError as error:
        raise connection_failure(request, error) from error


def _redirect(client: httpx2.AsyncClient, request: httpx2.Request, response: httpx2.Response) -> httpx2.Request | None:
    """The request that the answer redirects to, None when it does not redirect."""
    location = response.headers.get("location")
    if not (response.is_redirect and location):
        return None
    try:
        url = checked_url(request.url.join(location))
    except (httpx2.InvalidURL, ValueError):
        raise NodeError("RedirectRefused", f"{place(request.url)} redirects to something that is no URL") from None
    method, content = request.method, request.content
    if response.status_code == 303 or (response.status_code in {301, 302} and method == "POST"):
        method, content = ("HEAD" if method == "HEAD" else "GET"), b""
    headers = {name: value for name, value in request.headers.items() if name not in OWN_HEADERS}
    if not _same_origin(request.url, url):
        if content:
            message = f"{place(request.url)} redirects the body to another origin, {url.host}"
            raise NodeError("RedirectRefused", message)
        headers = {name: value for name, value in headers.items() if name in PLAIN_HEADERS}
    if not content:
        headers.pop("content-type", None)
    return client.build_request(method, url, headers=headers, content=content or None)


def _same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    """Whether both lead to the same place; an upgrade from http to https on the usual ports does."""
    ports = {"http": 80, "https": 443}
    of_one, of_other = ((url.scheme, url.host, url.port or ports.get(url.scheme)) for url in (one, other))
    upgrade = ("http", one.host, 80), ("https", one.host, 443)
    return of_one == of_other or (of_one, of_other) == upgrade


def _is_expected(status: int, expected: Any) -> bool:
    if expected is None:
        return 200 <= status < 300
    return status in (expected if isinstance(expected, list) else [expected])


def connection_failure(request: httpx2.Request, error: httpx2.RequestError) -> NodeError:
    """The other side was not reached, or went away."""
    return NodeError("ConnectionFailed", f"{request.method} {place(request.url)}: {reason_of(error)}", retryable=True)


def reason_of(error: httpx2.RequestError) -> str:
    """Why there is no answer. Only what is said of connecting is repeated: other words may quote the request."""
    said = str(error) if isinstance(error, httpx2.ConnectError) else ""
    return said or type(error).__name__
