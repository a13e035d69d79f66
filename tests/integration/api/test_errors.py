"""Every failure is a problem document."""

import httpx2
import pytest

from tests.integration.api.support import a_document, problem, save

DEEP = b"[" * 100 + b"]" * 100


async def test_an_unknown_address_is_a_problem(client: httpx2.AsyncClient) -> None:
    problem(await client.get("/api/v1/nothing"), 404, "not_found")


async def test_an_address_outside_of_the_api_is_a_problem_too(client: httpx2.AsyncClient) -> None:
    problem(await client.get("/nothing"), 404, "not_found")


async def test_a_wrong_method_is_told_all_methods_of_the_address(client: httpx2.AsyncClient) -> None:
    answer = await client.request("POST", "/api/v1/workflows/greeting", json={})
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET, PATCH, PUT"


async def test_an_unknown_parameter_is_refused_rather_than_ignored(client: httpx2.AsyncClient) -> None:
    body = problem(await client.get("/api/v1/workflows?stauts=failed"), 400, "unknown_parameter")
    assert "stauts" in body["detail"]


async def test_a_parameter_of_the_wrong_type_is_named(client: httpx2.AsyncClient) -> None:
    body = problem(await client.get("/api/v1/workflows?limit=201"), 422, "request_invalid")
    assert body["errors"][0]["path"] == "query.limit"


async def test_a_field_of_the_body_is_named_by_its_pointer(client: httpx2.AsyncClient) -> None:
    await save(client)
    answer = await client.patch("/api/v1/workflows/greeting", json={"tags": ["a", 1]}, headers={"If-Match": "*"})
    body = problem(answer, 422, "request_invalid")
    assert body["errors"][0]["pointer"] == "/tags/1"


async def test_a_field_that_nobody_knows_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client)
    answer = await client.patch("/api/v1/workflows/greeting", json={"version": 9}, headers={"If-Match": "*"})
    assert problem(answer, 422, "request_invalid")["errors"][0]["pointer"] == "/version"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "line 1"),
        (b'{"name": NaN}', "NaN"),
        (b'{"name": "a", "name": "b"}', "twice"),
        (b'{"name": "\xff"}', "UTF-8"),
        (DEEP, "nested"),
        (b"[" * 100_000, "nested"),
        (b'{"x": ' + b"9" * 5000 + b"}", "digits"),
    ],
)
async def test_json_that_is_none_is_refused_with_the_reason(client: httpx2.AsyncClient, body: bytes, why: str) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    answer = await client.patch("/api/v1/workflows/greeting", content=body, headers=headers)
    assert why in problem(answer, 400, "malformed_json")["detail"]


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\ud800"', '"a\\udc00b"', "1e400"])
async def test_values_that_cannot_be_stored_are_refused_where_they_stand(client: httpx2.AsyncClient, text: str) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    answer = await client.patch("/api/v1/workflows/greeting", content=f'{{"name": {text}}}', headers=headers)
    assert problem(answer, 422, "request_invalid")["errors"][0]["pointer"] == "/name"


async def test_a_body_over_the_limit_is_refused_before_it_is_read(client: httpx2.AsyncClient) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/json", "Content-Length": str(10**12)}
    answer = await client.patch("/api/v1/workflows/greeting", content=b"{}", headers=headers)
    problem(answer, 413, "too_large")


async def test_a_body_that_grows_over_the_limit_while_it_streams_is_refused(client: httpx2.AsyncClient) -> None:
    async def endless():
        while True:
            yield b" " * 65536

    headers = {"If-Match": "*", "Content-Type": "application/json"}
    answer = await client.patch("/api/v1/workflows/greeting", content=endless(), headers=headers)
    problem(answer, 413, "too_large")


async def test_a_document_over_4_mib_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/workflows", json=a_document(description="x" * 4 * 1024 * 1024))
    problem(answer, 413, "too_large")


async def test_a_body_of_another_type_is_told_which_header_to_send(client: httpx2.AsyncClient) -> None:
    await save(client)
    answer = await client.patch(
        "/api/v1/workflows/greeting", content=b"<a/>", headers={"If-Match": "*", "Content-Type": "application/xml"}
    )
    body = problem(answer, 415, "unsupported_media_type")
    assert "Content-Type: application/json" in body["detail"]
    assert answer.headers["accept"] == "application/json"


async def test_a_compressed_body_is_refused(client: httpx2.AsyncClient) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = await client.post("/api/v1/workflows", content=b"\x1f\x8b", headers=headers)
    problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("address", ["/api/v1/workflows/a%00b", "/api/v1/workflows?q=a%00b", "/%00"])
async def test_an_address_with_a_nul_leads_nowhere(client: httpx2.AsyncClient, address: str) -> None:
    problem(await client.get(address), 422, "request_invalid")


@pytest.mark.parametrize(
    "address", ["/api/v1/workflows/%ff", "/api/v1/workflows?q=%ed%a0%80", "/api/v1/workflows/%F0%9F%98%80"]
)
async def test_an_address_of_strange_bytes_is_no_failure_of_ours(client: httpx2.AsyncClient, address: str) -> None:
    assert (await client.get(address)).status_code in {200, 404}


async def test_braces_in_what_is_sent_stay_text_in_the_message(client: httpx2.AsyncClient) -> None:
    body = problem(await client.get("/api/v1/workflows?%7B%7B1%2B1%7D%7D=%7B0%7D"), 400, "unknown_parameter")
    assert "{{1+1}}" in body["detail"]
