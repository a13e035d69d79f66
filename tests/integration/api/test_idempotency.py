"""A POST that is sent again is done once."""

import asyncio

import httpx2
import pytest

from api.resources import Resources
from tests.integration.api.support import a_document, problem, save

KEY = {"Idempotency-Key": "9f3a"}


async def test_the_same_post_again_gets_the_first_answer_byte_for_byte(client: httpx2.AsyncClient) -> None:
    first = await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    await client.patch("/api/v1/workflows/greeting", json={"name": "Other"}, headers={"If-Match": "*"})
    again = await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_refusal_is_answered_again_too(client: httpx2.AsyncClient) -> None:
    await save(client)
    first = await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    await client.delete("/api/v1/workflows/greeting")
    again = await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["content-type"] == "application/problem+json"


async def test_another_body_under_the_same_key_is_refused(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    answer = await client.post("/api/v1/workflows", json=a_document("other"), headers=KEY)
    problem(answer, 422, "idempotency_key_reused")


async def test_a_key_belongs_to_one_address(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    answer = await client.post("/api/v1/workflows/validate", json=a_document(), headers=KEY)
    assert answer.json()["valid"] is True


async def test_a_key_belongs_to_one_caller(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    answer = await client.post("/api/v1/workflows", json=a_document(), headers=KEY | {"Plait-Actor": "ana"})
    problem(answer, 409, "slug_taken")


async def test_many_at_once_are_done_once(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/api/v1/workflows", json=a_document(), headers=KEY) for _ in range(10))
    )
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    for answer in answers:
        if answer not in done:
            problem(answer, 409, "idempotency_in_flight")
            assert answer.headers["retry-after"] == "1"


async def test_a_file_that_is_sent_again_is_kept_once(client: httpx2.AsyncClient, resources: Resources) -> None:
    sent = [await client.post("/api/v1/files?name=a.csv", content=b"1,2", headers=KEY) for _ in range(2)]
    assert sent[0].json() == sent[1].json()
    assert await resources.pool.fetchval("select count(*) from payloads") == 1


async def test_a_document_of_4_mib_may_have_a_key(client: httpx2.AsyncClient) -> None:
    document = a_document(description="x" * (3 * 1024 * 1024))
    answer = await client.post("/api/v1/workflows/validate", json=document, headers=KEY)
    assert answer.status_code == 200


async def test_a_key_is_forgotten_after_a_day(client: httpx2.AsyncClient, resources: Resources) -> None:
    await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    await resources.pool.execute("update idempotency_keys set created_at = now() - interval '25 hours'")
    problem(await client.post("/api/v1/workflows", json=a_document(), headers=KEY), 409, "slug_taken")


async def test_a_request_that_died_at_work_may_be_sent_again(client: httpx2.AsyncClient, resources: Resources) -> None:
    await client.post("/api/v1/workflows", json=a_document(), headers=KEY)
    await resources.pool.execute("update idempotency_keys set status = null, created_at = now() - interval '5 minutes'")
    problem(await client.post("/api/v1/workflows", json=a_document(), headers=KEY), 409, "slug_taken")


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(client: httpx2.AsyncClient, key: str) -> None:
    answer = await client.post("/api/v1/workflows", json=a_document(), headers={"Idempotency-Key": key})
    problem(answer, 422, "request_invalid")
