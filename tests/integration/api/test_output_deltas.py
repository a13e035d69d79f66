"""What nodes say while they work, as those who watch a run are told: nothing lost, nothing twice."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import pytest
from websockets.asyncio.client import connect

from api.events.streams import Texts, listen
from plait.auth import Actor, Caller
from plait.clock import new_id, now
from plait.store import tickets
from plait.store.changes import Change, RunRow
from plait.store.pool import Pool
from plait.store.streams import Piece, Speaker, write_pieces
from tests.integration.api.test_streams import STREAM, pieces
from tests.support.live import Live
from tests.support.runs import NOON, PROJECT, a_run, an_event, completed, started

WATCHERS = 200


@dataclass
class Speech:
    """A node of a run that speaks, without a worker: what it says is written as a worker writes it."""

    live: Live
    speaker: Speaker
    length: int = 0

    async def say(self, text: str, *, cut: bool = False) -> None:
        piece = Piece(PROJECT, self.speaker, self.length, text, cut=cut)
        await write_pieces(self.live.resources.pool, [piece])
        self.length += len(text)

    async def retry(self) -> None:
        self.speaker, self.length = replace(self.speaker, attempt=self.speaker.attempt + 1), 0


@pytest.fixture
async def speech(idle: Live) -> Speech:
    """A node at work."""
    pool, recorder = idle.resources.pool, idle.resources.recorder
    run_id = await a_run(pool, status="running")
    await recorder.put(started(run_id, "draft"))
    return Speech(idle, Speaker(run_id, "draft", 1, 1))


@asynccontextmanager
async def watching(speech: Speech, **query: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The data of what a stream tells that is no event of the log."""
    address = f"/api/v1/workflow_runs/{speech.speaker.run_id}/events"
    async with (
        speech.live.client.stream("GET", address, headers=STREAM, params=query) as answer,
        aclosing(pieces(answer)) as told,
    ):

        async def deltas() -> AsyncGenerator[dict[str, Any]]:
            async for piece in told:
                if piece.get("event", "").startswith("output"):
                    assert "id" not in piece, "there is no going back to it"
                    yield {"event": piece["event"]} | json.loads(piece["data"])

        async with asyncio.timeout(20), aclosing(deltas()) as found:
            yield found


async def test_words_reach_a_stream_as_they_are_said(speech: Speech) -> None:
    async with watching(speech) as told:
        await speech.say("Grüße, ")
        first = await anext(told)
        await speech.say("🌍!")
        second = await anext(told)
    assert (first["path"], first["attempt"], first["offset"], first["text"]) == ("draft", 1, 0, "Grüße, ")
    assert (second["event"], second["offset"], second["text"]) == ("output_delta", 7, "🌍!")


async def test_who_comes_late_gets_one_snapshot_and_then_what_follows(speech: Speech) -> None:
    await speech.say("all that ")
    await speech.say("was said, ")
    async with watching(speech) as told:
        snapshot = await anext(told)
        await speech.say("and more")
        delta = await anext(told)
    assert (snapshot["event"], snapshot["offset"], snapshot["text"]) == ("output_snapshot", 0, "all that was said, ")
    assert (delta["event"], delta["offset"], delta["text"]) == ("output_delta", 19, "and more")


async def test_watchers_that_come_and_go_in_the_middle_of_a_text_lose_and_double_nothing(speech: Speech) -> None:
    async def watch() -> str:
        text = ""
        async with watching(speech) as told:
            async for delta in told:
                assert delta["offset"] in (0, len(text))
                text = text[: delta["offset"]] + delta["text"]
                if text.endswith("."):
                    break
        return text

    watchers = []
    for number in range(60):
        if number % 6 == 0:
            watchers.append(asyncio.create_task(watch()))
        await speech.say(f"{number} ")
        await asyncio.sleep(0.005)
    await speech.say(".")
    whole = "".join(f"{number} " for number in range(60)) + "."
    assert await asyncio.gather(*watchers) == [whole] * 10


async def test_a_new_attempt_begins_anew(speech: Speech) -> None:
    async with watching(speech) as told:
        await speech.say("half an ans")
        await anext(told)
        await speech.retry()
        await speech.say("An answer")
        again = await anext(told)
    assert (again["attempt"], again["offset"], again["text"]) == (2, 0, "An answer")


async def test_a_text_that_is_too_long_says_that_it_was_cut(speech: Speech) -> None:
    async with watching(speech) as told:
        await speech.say("long", cut=True)
        assert (await anext(told))["cut"] is True


async def test_words_of_a_path_are_asked_for_as_its_events_are(speech: Speech) -> None:
    run_id = speech.speaker.run_id
    others = [Speech(speech.live, Speaker(run_id, path, 1, 1)) for path in ("drafts", "research.turn~2", "refine~1.a")]
    async with watching(speech, path="research") as of_research, watching(speech, path="refine") as of_refine:
        for each in (speech, *others):
            await each.say("words")
        assert (await anext(of_research))["path"] == "research.turn~2"
        assert (await anext(of_refine))["path"] == "refine~1.a"


async def test_who_asks_for_types_gets_words_only_if_they_are_among_them(speech: Speech) -> None:
    await speech.say("words")
    async with watching(speech, types="output_delta") as told:
        assert (await anext(told))["event"] == "output_snapshot"
    async with watching(speech, types="workflow.run.completed") as told:
        await end(speech)
        assert [each async for each in told] == []


async def test_a_stream_ends_with_its_run_whoever_still_speaks(speech: Speech) -> None:
    await speech.say("words")
    async with watching(speech) as told:
        await anext(told)
        await end(speech)
        assert [each async for each in told] == []


async def end(speech: Speech) -> None:
    """Put the end of the node and of its run on record."""
    run_id, recorder = speech.speaker.run_id, speech.live.resources.recorder
    await recorder.put(completed(run_id, "draft"))
    over = RunRow(status="completed", at=NOON)
    await recorder.put(Change(run_id, PROJECT, run=over, events=(an_event("workflow.run.completed"),)))


async def test_who_may_not_read_values_learns_that_something_is_said_but_not_what(speech: Speech) -> None:
    caller = Caller(Actor("user", "ann", "Ann"), PROJECT, frozenset({"runs:read"}))
    ticket, _ = await tickets.issue(speech.live.resources.pool, caller, now())
    await speech.say("a secret")
    async with watching(speech, ticket=ticket) as told:
        found = await anext(told)
    assert (found["text"], found["redacted"], found["path"]) == (None, True, "draft")


async def test_a_websocket_tells_words_too(speech: Speech) -> None:
    address = f"ws://127.0.0.1:{speech.live.port}/api/v1/ws/workflow_runs/{speech.speaker.run_id}"
    await speech.say("some ")
    async with connect(address) as socket, asyncio.timeout(20):
        await socket.send('{"do": "subscribe", "types": ["output_delta"]}')
        told = [json.loads(await socket.recv()) for _ in range(2)]
        await speech.say("words")
        told.append(json.loads(await socket.recv()))
    words = [each["event"] for each in told if "event" in each]
    assert [(each["type"], each["offset"], each["text"]) for each in words] == [
        ("output_snapshot", 0, "some "),
        ("output_delta", 5, "words"),
    ]


class CountingPool:
    """Counts what is read through it."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self.reads = pool, 0

    async def fetch(self, *asked: Any) -> Any:
        self.reads += 1
        return await self._pool.fetch(*asked)


async def test_a_crowd_that_watches_one_text_is_fed_from_one_read(speech: Speech) -> None:
    counting = CountingPool(speech.live.resources.pool)
    held = replace(speech.live.resources, pool=cast("Pool", counting))
    crowd = [listen(held, Texts(PROJECT, speech.speaker.run_id, None, redacted=False)) for _ in range(WATCHERS)]
    coming = asyncio.gather(*(anext(each) for each in crowd))
    await asyncio.sleep(0.2)
    before = counting.reads
    await speech.say("words")
    assert {words.deltas[0].text for words in await asyncio.wait_for(coming, 20)} == {"words"}
    assert before <= 2
    assert counting.reads - before <= 2
    for each in crowd:
        await each.aclose()


async def test_words_of_another_run_are_nobody_else_s(speech: Speech) -> None:
    other = Speech(speech.live, Speaker(new_id(), "draft", 1, 1))
    async with watching(speech) as told:
        await other.say("not yours")
        await speech.say("yours")
        assert (await anext(told))["text"] == "yours"
    assert isinstance(other.speaker.run_id, UUID)
