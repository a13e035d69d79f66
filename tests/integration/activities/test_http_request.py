"""The node `http_request` against a real server."""

import base64
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from activities.kind import NodeError
from plait.egress import open_egress
from tests.support.http_server import HttpServer, running_http_server
from tests.support.nodes import RUN, Node


@pytest.fixture
async def egress() -> AsyncIterator[httpx2.AsyncClient]:
    async with open_egress("127.0.0.0/8") as client:
        yield client


class Request:
    """Sends what a node's `with` says; `fails` expects a failure and gives it."""

    def __init__(self, server: HttpServer, egress: httpx2.AsyncClient) -> None:
        self.server = server
        self._node = Node("http_request", egress=egress)

    async def __call__(self, path: str, **given: Any) -> Any:
        return await self._node.run({"url": self.server.url + path, **given})

    async def fails(self, path: str, **given: Any) -> NodeError:
        with pytest.raises(NodeError) as failed:
            await self(path, **given)
        return failed.value


@pytest.fixture
def request_(http_server: HttpServer, egress: httpx2.AsyncClient) -> Request:
    return Request(http_server, egress)


async def test_the_output_is_status_headers_and_the_parsed_body(request_: Request) -> None:
    output = await request_("/echo")
    assert output["status"] == 200
    assert output["headers"]["content-type"] == "application/json"
    assert output["body"]["method"] == "GET"


async def test_json_query_and_headers_arrive(request_: Request) -> None:
    output = await request_(
        "/echo?a=0",
        method="POST",
        json={"n": 1, "text": "ü"},
        query={"b": ["x y", 2], "c": True, "d": 3.0},
        headers={"X-Team": "legal", "X-Count": 7},
    )
    assert request_.server.seen[0].query == [("a", "0"), ("b", "x y"), ("b", "2"), ("c", "true"), ("d", "3")]
    assert output["body"]["body"] == '{"n":1,"text":"ü"}'
    assert output["body"]["headers"]["x-team"] == "legal"
    assert output["body"]["headers"]["x-count"] == "7"


async def test_a_body_of_text_is_sent_as_it_is(request_: Request) -> None:
    output = await request_("/echo", method="PUT", body="a=1", headers={"content-type": "text/plain"})
    assert output["body"]["body"] == "a=1"


async def test_null_is_a_json_body(request_: Request) -> None:
    await request_("/echo", method="POST", json=None)
    assert request_.server.seen[0].body == b"null"


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"bearer": "t0ken"}, "Bearer t0ken"),
        ({"username": "ana", "password": "p:w"}, "Basic " + base64.b64encode(b"ana:p:w").decode()),
    ],
)
async def test_auth_becomes_a_header(request_: Request, auth: dict[str, str], header: str) -> None:
    await request_("/echo", auth=auth)
    assert request_.server.seen[0].headers["authorization"] == header


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_an_unsafe_method_carries_the_idempotency_key_of_its_node_run(request_: Request, method: str) -> None:
    await request_("/echo", method=method)
    assert request_.server.seen[0].headers["idempotency-key"] == f"{RUN}/node/1"


async def test_a_safe_method_carries_no_idempotency_key(request_: Request) -> None:
    await request_("/echo")
    assert "idempotency-key" not in request_.server.seen[0].headers


async def test_the_authors_own_idempotency_key_counts(request_: Request) -> None:
    await request_("/echo", method="POST", headers={"Idempotency-Key": "order-7"})
    assert request_.server.seen[0].headers["idempotency-key"] == "order-7"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 451])
async def test_a_client_error_is_final(request_: Request, status: int) -> None:
    error = await request_.fails(f"/status/{status}")
    assert (error.type, error.retryable) == ("HttpStatus", False)
    assert error.details["status"] == status


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_an_error_that_may_pass_is_retryable(request_: Request, status: int) -> None:
    assert (await request_.fails(f"/status/{status}")).retryable


async def test_the_failure_shows_what_the_server_said_but_not_the_query(request_: Request) -> None:
    error = await request_.fails("/status/422?token=hunter2")
    assert error.message == f"GET {request_.server.url}/status/422 answered 422 Unprocessable Entity"
    assert error.details["body"] == '{"problem": "as asked"}'


async def test_retry_after_in_seconds_delays_the_next_attempt(request_: Request) -> None:
    request_.server.retry_after = "7"
    assert (await request_.fails("/status/503")).retry_after == 7.0


async def test_retry_after_as_a_date_delays_the_next_attempt(request_: Request) -> None:
    request_.server.retry_after = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    delay = (await request_.fails("/status/429")).retry_after
    assert delay is not None
    assert 55 < delay <= 60


@pytest.mark.parametrize("nonsense", ["soon", "-5", "99999999999999999", "Mon, 99 Foo 2020 00:00:00 GMT"])
async def test_nonsense_in_retry_after_does_no_harm(request_: Request, nonsense: str) -> None:
    request_.server.retry_after = nonsense
    delay = (await request_.fails("/status/503")).retry_after
    assert delay is None or 0 <= delay <= 86400


async def test_the_author_says_which_status_is_expected(request_: Request) -> None:
    assert (await request_("/status/404", expect_status=[200, 404]))["status"] == 404
    assert (await request_("/status/302", expect_status=302))["status"] == 302
    assert (await request_.fails("/echo", expect_status=201)).details["status"] == 200


async def test_a_server_that_fails_first_succeeds_later(request_: Request) -> None:
    assert (await request_.fails("/fails/1")).retryable
    assert (await request_("/fails/1"))["body"] == {"call": 2}


async def test_text_is_decoded_as_its_charset_says(request_: Request) -> None:
    assert (await request_("/text"))["body"] == "grün"


async def test_bytes_come_as_base64(request_: Request) -> None:
    assert base64.b64decode((await request_("/bytes"))["body"]) == b"\xff\xfe\x00\x01"


async def test_broken_json_comes_as_text(request_: Request) -> None:
    assert (await request_("/broken-json"))["body"] == "{nearly"


async def test_an_empty_body_is_null(request_: Request) -> None:
    assert (await request_("/echo", method="HEAD"))["body"] is None


@pytest.mark.parametrize("path", ["/huge/17", "/bomb/100"])
async def test_a_body_of_more_than_16_mib_is_refused_once_and_for_all(request_: Request, path: str) -> None:
    error = await request_.fails(path)
    assert (error.type, error.retryable) == ("ResponseTooLarge", False)


async def test_a_body_of_16_mib_is_read(request_: Request) -> None:
    assert len((await request_("/huge/16"))["body"]) == 16 << 20


async def test_a_server_that_is_not_there_is_retryable(egress: httpx2.AsyncClient) -> None:
    with pytest.raises(NodeError) as failed:
        await Node("http_request", egress=egress).run({"url": "http://127.0.0.1:1/"})
    assert (failed.value.type, failed.value.retryable) == ("ConnectionFailed", True)


async def test_an_address_that_is_not_allowed_is_refused_for_good(http_server: HttpServer) -> None:
    async with open_egress() as closed:
        with pytest.raises(NodeError) as failed:
            await Node("http_request", egress=closed).run({"url": http_server.url})
    assert (failed.value.type, failed.value.category, failed.value.retryable) == ("EgressRefused", "input", False)
    assert http_server.seen == []


@pytest.mark.parametrize(
    "given",
    [
        {"url": "ftp://127.0.0.1/"},
        {"url": "/relative"},
        {"url": "http://user:secret@127.0.0.1/"},
        {"url": "http://[broken/"},
        {"url": "http://127.0.0.1/", "json": 1, "body": "x"},
        {"url": "http://127.0.0.1/", "headers": {"Host": "other"}},
        {"url": "http://127.0.0.1/", "headers": {"Transfer-Encoding": "chunked"}},
        {"url": "http://127.0.0.1/", "headers": {"X": "a\r\nY: b"}},
        {"url": "http://127.0.0.1/", "headers": {"X": ["a"]}},
        {"url": "http://127.0.0.1/", "headers": {"X Y": "a"}},
        {"url": "http://127.0.0.1/", "query": {"a": {}}},
        {"url": "http://127.0.0.1/", "auth": {"user": "x"}},
        {"url": "http://127.0.0.1/", "json": float("nan")},
        {"url": "http://127.0.0.1/", "body": "\ud800"},
    ],
)
async def test_what_is_no_request_is_an_error_of_the_input(given: dict[str, Any], egress: httpx2.AsyncClient) -> None:
    with pytest.raises(NodeError) as failed:
        await Node("http_request", egress=egress).run(given)
    assert (failed.value.type, failed.value.category) == ("RequestInvalid", "input")
    assert "secret" not in failed.value.message


async def test_a_redirect_is_followed(request_: Request) -> None:
    assert (await request_("/redirect", query={"to": "/echo"}))["body"]["method"] == "GET"


@pytest.mark.parametrize(("status", "method"), [("302", "GET"), ("303", "GET"), ("307", "POST"), ("308", "POST")])
async def test_a_redirect_keeps_or_changes_the_method_as_its_status_says(
    request_: Request, status: str, method: str
) -> None:
    output = await request_("/redirect", method="POST", json={"a": 1}, query={"to": "/echo", "status": status})
    assert output["body"]["method"] == method
    assert output["body"]["body"] == ('{"a":1}' if method == "POST" else "")


async def test_a_redirect_to_the_same_origin_keeps_credentials(request_: Request) -> None:
    output = await request_("/redirect", query={"to": "/echo"}, auth={"bearer": "t"}, headers={"X-Api-Key": "k"})
    assert output["body"]["headers"]["authorization"] == "Bearer t"
    assert output["body"]["headers"]["x-api-key"] == "k"


async def test_a_redirect_to_another_origin_drops_whatever_could_be_a_credential(request_: Request) -> None:
    headers = {"X-Api-Key": "k", "Cookie": "c", "Accept": "application/json"}
    async with running_http_server() as other:
        to = f"{other.url}/echo"
        output = await request_("/redirect", query={"to": to}, auth={"bearer": "t"}, headers=headers)
    sent = output["body"]["headers"]
    assert not {"authorization", "x-api-key", "cookie"} & set(sent)
    assert sent["accept"] == "application/json"
    assert sent["host"] == other.address


async def test_a_body_is_never_redirected_to_another_origin(request_: Request) -> None:
    async with running_http_server() as other:
        query = {"to": f"{other.url}/echo", "status": "307"}
        error = await request_.fails("/redirect", method="POST", json={"secret": 1}, query=query)
    assert error.type == "RedirectRefused"
    assert other.seen == []


async def test_a_redirect_to_a_private_address_is_refused(http_server: HttpServer) -> None:
    async with running_http_server() as internal, open_egress(http_server.address) as egress:
        node = Node("http_request", egress=egress)
        with pytest.raises(NodeError) as failed:
            await node.run({"url": f"{http_server.url}/redirect", "query": {"to": internal.url}})
    assert failed.value.type == "EgressRefused"
    assert internal.seen == []


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://u:p@127.0.0.1/", "http://[x"])
async def test_a_redirect_to_what_is_no_web_address_is_refused(request_: Request, to: str) -> None:
    error = await request_.fails("/redirect", query={"to": to})
    assert error.type in {"RedirectRefused", "RequestInvalid"}
    assert not error.retryable


async def test_redirects_end_after_five(request_: Request) -> None:
    error = await request_.fails("/loop")
    assert error.type == "RedirectRefused"
    assert len(request_.server.seen) == 6


async def test_no_cookie_goes_from_one_node_to_the_next(request_: Request) -> None:
    await request_("/cookie")
    await request_("/echo")
    assert "cookie" not in request_.server.seen[1].headers
