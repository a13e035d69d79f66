"""An HTTP request as a node's `with` describes it."""

import re
from base64 import b64encode
from typing import Any

import httpx2

from activities.kind import NodeError
from interpreter.values import canonical
from plait.tools import styles

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})
"""Headers that belong to the connection: set by hand, they let one request pose as two."""


def build_request(client: httpx2.AsyncClient, given: dict[str, Any], *, idempotency_key: str) -> httpx2.Request:
    """The request that the node's `with` describes. Raises NodeError when it describes none."""
    method = given.get("method") or "GET"
    if "json" in given and given.get("body") is not None:
        raise invalid_request("`json` and `body` exclude each other")
    headers = _headers(given.get("headers") or {})
    if "json" in given:
        headers.setdefault("content-type", "application/json")
    elif media_type := given.get("media_type"):
        headers["content-type"] = media_type
    elif "parts" in given:
        headers.pop("content-type", None)  # it names what separates the parts, which nobody else knows
    if method in UNSAFE:
        headers.setdefault("idempotency-key", idempotency_key)
    try:
        url = checked_url(httpx2.URL(given["url"]))
        if query := given.get("query"):
            url = httpx2.URL(url, params=[*url.params.multi_items(), *_query(query)])
        return client.build_request(method, url, headers={**headers, **_auth(given.get("auth"))}, **_body(given))
    except (httpx2.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise invalid_request(f"the request cannot be built: {type(error).__name__}") from None


def place(url: httpx2.URL) -> str:
    """Where a URL leads, without its query, which may hold secrets."""
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.host}{port}{url.path}"


def checked_url(url: httpx2.URL) -> httpx2.URL:
    """The URL, if it is one that a request may be sent to. Raises NodeError."""
    if url.scheme not in {"http", "https"} or not url.host:
        raise invalid_request("the URL must begin with http:// or https://")
    if any(character in url.host for character in "%[] "):
        raise invalid_request("the URL has no proper host")
    if url.userinfo:
        raise invalid_request("credentials do not belong in the URL; use `auth`")
    return url


def _body(given: dict[str, Any]) -> dict[str, Any]:
    match given:
        case {"json": value}:
            return {"content": canonical(value).encode()}
        case {"parts": list(parts)}:
            return {"files": parts}
        case {"body": bytes(body)}:
            return {"content": body}
        case {"body": str(body)}:
            return {"content": body.encode()}
        case _:
            return {}


def _headers(given: dict[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in given.items():
        text = text_of(value)
        if not TOKEN.fullmatch(name):
            raise invalid_request("a header's name has a character that it cannot have")
        if name.lower() in OWN_HEADERS:
            raise invalid_request(f"the header {name} cannot be set by hand")
        if any(character in text for character in "\r\n\0"):
            raise invalid_request(f"the header {name} has a line break")
        headers[name.lower()] = text
    return headers


def _query(given: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, text_of(each))
        for name, value in given.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def _auth(auth: dict[str, Any] | None) -> dict[str, str]:
    match auth:
        case None:
            return {}
        case {"bearer": str(token), **rest} if not rest:
            return {"authorization": f"Bearer {token}"}
        case {"username": str(user), "password": str(password), **rest} if not rest:
            return {"authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}
        case _:
            raise invalid_request("`auth` is {bearer: TOKEN} or {username: …, password: …}")


def text_of(value: Any) -> str:
    """A value where HTTP has text. Raises NodeError for a list, an object and null."""
    if value is None or isinstance(value, list | dict):
        raise invalid_request("headers and query take text, numbers and booleans")
    return styles.text_of(value)


def invalid_request(message: str) -> NodeError:
    """The node's `with` describes no request."""
    return NodeError("RequestInvalid", message, category="input")
