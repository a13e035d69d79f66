"""Files in and out."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest

from api.resources import Resources
from plait.clock import new_id
from tests.integration.api.support import problem

MIB = 1024 * 1024
ROWS = bytes(range(256)) * 10_240  # two and a half chunks


async def upload(client: httpx2.AsyncClient, content: bytes = ROWS, query: str = "?name=rows.bin") -> dict[str, object]:
    answer = await client.post(f"/api/v1/files{query}", content=content, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_file_comes_back_as_it_was_sent(client: httpx2.AsyncClient) -> None:
    file = await upload(client)
    answer = await client.get(str(file["url"]))
    assert answer.content == ROWS
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-length"] == str(len(ROWS))


async def test_a_file_is_never_shown_as_a_page(client: httpx2.AsyncClient) -> None:
    file = await upload(client, b"<script>", "?name=a.html&media_type=text/html")
    answer = await client.get(str(file["url"]))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1048570-1048585", MIB - 6, MIB + 10),
        ("bytes=-5", len(ROWS) - 5, len(ROWS)),
        ("bytes=2000000-", 2_000_000, len(ROWS)),
        (f"bytes=10-{10**17}", 10, len(ROWS)),
    ],
)
async def test_a_range_gets_its_bytes(client: httpx2.AsyncClient, asked: str, start: int, stop: int) -> None:
    file = await upload(client)
    answer = await client.get(str(file["url"]), headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == ROWS[start:stop]
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(ROWS)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,2-3", "bytes=x", "lines=1-2", "bytes=5-1", "bytes=-"])
async def test_several_ranges_and_nonsense_get_the_whole(client: httpx2.AsyncClient, asked: str) -> None:
    file = await upload(client, b"0123456789")
    answer = await client.get(str(file["url"]), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, b"0123456789")


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
async def test_a_range_outside_is_416(client: httpx2.AsyncClient, asked: str) -> None:
    file = await upload(client, b"0123456789")
    answer = await client.get(str(file["url"]), headers={"Range": asked})
    problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */10"


async def test_a_file_over_100_mib_is_refused_while_it_streams(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"\0" * MIB

    answer = await client.post("/api/v1/files", content=endless())
    problem(answer, 413, "too_large")


async def test_a_payload_of_another_project_does_not_exist(client: httpx2.AsyncClient, resources: Resources) -> None:
    file = await upload(client, b"secret")
    await resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    await resources.pool.execute("update payloads set project = 'other' where id = $1", UUID(str(file["id"])))
    problem(await client.get(str(file["url"])), 404, "not_found")


async def test_an_unknown_payload_is_404(client: httpx2.AsyncClient) -> None:
    problem(await client.get(f"/api/v1/payloads/{new_id()}"), 404, "not_found")


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "a%00b", "a%0ab"])
async def test_a_name_cannot_be_a_path(client: httpx2.AsyncClient, name: str) -> None:
    answer = await client.post(f"/api/v1/files?name={name}", content=b"x")
    problem(answer, 422, "request_invalid")


@pytest.mark.parametrize("path", ["..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "x%00", "/etc/passwd"])
async def test_no_address_leads_out_of_the_payloads(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/v1/payloads/{path}")
    assert answer.status_code in {404, 422}


async def test_an_empty_file_is_a_file(client: httpx2.AsyncClient) -> None:
    file = await upload(client, b"")
    assert (await client.get(str(file["url"]))).content == b""


async def test_an_unchanged_payload_is_304(client: httpx2.AsyncClient) -> None:
    file = await upload(client)
    etag = (await client.get(str(file["url"]))).headers["etag"]
    assert (await client.get(str(file["url"]), headers={"If-None-Match": etag})).status_code == 304
