"""Agents that the clock and messages start, money that they meet, and an endpoint that hears how they ended."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.production.shape import Shape
from tests.support.http_server import HttpServer

AGENT = {"model": "local:demo", "instructions": "Read what you are given."}
ASKING = {"plait": 1, "chain": [{"id": "ask", "type": "agent_call", "with": {"agent": "reader", "task": "Read it."}}]}
HOOKS = "/text/hooks"


async def store_asking(shape: Shape, slug: str, **said: Any) -> None:
    """Store an agent, and a workflow that asks it."""
    async with shape.client(1) as api:
        (await api.put("/agents/reader", json=AGENT, headers={"If-Match": "*"})).raise_for_status()
        document = {**ASKING, "slug": slug, **said}
        (await api.put(f"/workflows/{slug}", json=document, headers={"if-match": "*"})).raise_for_status()


async def first_run(api: httpx2.AsyncClient, slug: str, status: str) -> dict[str, Any]:
    """The first run of the workflow that has this status."""
    async with asyncio.timeout(60):
        while not (found := (await api.get(f"/workflows/{slug}/runs", params={"status": status})).json()["items"]):
            await asyncio.sleep(0.1)
    return found[-1]


async def told_of(collector: HttpServer, run_id: str) -> dict[str, Any]:
    """What the endpoint heard of the run."""
    async with asyncio.timeout(60):
        while True:
            for seen in collector.seen:
                if seen.path == HOOKS and run_id in seen.body.decode():
                    return json.loads(seen.body)
            await asyncio.sleep(0.1)


async def test_an_agent_that_the_clock_starts_ends_and_an_endpoint_hears_of_it(
    shape: Shape, collector: HttpServer
) -> None:
    await store_asking(shape, "by-the-clock")
    async with shape.client(1) as first, shape.client(2) as second:
        wanted = {"url": collector.url + HOOKS, "types": ["workflow.run.completed"], "workflow": "by-the-clock"}
        (await first.post("/webhook_endpoints", json=wanted)).raise_for_status()
        due = {"name": "Again", "workflow": "by-the-clock", "every": "1s"}
        schedule = (await first.post("/schedules", json=due)).raise_for_status().json()
        run = await first_run(second, "by-the-clock", "completed")
        (await second.delete(f"/schedules/{schedule['id']}")).raise_for_status()
    assert run["origin"]["kind"] == "schedule"
    assert (await told_of(collector, run["id"]))["type"] == "workflow.run.completed"


async def test_an_agent_that_a_message_starts_waits_for_money_until_the_other_api_gives_it(shape: Shape) -> None:
    await store_asking(shape, "by-message", budget={"tokens": 5})
    async with shape.client(1) as first, shape.client(2) as second:
        verify = {"scheme": "token", "header": "x-key", "prefix": ""}
        hook = {"name": "In", "verify": verify, "start": {"workflow": "by-message"}}
        made = (await first.post("/webhook_triggers", json=hook)).raise_for_status().json()
        address = urlsplit(made["url"]).path.removeprefix("/api/v1")
        sent = await second.post(address, json={}, headers={"x-key": made["secret"]})
        sent.raise_for_status()
        run = await first_run(first, "by-message", "paused")
        assert [each["kind"] for each in run["waiting_for"]] == ["budget"]
        (await second.post(f"/workflow_runs/{run['id']}/budget", json={"tokens": 5_000})).raise_for_status()
        assert (await first_run(first, "by-message", "completed"))["id"] == run["id"]
