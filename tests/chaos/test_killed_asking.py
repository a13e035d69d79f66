"""A worker that is killed while a model answers: it is asked again, and what the first call may have cost is shown."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2
import pytest

from plait.settings import SECRET_PREFIX
from tests.chaos.story import Story, api_at, begin, save
from tests.chaos.workers import worker_process
from tests.support.live import Live
from tests.support.model_server import ModelServer
from tests.support.model_steps import says
from tests.support.proxy import proxied

ASKING = {
    "plait": 1,
    "slug": "asking",
    "nodes": [
        {
            "id": "ask",
            "type": "llm",
            "with": {"model": "openai:gpt-4.1-mini", "prompt": "Speak.", "stream": True},
            "timeout": 10,
            "retry": {"max_attempts": 10, "initial_interval": 0.1},
        }
    ],
}
SPENDING = "select status, output_tokens > 0 as counted from spending where run_id = $1 order by attempt"


@pytest.fixture
def reached(models: ModelServer) -> dict[str, str]:
    """What a worker is told so that it asks this server."""
    return {
        f"{SECRET_PREFIX}OPENAI_API_KEY": "sk-test",
        "PLAIT_OPENAI_BASE_URL": models.base_url,
        "PLAIT_EGRESS_ALLOW": models.address,
    }


@asynccontextmanager
async def asked_story(live: Live, name: str) -> AsyncIterator[Story]:
    """A run that asks a model."""
    async with api_at(f"http://127.0.0.1:{live.port}") as client:
        await save(client, ASKING)
        yield await begin(client, live.files_dir, name, "asking")


async def assert_paid_twice(live: Live, story: Story) -> None:
    """The last attempt's call is on record as spent, and the one before it as what may have been.

    On a machine that is busy an attempt may be over before it has loaded what asks: that counts as well.
    """
    *earlier, last = [tuple(row) for row in await live.resources.pool.fetch(SPENDING, UUID(story.id))]
    assert last == ("spent", True)
    assert set(earlier) == {("assumed", True)}


async def words_of(client: httpx2.AsyncClient, run: str, heard: list[dict[str, Any]]) -> None:
    """Note what is said in a run, to its end."""
    address = f"/workflow_runs/{run}/events"
    async with client.stream("GET", address, headers={"accept": "text/event-stream"}, timeout=60) as stream:
        async for line in stream.aiter_lines():
            told = json.loads(line[5:]) if line.startswith("data:") else {}
            heard += [told] if told.get("type", "").startswith("output_") else []


@pytest.mark.full
async def test_a_worker_killed_in_a_stream_has_the_model_asked_again_and_both_calls_are_shown(
    idle: Live, models: ModelServer, reached: dict[str, str]
) -> None:
    models.then(says("one two three", pause=1.5))
    models.always(says("All of it."))
    heard: list[dict[str, Any]] = []
    async with asked_story(idle, "killed-in-a-stream") as story:
        watching = asyncio.create_task(words_of(story.client, story.id, heard))
        async with worker_process(idle, **reached) as dying:
            async with asyncio.timeout(40):
                while not heard:
                    await asyncio.sleep(0.02)
            dying.kill()
            await dying.wait()
        async with worker_process(idle, **reached):
            run = await story.until("completed", within=60)
        await asyncio.wait_for(watching, 20)
    assert run["output"] == {"ask": "All of it."}
    await assert_paid_twice(idle, story)
    texts: dict[int, str] = {}
    for told in heard:
        texts[told["attempt"]] = texts.get(told["attempt"], "")[: told["offset"]] + told["text"]
    first, *_, last = texts.values()
    assert "one two three".startswith(first.strip())
    assert last == "All of it."


@pytest.mark.full
async def test_a_worker_killed_between_an_answer_and_its_commit_is_shown_to_have_paid(
    idle: Live, models: ModelServer, reached: dict[str, str]
) -> None:
    models.then(says("Heard by nobody."))
    models.always(says("Heard."))
    async with (
        proxied(idle.resources.settings.database_url) as (address, proxy),
        asked_story(idle, "killed-before-the-commit") as story,
    ):
        proxy.hold_at = b"Heard by nobody."
        async with worker_process(idle, PLAIT_DATABASE_URL=address, **reached) as dying:
            await asyncio.wait_for(proxy.held.wait(), 30)
            dying.kill()
            await dying.wait()
        async with worker_process(idle, **reached):
            run = await story.until("completed", within=60)
    assert run["output"] == {"ask": "Heard."}
    await assert_paid_twice(idle, story)
