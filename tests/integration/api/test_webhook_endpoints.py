"""Webhook endpoints over HTTP: whom to tell, of what, and how that went."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx2
import pytest
from standardwebhooks import Webhook

from activities.services import Services
from activities.tools.registry import ToolRegistry
from api.resources import Resources
from api.upkeep.endpoints import tell_deliveries
from api.upkeep.feed import move_all
from plait.egress import open_egress
from plait.errors import Unavailable
from tests.integration.api.support import problem, save
from tests.integration.api.test_running import work
from tests.support.endpoints import deliveries_of
from tests.support.http_server import HttpServer
from tests.support.live import Live
from worker.build import build_deliverer

ENDPOINTS = "/api/v1/webhook_endpoints"
WANTED = {"url": "https://example.com/hook", "types": ["workflow.run.failed", "workflow.run.completed"]}
UNKNOWN = f"{ENDPOINTS}/01990000-0000-7000-8000-000000000000"


async def create(client: httpx2.AsyncClient, **said: Any) -> dict[str, Any]:
    """A new endpoint as it is answered."""
    answer = await client.post(ENDPOINTS, json=WANTED | said)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{ENDPOINTS}/{answer.json()['id']}"
    return answer.json()


async def test_a_secret_is_shown_once(client: httpx2.AsyncClient) -> None:
    created = await create(client, description="the shop")
    assert created["secret"].startswith("whsec_")
    read = await client.get(f"{ENDPOINTS}/{created['id']}")
    listed = await client.get(ENDPOINTS)
    assert "whsec_" not in read.text + listed.text
    assert created == read.json() | {"secret": created["secret"]}
    assert listed.json()["items"] == [read.json()]
    assert (created["description"], created["enabled"], created["kind"]) == ("the shop", True, "http")


async def test_a_new_secret_leaves_the_old_one_a_day(client: httpx2.AsyncClient) -> None:
    created = await create(client)
    rotated = (await client.post(f"{ENDPOINTS}/{created['id']}/rotate")).json()
    assert rotated["secret"] != created["secret"]
    assert rotated["old_secret_until"] > rotated["created_at"]
    problem(await client.post(f"{UNKNOWN}/rotate"), 404, "not_found")


async def test_what_cannot_be_is_refused_with_its_place(client: httpx2.AsyncClient) -> None:
    for said, pointer in (
        ({"types": ["workflow.run.finished"]}, "/types/0"),
        ({"url": "mailto:ops@example.com", "kind": "email"}, "/kind"),  # no mail server is set
        ({"workflow": "nowhere"}, "/workflow"),
        ({"colour": "red"}, "/colour"),
    ):
        body = problem(await client.post(ENDPOINTS, json=WANTED | said), 422, "request_invalid")
        assert body["errors"][0]["pointer"] == pointer


async def test_an_endpoint_changes_only_as_its_reader_saw_it(client: httpx2.AsyncClient) -> None:
    saved = await save(client)
    created = await create(client, environment="prod")
    address = f"{ENDPOINTS}/{created['id']}"
    tag = (await client.get(address)).headers["etag"]
    patch = {"workflow": "greeting", "environment": None, "types": ["workflow.run.late"]}
    problem(await client.patch(address, json=patch), 428, "precondition_required")
    changed = await client.patch(address, json=patch, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert changed.json()["workflow"] == {name: saved[name] for name in ("id", "slug", "name")}
    assert (changed.json()["environment"], changed.json()["types"]) == (None, ["workflow.run.late"])
    stale = problem(await client.patch(address, json={}, headers={"If-Match": tag}), 412, "stale")
    assert stale["current"] == changed.json()
    for wrong in ({"url": None}, {"url": "mailto:ops@example.com"}):
        problem(await client.patch(address, json=wrong, headers={"If-Match": "*"}), 422, "request_invalid")


async def test_a_disabled_endpoint_is_sent_neither_tests_nor_old_messages(client: httpx2.AsyncClient) -> None:
    created = await create(client)
    address = f"{ENDPOINTS}/{created['id']}"
    await client.patch(address, json={"enabled": False}, headers={"If-Match": "*"})
    problem(await client.post(f"{address}/test"), 422, "request_invalid")
    problem(
        await client.post(f"{address}/redeliver", json={"failed_since": "2026-01-01T00:00:00Z"}), 422, "request_invalid"
    )
    await client.patch(address, json={"enabled": True}, headers={"If-Match": "*"})
    assert (await client.post(f"{address}/test")).status_code == 202


async def test_redelivering_names_some_or_a_moment(client: httpx2.AsyncClient) -> None:
    created = await create(client)
    problem(await client.post(f"{ENDPOINTS}/{created['id']}/redeliver", json={}), 422, "request_invalid")
    answer = await client.post(f"{ENDPOINTS}/{created['id']}/redeliver", json={"delivery_ids": [created["id"]]})
    assert (answer.status_code, answer.json()) == (202, {"count": 0})


async def test_a_deleted_endpoint_is_gone_with_its_deliveries(client: httpx2.AsyncClient) -> None:
    created = await create(client)
    address = f"{ENDPOINTS}/{created['id']}"
    delivery = (await client.post(f"{address}/test")).json()
    assert (await client.get(f"{address}/deliveries/{delivery['id']}")).json() == delivery
    assert (await client.delete(address)).status_code == 204
    for gone in (address, f"{address}/deliveries", f"{address}/deliveries/{delivery['id']}"):
        problem(await client.get(gone), 404, "not_found")
    problem(await client.delete(address), 404, "not_found")


async def test_another_project_s_endpoint_is_not_there(client: httpx2.AsyncClient, resources: Resources) -> None:
    created = await create(client)
    await resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    await resources.pool.execute("update webhook_endpoints set project = 'other'")
    address = f"{ENDPOINTS}/{created['id']}"
    for answer in (
        await client.get(address),
        await client.get(f"{address}/deliveries"),
        await client.patch(address, json={}, headers={"If-Match": "*"}),
        await client.delete(address),
        await client.post(f"{address}/test"),
        await client.post(f"{address}/rotate"),
        await client.post(f"{address}/redeliver", json={"delivery_ids": [created["id"]]}),
    ):
        problem(answer, 404, "not_found")
    assert (await client.get(ENDPOINTS)).json()["items"] == []


async def test_lists_go_on_where_the_page_before_ended(client: httpx2.AsyncClient) -> None:
    made = [(await create(client))["id"] for _ in range(3)]
    first = (await client.get(ENDPOINTS, params={"limit": 2, "total": True})).json()
    rest = (await client.get(ENDPOINTS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert first["total"] == 3
    tests = f"{ENDPOINTS}/{made[0]}"
    sent = [(await client.post(f"{tests}/test")).json()["id"] for _ in range(3)]
    first = (await client.get(f"{tests}/deliveries", params={"limit": 2, "total": True, "status": "pending"})).json()
    rest = (await client.get(f"{tests}/deliveries?limit=2&status=pending&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == sent[::-1]
    assert (await client.get(f"{tests}/deliveries", params={"status": "failed"})).json()["items"] == []


async def test_nothing_is_claimed_while_temporal_is_away(client: httpx2.AsyncClient, resources: Resources) -> None:
    created = await create(client)
    await client.post(f"{ENDPOINTS}/{created['id']}/test")
    with pytest.raises(Unavailable):
        await tell_deliveries(resources)
    assert await resources.pool.fetchval("select count(*) from endpoint_deliveries where due_at <= now()") == 1


@asynccontextmanager
async def telling(live: Live, server: HttpServer) -> AsyncIterator[None]:
    """The worker that tells endpoints, and what the API does for it by itself."""

    async def keep_telling() -> None:
        while True:
            await move_all(live.resources)
            await tell_deliveries(live.resources)
            await asyncio.sleep(0.05)

    async with open_egress(server.address) as egress:
        held = live.resources
        services = Services(held.pool, held.recorder, held.payloads, egress, cast("ToolRegistry", None), live.files_dir)
        async with build_deliverer(live.temporal, services):
            task = asyncio.create_task(keep_telling())
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def until_over(live: Live, endpoint: str, count: int) -> list[dict[str, Any]]:
    """The endpoint's deliveries once so many are over."""
    async with asyncio.timeout(20):
        while True:
            items = (await live.get(f"/webhook_endpoints/{endpoint}/deliveries"))["items"]
            if sum(each["status"] != "pending" for each in items) >= count:
                return items
            await asyncio.sleep(0.05)


async def test_a_run_s_end_reaches_an_endpoint_that_fails_at_first_and_is_sent_again(
    live: Live, http_server: HttpServer
) -> None:
    await live.save("chain", [work("a")])
    created = await create(live.client, url=f"{http_server.url}/fails/1")
    async with telling(live, http_server):
        run = await live.start("chain", wait=20)
        (delivery,) = await until_over(live, created["id"], 1)
        assert delivery["status"] == "delivered"
        assert [attempt["status_code"] for attempt in delivery["attempts"]] == [503, 200]
        first, second = http_server.seen
        assert Webhook(created["secret"]).verify(second.body, second.headers)["data"]["run_id"] == run["id"]
        assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery["id"]
        answer = await live.client.post(
            f"{ENDPOINTS}/{created['id']}/redeliver", json={"delivery_ids": [delivery["id"]]}
        )
        assert answer.json() == {"count": 1}
        while len(http_server.seen) < 3:
            await asyncio.sleep(0.02)
        assert http_server.seen[2].headers["webhook-id"] == delivery["id"]
        assert http_server.seen[2].body == second.body


async def test_an_endpoint_that_hangs_keeps_no_run_waiting(live: Live, http_server: HttpServer) -> None:
    await live.save("chain", [work("a")])
    hanging = await create(
        live.client, url=f"{http_server.url}/slow/4", types=["workflow.run.started", "workflow.run.completed"]
    )
    quick = await create(live.client, url=f"{http_server.url}/echo")
    async with telling(live, http_server):
        for _ in range(3):
            assert (await live.start("chain", wait=5))["status"] == "completed"
        assert len(await until_over(live, quick["id"], 3)) == 3
        assert {row["status"] for row in await deliveries_of(live.resources.pool, hanging["id"])} == {"pending"}
