"""The event log as a page, a stream and over a WebSocket: no gap, no repetition, for live and ended runs."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

import httpx2
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from api.events.stream import SLOW_SECONDS
from plait.store.changes import Change
from tests.integration.api.test_running import A_TO_B, GATED, decide, the_gate, work
from tests.support.live import Live
from tests.support.runs import PROJECT, an_event

STREAM = {"Accept": "text/event-stream"}
MANY = 1000
SOCKETS = "/api/v1/ws/workflow_runs"
UNKNOWN = "/api/v1/ws/workflow_runs/00000000-0000-7000-8000-000000000000"


async def pieces(answer: httpx2.Response) -> AsyncGenerator[dict[str, str]]:
    """The pieces of a stream, each by its fields."""
    piece: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            piece[name] = value
        elif piece:
            yield piece
            piece = {}


async def read_stream(
    live: Live, run_id: str, headers: dict[str, str] | None = None, most: int = 1000
) -> list[dict[str, str]]:
    """The events of a stream, to its end or until there are so many."""
    found: list[dict[str, str]] = []
    address = f"/api/v1/workflow_runs/{run_id}/events"
    async with live.client.stream("GET", address, headers=STREAM | (headers or {})) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with aclosing(pieces(answer)) as stream:
            async for piece in stream:
                if "event" in piece:
                    found.append(piece)
                if len(found) == most:
                    break
    return found


async def test_a_stream_of_an_ended_run_is_that_of_a_live_one(live: Live) -> None:
    await live.save("chain", [work("a"), work("b")], A_TO_B)
    run = await live.start("chain", {"start": "later"})
    reading = asyncio.create_task(read_stream(live, run["id"]))
    await live.client.post(f"/api/v1/workflow_runs/{run['id']}/start")
    seen_live = await asyncio.wait_for(reading, 20)
    seen_later = await read_stream(live, run["id"])
    assert seen_live == seen_later
    assert [int(piece["id"]) for piece in seen_live[:-1]] == list(range(1, len(seen_live)))
    assert seen_live[-1]["event"] == "end"
    assert json.loads(seen_live[-1]["data"])["status"] == "completed"


async def test_a_stream_goes_on_behind_the_last_event_without_a_gap(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    first = await read_stream(live, run["id"], most=3)
    reading = asyncio.create_task(read_stream(live, run["id"], {"Last-Event-ID": first[-1]["id"]}))
    await decide(live, await the_gate(live, run), "approved")
    rest = await asyncio.wait_for(reading, 20)
    ids = [int(piece["id"]) for piece in [*first, *rest[:-1]]]
    assert ids == list(range(1, len(ids) + 1))


async def test_a_reconnect_after_the_end_gets_204(live: Live) -> None:
    await live.save("chain", [work("a")])
    run = await live.start("chain", wait=20)
    last = (await read_stream(live, run["id"]))[-1]["id"]
    answer = await live.client.get(
        f"/api/v1/workflow_runs/{run['id']}/events?after=0", headers=STREAM | {"Last-Event-ID": last}
    )
    assert answer.status_code == 204


async def test_pages_follow_the_log_and_say_when_it_ended(live: Live) -> None:
    await live.save("chain", [work("a"), work("b")], A_TO_B)
    run = await live.start("chain", wait=20)
    seen: list[Any] = []
    after, ended = 0, False
    while not ended:
        page = await live.get(f"/workflow_runs/{run['id']}/events", after=after, limit=3)
        seen += page["items"]
        after, ended = page["next_after"], page["ended"]
    assert [event["seq"] for event in seen] == list(range(1, run["last_seq"] + 1))
    only = await live.get(f"/workflow_runs/{run['id']}/events", types="workflow.run.completed")
    assert [event["type"] for event in only["items"]] == ["workflow.run.completed"]
    of_a = await live.get(f"/workflow_runs/{run['id']}/events", path="a")
    assert {event["path"] for event in of_a["items"]} == {"a"}


async def test_a_page_waits_for_the_next_event(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    last = (await live.get(f"/workflow_runs/{run['id']}"))["last_seq"]
    waiting = asyncio.create_task(live.get(f"/workflow_runs/{run['id']}/events", after=last, wait=20))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await decide(live, await the_gate(live, run), "approved")
    assert (await asyncio.wait_for(waiting, 10))["items"][0]["seq"] == last + 1


async def test_a_client_that_leaves_does_not_end_the_run(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    await read_stream(live, run["id"], most=1)
    assert (await live.get(f"/workflow_runs/{run['id']}"))["status"] == "running"


async def test_a_websocket_tells_events_and_takes_commands(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    seen: list[Any] = []
    async with connect(f"ws://127.0.0.1:{live.port}/api/v1/ws/workflow_runs/{run['id']}") as socket:
        await socket.send('{"id": 1, "do": "ping"}')
        assert json.loads(await socket.recv()) == {"id": 1, "ok": True}
        await socket.send('{"id": 2, "do": "dance"}')
        assert json.loads(await socket.recv())["problem"]["code"] == "request_invalid"
        await socket.send('{"id": 3, "do": "subscribe", "after": 0}')
        await socket.send('{"id": 4, "do": "cancel", "reason": "enough"}')
        async with asyncio.timeout(20):
            while "end" not in (message := json.loads(await socket.recv())):
                seen.append(message)
    assert message["end"]["status"] == "cancelled"
    assert {"id": 3, "ok": True} in seen
    assert {"id": 4, "ok": True} in seen
    ids = [each["event"]["seq"] for each in seen if "event" in each]
    assert ids == list(range(1, message["end"]["last_seq"] + 1))


async def test_a_websocket_of_an_unknown_run_is_closed_with_4404(live: Live) -> None:
    async with connect(f"ws://127.0.0.1:{live.port}{UNKNOWN}") as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


async def test_a_websocket_from_another_site_is_refused_before_it_opens(live: Live) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(f"ws://127.0.0.1:{live.port}{UNKNOWN}", origin=websockets.Origin("https://evil.example")):
            pass
    assert refused.value.response.status_code == 403


async def test_a_websocket_s_bytes_are_answered_as_no_command(live: Live) -> None:
    await live.save("chain", [work("a")])
    run = await live.start("chain", wait=20)
    async with connect(f"ws://127.0.0.1:{live.port}/api/v1/ws/workflow_runs/{run['id']}") as socket:
        await socket.send(b"\x00\x01")
        assert json.loads(await socket.recv())["problem"]["code"] == "request_invalid"
        await socket.send('{"id": 1, "do": "ping"}')
        assert json.loads(await socket.recv()) == {"id": 1, "ok": True}


async def test_a_websocket_of_what_is_no_id_is_closed_with_4404(live: Live) -> None:
    async with connect(f"ws://127.0.0.1:{live.port}/api/v1/ws/workflow_runs/nonsense") as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


@pytest.mark.timeout(120)
async def test_clients_that_do_not_read_are_dropped_and_make_nobody_wait(idle: Live) -> None:
    await idle.save("gated", GATED[0][:1])
    run = await idle.start("gated", {"start": "later"})
    await write_much(idle, run["id"])
    reader, writer = await asyncio.open_connection("127.0.0.1", idle.port)
    writer.write(
        f"GET {events_of(run)}?after=0 HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n\r\n".encode()
    )
    async with connect(f"ws://127.0.0.1:{idle.port}{SOCKETS}/{run['id']}", compression=None) as socket:
        await socket.send('{"do": "subscribe"}')
        read = await asyncio.wait_for(read_stream(idle, run["id"], most=MANY), SLOW_SECONDS)
        assert [int(piece["id"]) for piece in read] == list(range(1, MANY + 1))
        await asyncio.sleep(SLOW_SECONDS + 2)
        assert (await reader.read()).count(b"\nid: ") < MANY
        assert len([message async for message in socket_messages(socket)]) < MANY
        assert socket.close_code == 4408
    writer.close()


async def socket_messages(socket: ClientConnection) -> AsyncGenerator[str | bytes]:
    """What a connection still says until it is closed."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            yield await socket.recv()


async def write_much(live: Live, run_id: str) -> None:
    """More events than the machine keeps for a connection that nobody reads."""
    text = "x" * 20_000
    for start in range(2, MANY + 1, 100):
        said = (an_event("workflow.node.log", "a", n, text=text) for n in range(start, min(start + 100, MANY + 1)))
        await live.resources.recorder.put(Change(run_id=UUID(run_id), project=PROJECT, events=tuple(said)))


def events_of(run: dict[str, Any]) -> str:
    """Where the run's log is."""
    return f"/api/v1/workflow_runs/{run['id']}/events"
