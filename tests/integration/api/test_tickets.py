"""Tickets: a browser opens a stream without a key, once, within seconds, as whoever asked."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import websockets
from websockets.asyncio.client import connect

from plait.auth import Actor, Caller
from plait.clock import now
from plait.store import tickets
from plait.store.pool import Pool
from tests.integration.api.support import problem
from tests.integration.api.test_running import work
from tests.integration.api.test_streams import STREAM
from tests.support.live import Live

CALLER = Caller(Actor("user", "ann", "Ann"), "default", frozenset({"runs:read"}))


@pytest.fixture
def api_key() -> str:
    return "a-key-of-the-tests"


@pytest.fixture
async def keyless(idle: Live) -> Any:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{idle.port}", timeout=20) as client:
        yield client


async def a_ticket(live: Live) -> str:
    answer = await live.client.post("/api/v1/stream_tickets")
    assert answer.status_code == 201, answer.text
    return answer.json()["ticket"]


async def test_a_ticket_opens_a_stream_once(live: Live, keyless: httpx2.AsyncClient) -> None:
    await live.save("chain", [work("a")])
    run = await live.start("chain", wait=20)
    address = f"/api/v1/workflow_runs/{run['id']}/events?ticket={await a_ticket(live)}"
    answer = await keyless.get(address, headers=STREAM)
    assert answer.status_code == 200
    assert answer.text.endswith(f"id: {run['last_seq']}\n\n")
    problem(await keyless.get(address, headers=STREAM), 401, "unauthenticated")


async def test_a_ticket_opens_a_websocket_and_nobody_gets_in_without(live: Live) -> None:
    await live.save("chain", [work("a")])
    run = await live.start("chain", wait=20)
    address = f"ws://127.0.0.1:{live.port}/api/v1/ws/workflow_runs/{run['id']}"
    ticket = await a_ticket(live)
    async with connect(f"{address}?ticket={ticket}") as socket:
        await socket.send('{"id": 1, "do": "ping"}')
        assert json.loads(await socket.recv()) == {"id": 1, "ok": True}
    for refused in (address, f"{address}?ticket={ticket}", f"{address}?ticket=tkt_made-up"):
        with pytest.raises(websockets.InvalidStatus) as closed:
            async with connect(refused):
                pass
        assert closed.value.response.status_code in (401, 403)


async def test_a_ticket_opens_streams_and_nothing_else(live: Live, keyless: httpx2.AsyncClient) -> None:
    ticket = await a_ticket(live)
    for address in ("/workflow_runs", "/me", "/gates", "/feed/", "/workflow_runs/x/nodes"):
        answer = await keyless.get(f"/api/v1{address}", params={"ticket": ticket})
        problem(answer, 401, "unauthenticated")
    assert (await keyless.get("/api/v1/feed", params={"ticket": ticket})).status_code == 200


async def test_of_many_who_show_one_ticket_at_once_one_gets_in(live: Live, keyless: httpx2.AsyncClient) -> None:
    params = {"ticket": await a_ticket(live)}
    answers = await asyncio.gather(*(keyless.get("/api/v1/feed", params=params) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]


async def test_a_ticket_is_over_in_seconds_and_carries_its_caller(pool: Pool) -> None:
    at = now()
    ticket, expires_at = await tickets.issue(pool, CALLER, at)
    assert await tickets.redeem(pool, ticket, expires_at - timedelta(seconds=1)) == CALLER
    late, _ = await tickets.issue(pool, CALLER, at)
    assert await tickets.redeem(pool, late, expires_at) is None


async def test_the_store_keeps_no_ticket_and_forgets_those_that_are_over(pool: Pool) -> None:
    ticket, expires_at = await tickets.issue(pool, CALLER, now())
    row = await pool.fetchrow("select t::text as text from stream_tickets t")
    assert row is not None
    assert ticket not in row["text"]
    await tickets.sweep(pool, expires_at - timedelta(seconds=1))
    assert await pool.fetchval("select count(*) from stream_tickets") == 1
    await tickets.sweep(pool, expires_at)
    assert await pool.fetchval("select count(*) from stream_tickets") == 0
