"""A POST that is sent again is done once."""

import asyncio
from typing import Any

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


LOST = ("status = null, created_at = created_at - interval '5 minutes'", "status = null, free = true")
"""The process was killed after its commit; Postgres took the commit, and the connection broke before it said so."""
HOURLY = {"name": "Hourly", "workflow": "greeting", "cron": "0 * * * *", "input": {"name": "Ana"}}
PAST = {"start_at": "2026-01-01T00:30:00Z", "end_at": "2026-01-01T03:30:00Z"}


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize(
    ("path", "body", "table"),
    [
        ("schedules", HOURLY, "schedules"),
        (
            "webhook_triggers",
            {"name": "in", "verify": "standard", "start": {"workflow": "greeting"}},
            "webhook_triggers",
        ),
        ("webhook_endpoints", {"url": "https://x.example", "types": ["workflow.run.failed"]}, "webhook_endpoints"),
        ("schedules/{schedule}/backfill", PAST, "operations"),
        ("inbound_events", {"name": "paid"}, "mailbox_events"),
    ],
)
async def test_what_was_made_by_a_post_whose_answer_was_lost_is_found_by_the_next(
    client: httpx2.AsyncClient, resources: Resources, path: str, body: dict[str, Any], table: str, lost: str
) -> None:
    await save(client)
    if "{schedule}" in path:
        path = path.format(schedule=(await client.post("/api/v1/schedules", json=HOURLY)).json()["id"])
    first = await client.post(f"/api/v1/{path}", json=body, headers=KEY)
    assert first.is_success, first.text
    await resources.pool.execute(f"update idempotency_keys set {lost}")
    again = await client.post(f"/api/v1/{path}", json=body, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (first.status_code, first.json()["id"])
    assert await resources.pool.fetchval(f"select count(*) from {table}") == 1
    if table == "webhook_endpoints":
        assert again.json()["secret"] == first.json()["secret"]
    if table == "webhook_triggers":
        token = again.json()["url"].rpartition("/")[2]
        assert (await client.post(f"/api/v1/in/{token}")).status_code != 404


async def test_another_request_under_a_key_that_came_to_nothing_makes_something_else(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await save(client)
    first = await client.post("/api/v1/schedules", json=HOURLY, headers=KEY)
    await resources.pool.execute(f"update idempotency_keys set {LOST[1]}")
    other = await client.post("/api/v1/schedules", json=HOURLY | {"name": "Other"}, headers=KEY)
    assert (other.status_code, other.json()["id"] == first.json()["id"]) == (201, False)


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(client: httpx2.AsyncClient, key: str) -> None:
    answer = await client.post("/api/v1/workflows", json=a_document(), headers={"Idempotency-Key": key})
    problem(answer, 422, "request_invalid")
