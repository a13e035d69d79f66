"""A stored HTTP tool, called: its request built of arguments, sent through the guarded client, its answer read."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import httpx2

from activities.http.answer import failure_of, read_answer
from activities.http.message import build_request, invalid_request
from activities.http.request import connection_failure, send
from activities.kind import NodeError
from activities.tools.contents import content_of
from activities.tools.files import Files
from interpreter.expressions import ExpressionError, Fuel, Scope, evaluate, parse, prepare_value, resolve_value
from interpreter.values import Json
from plait.tools import styles
from plait.tools.model import BODY, HttpCall
from plait.tools.templates import PLACEHOLDER, placeholders

PLAIN = styles.Written(style="simple", explode=False)
"""How an argument stands in a path if nothing else is said."""


async def send_call(
    client: httpx2.AsyncClient,
    call: HttpCall,
    args: Mapping[str, Any],
    properties: Mapping[str, Any],
    secrets: Mapping[str, str],
    files: Files,
    idempotency_key: str,
) -> Json:
    """The result of one request. Raises NodeError: `ToolFailed`, `ResultTooLarge`, `ConnectionFailed`, …"""
    try:
        given = given_of(call, args, properties, secrets) | await content_of(call.content, args.get(BODY), files)
    except UnicodeEncodeError:
        raise invalid_request("an argument has half a surrogate pair in it") from None
    request = build_request(client, given, idempotency_key=idempotency_key)
    if origin_of(str(request.url)) != origin_of(PLACEHOLDER.sub("x", call.url)):
        raise invalid_request("the arguments lead the request to another server")
    response = await send(client, request)
    try:
        if not response.is_success:
            raise await _refusal(response)
        answer: Any = await read_answer(response, too_large="ResultTooLarge")
    except httpx2.RequestError as error:
        raise connection_failure(request, error) from error
    finally:
        await response.aclose()
    return answer["body"] if call.result is None else _picked(call.result, answer)


def given_of(
    call: HttpCall, args: Mapping[str, Any], properties: Mapping[str, Any], secrets: Mapping[str, str]
) -> dict[str, Any]:
    """The request as the node `http_request` would describe it. An argument that was not given is null, and what
    comes to null in query and headers, or as the body, is left out.
    """
    in_url = placeholders(call.url)
    rest = {name: value for name, value in args.items() if name not in in_url}
    scope = Scope({"args": {**dict.fromkeys(properties), **args}, "rest": rest, "secrets": secrets})
    said = {"query": call.query, "headers": call.headers, "body": call.body}
    resolved: Any = resolve_value(prepare_value(said), scope, fuel := Fuel())
    body = {} if resolved["body"] is None else {"json": resolved["body"]}
    return {
        "method": call.method,
        "url": _url(call, args),
        "query": _without_nulls(resolved["query"]),
        "headers": _without_nulls(resolved["headers"]) | _headers(call, args),
        "auth": None if call.auth is None else resolve_value(prepare_value(call.auth), scope, fuel),
        **body,
    }


def _url(call: HttpCall, args: Mapping[str, Any]) -> str:
    """The address, with the arguments that stand in its path, and in its query by OpenAPI's rules."""
    styled = {each.name: each for each in call.parameters if each.place == "path"}
    url = PLACEHOLDER.sub(lambda found: in_path(found[1], args.get(found[1]), styled.get(found[1], PLAIN)), call.url)
    query = "&".join(_pairs(call, args, "query"))
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _headers(call: HttpCall, args: Mapping[str, Any]) -> dict[str, str]:
    """The headers that are arguments by OpenAPI's rules, cookies among them."""
    headers = {
        each.name: styles.in_header(args.get(each.name), each) for each in call.parameters if each.place == "header"
    }
    cookies = "; ".join(_pairs(call, args, "cookie"))
    return _without_nulls({**headers, "cookie": cookies or None})


def _pairs(call: HttpCall, args: Mapping[str, Any], place: styles.Place) -> list[str]:
    return [
        pair
        for each in call.parameters
        if each.place == place
        for pair in styles.in_query(each.name, args.get(each.name), each)
    ]


def in_path(name: str, value: Any, written: styles.Written = PLAIN) -> str:
    """An argument as one segment of a path. Raises NodeError for what could be read as another path."""
    text = styles.in_path(name, value, written)
    if not text or any(part in {".", ".."} for part in unquote(text).replace("\\", "/").split("/")):
        message = f"the argument {name} stands in the URL's path: it cannot be empty, and has no . or .. in it"
        raise NodeError("ArgumentsInvalid", message, category="input")
    return text


async def _refusal(response: httpx2.Response) -> NodeError:
    """A redirect is no answer: whoever has the credentials does not go where a server says."""
    failure = await failure_of(response, kind="ToolFailed")
    if response.is_redirect:
        failure.message += "; redirects of tools are not followed: store the address that it leads to"
    return failure


def _picked(expression: str, answer: Any) -> Json:
    """What the tool says is its result. Raises NodeError where the answer has not that."""
    try:
        return evaluate(parse(expression), Scope(answer), Fuel())
    except ExpressionError as error:
        message = f"the answer has no `{expression}`: {error}"
        raise NodeError("ToolOutputInvalid", message, category="external") from None


def _without_nulls(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def origin_of(address: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: the server that an address leads to."""
    url = httpx2.URL(address)
    return url.scheme, url.host, url.port
