"""The feed over HTTP: what happened to all runs of the project, as pages and as a stream without an end."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.resources import Resources
from api.upkeep.feed import feed_once, move_all
from plait.clock import now
from plait.store import feed
from plait.store.changes import Change
from tests.integration.api.support import problem
from tests.integration.api.test_running import GATED, work
from tests.integration.api.test_streams import STREAM, pieces
from tests.support.live import Live
from tests.support.runs import PROJECT, a_run, an_event

FEED = "/api/v1/feed"


async def votes(held: Resources, count: int, runs: int = 1) -> list[UUID]:
    """So many events of each of so many new runs, in the feed."""
    made = [await a_run(held.pool) for _ in range(runs)]
    for n in range(count):
        events = (an_event("workflow.gate.voted", "gate", n),)
        await asyncio.gather(*(held.recorder.put(Change(run_id, PROJECT, events=events)) for run_id in made))
    await move_all(held)
    return made


@asynccontextmanager
async def leading(held: Resources) -> AsyncIterator[None]:
    """The feed is led, as one API process does."""

    async def lead() -> None:
        while True:
            await feed_once(held)

    task = asyncio.create_task(lead())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def positions(stream: AsyncGenerator[dict[str, str]], most: int) -> list[int]:
    """The ids of the next so many events."""
    found: list[int] = []
    while len(found) < most:
        piece = await anext(stream)
        if "event" in piece:
            found.append(int(piece["id"]))
    return found


@asynccontextmanager
async def streaming(live: Live, address: str = FEED, **headers: str) -> AsyncIterator[AsyncGenerator[dict[str, str]]]:
    """A stream of the feed."""
    async with live.client.stream("GET", address, headers=STREAM | headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with aclosing(pieces(answer)) as stream:
            yield stream


async def test_pages_go_through_all_of_it_and_on_to_what_comes(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await votes(resources, 3, runs=4)
    after, seen = 0, []
    while (page := (await client.get(FEED, params={"after": after, "limit": 5})).json())["items"]:
        seen += [event["position"] for event in page["items"]]
        after = page["next_after"]
    assert seen == list(range(1, 13))
    assert after == 12
    await votes(resources, 1)
    assert [event["position"] for event in (await client.get(FEED, params={"after": after})).json()["items"]] == [13]


async def test_an_event_says_of_which_run_of_which_workflow_it_is(live: Live) -> None:
    await live.save("chain", [work("a")])
    run = await live.start("chain", wait=20)
    await live.start("chain", {"environment": "dev"}, wait=20)
    await move_all(live.resources)
    events = (await live.get("/feed", types="workflow.run.created,workflow.run.completed"))["items"]
    assert [event["type"] for event in events[:2]] == ["workflow.run.created", "workflow.run.completed"]
    assert events[1]["run_id"] == run["id"]
    assert events[1]["seq"] == run["last_seq"]
    assert events[1]["data"]["status"] == "completed"
    assert events[1]["workflow"] == {name: run["workflow"][name] for name in ("id", "slug", "name")}
    assert len((await live.get("/feed", workflow="chain"))["items"]) == 6
    assert (await live.get("/feed", workflow="other"))["items"] == []
    mistyped = await live.client.get(FEED, params={"types": "workflow.run.created,run.completed"})
    assert (mistyped.status_code, mistyped.json()["errors"][0]["path"]) == (422, "query.types")
    assert (await live.get("/feed", environment="prod"))["items"] == []
    assert len((await live.get("/feed", environment="*"))["items"]) == 6


async def test_a_page_waits_for_what_comes(client: httpx2.AsyncClient, resources: Resources) -> None:
    async with leading(resources):
        waiting = asyncio.create_task(client.get(FEED, params={"wait": 20}))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await resources.recorder.put(
            Change(await a_run(resources.pool), PROJECT, events=(an_event("workflow.gate.voted", "gate"),))
        )
        async with asyncio.timeout(5):
            assert len((await waiting).json()["items"]) == 1


async def test_a_stream_begins_with_what_comes_and_goes_on_behind_the_last_event(live: Live) -> None:
    await votes(live.resources, 2)
    async with leading(live.resources), asyncio.timeout(20):
        async with streaming(live) as stream:
            assert (await anext(stream)) == {"retry": "2000"}
            await votes(live.resources, 3)
            assert await positions(stream, 2) == [3, 4]
        await votes(live.resources, 2)
        async with streaming(live, **{"Last-Event-ID": "4"}) as stream:
            assert await positions(stream, 3) == [5, 6, 7]
        async with streaming(live, f"{FEED}?after=0&types=workflow.gate.voted") as stream:
            assert await positions(stream, 7) == list(range(1, 8))


async def test_a_stream_tells_of_runs_as_they_happen(live: Live) -> None:
    await live.save("gated", *GATED)
    async with leading(live.resources), asyncio.timeout(20), streaming(live) as stream:
        run = await live.start("gated", wait=20, until="blocked")
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["type"] != "workflow.gate.opened":
            piece = await anext(stream)
            if "event" in piece:
                seen.append(json.loads(piece["data"]))
        assert [event["type"] for event in seen] == [
            "workflow.run.created",
            "workflow.run.started",
            "workflow.gate.opened",
        ]
        assert {event["run_id"] for event in seen} == {run["id"]}


async def test_what_was_forgotten_for_its_age_is_said_to_be_gone(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await votes(resources, 5)
    await feed.sweep(resources.pool, now() + timedelta(days=1))
    await votes(resources, 1)
    assert problem(await client.get(FEED, params={"after": 3}), 410, "events_purged")["after"] == 5
    problem(await client.get(FEED, params={"after": 3}, headers=STREAM), 410, "events_purged")
    assert [each["position"] for each in (await client.get(FEED)).json()["items"]] == [6]
    assert [each["position"] for each in (await client.get(FEED, params={"after": 5})).json()["items"]] == [6]


@pytest.mark.parametrize("wrong", ["Ann", "-1", "1" * 19])
async def test_a_place_that_is_none_is_refused(client: httpx2.AsyncClient, wrong: str) -> None:
    problem(await client.get(FEED, headers=STREAM | {"Last-Event-ID": wrong}), 422, "request_invalid")


async def test_another_project_s_runs_are_not_in_it(client: httpx2.AsyncClient, resources: Resources) -> None:
    await resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    run_id = await a_run(resources.pool)
    await resources.pool.execute("update workflow_runs set project = 'other' where id = $1", run_id)
    await resources.recorder.put(Change(run_id, "other", events=(an_event("workflow.gate.voted", "gate"),)))
    await votes(resources, 1)
    assert [event["position"] for event in (await client.get(FEED)).json()["items"]] == [1]


async def test_many_who_read_at_one_place_ask_the_store_once(live: Live) -> None:
    (run_id,) = await votes(live.resources, 1)
    readers = 40
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        began = asyncio.Barrier(readers + 1)

        async def read() -> list[int]:
            async with streaming(live, f"/api/v1/workflow_runs/{run_id}/events") as stream:
                assert await positions(stream, 1) == [1]
                await began.wait()
                return await positions(stream, 20)

        tasks = [group.create_task(read()) for _ in range(readers)]
        await began.wait()
        before = await statements(live.resources)
        for n in range(1, 21):
            event = an_event("workflow.gate.voted", "gate", n)
            await live.resources.recorder.put(Change(run_id, PROJECT, events=(event,)))
            await asyncio.sleep(0.05)
    assert all(task.result() == list(range(2, 22)) for task in tasks)
    assert await statements(live.resources) - before < 20 * readers  # each for itself would be twice that


async def statements(held: Resources) -> int:
    """How many transactions the database has seen."""
    await held.pool.execute("select pg_stat_force_next_flush()")
    return await held.pool.fetchval("select xact_commit from pg_stat_database where datname = current_database()")
