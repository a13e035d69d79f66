"""A node whose first attempt is lost or late: its result is recorded once, its effect not repeated."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from activities.tools.function import tool_of
from activities.tools.registry import ToolRegistry
from interpreter.shell.wire import workflow_id
from plait.clock import now
from plait.store import catalogue
from tests.chaos.story import HOLDING, Story, api_at, assert_nothing_lost, begin, save
from tests.chaos.workers import ACTIVITIES, DYING_WORKER, WORKFLOWS, stopped_in_order, worker_process
from tests.support.live import Live
from tests.support.slow_tools import hold_on

# A process that is stopped still takes tasks, as long as the polls last that it has sent: each costs an attempt.
SHORT_ATTEMPTS = {
    **HOLDING,
    "defaults": {"timeout": 2, "retry": {"max_attempts": 20, "initial_interval": 0.1, "max_interval": 0.1}},
}


@pytest.fixture
async def client(idle: Live) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the API, which knows of the tool; a worker has to be started by the test."""
    await offer_tool(idle)
    async with api_at(f"http://127.0.0.1:{idle.port}") as client:
        yield client


async def offer_tool(live: Live) -> None:
    """Publish `hold_on` as a worker that has it does."""
    found = tool_of(hold_on)
    assert found is not None
    tools = ToolRegistry([found]).catalogue()
    await catalogue.publish(live.resources.pool, catalogue.Worker("earlier", now(), {}), {}, tools, now=now())


async def rows_of(live: Live, story: Story) -> list[Any]:
    """All that is on record of a run."""
    pool, run = live.resources.pool, UUID(story.id)
    return [
        await pool.fetch("select * from node_runs where run_id = $1 order by path", run),
        await pool.fetch("select * from run_events where run_id = $1 order by seq", run),
        await pool.fetchrow("select * from workflow_runs where id = $1", run),
    ]


async def attempts_in_history(live: Live, story: Story) -> list[int]:
    """The attempt with which each activity of a node ended, as Temporal saw it."""
    history = await live.temporal.get_workflow_handle(workflow_id(story.id)).fetch_history()
    return [
        event.activity_task_started_event_attributes.attempt
        for event in history.events
        if event.HasField("activity_task_started_event_attributes")
    ]


async def test_a_result_that_was_committed_before_its_worker_died_is_returned_and_not_made_again(
    idle: Live, client: httpx2.AsyncClient
) -> None:
    await save(client, SHORT_ATTEMPTS)
    story = await begin(client, idle.files_dir, "dying")
    story.let_go()
    async with worker_process(idle, *DYING_WORKER) as dying:
        assert await asyncio.wait_for(dying.wait(), 30) == -signal.SIGKILL
    assert len(story.ends) == 1
    async with worker_process(idle):
        await story.until_completed("after")
        await story.end_well()
    assert len(story.calls) == 1
    assert await attempts_in_history(idle, story) == [2]
    await assert_nothing_lost(idle.resources.settings.database_url, story.id)


@pytest.mark.full
async def test_an_attempt_that_was_held_past_its_time_and_ends_late_changes_nothing(
    idle: Live, client: httpx2.AsyncClient
) -> None:
    await save(client, SHORT_ATTEMPTS)
    async with worker_process(idle, *WORKFLOWS), worker_process(idle, *ACTIVITIES) as zombie:
        story = await begin(client, idle.files_dir, "zombie")
        await story.in_the_middle()
        zombie.send_signal(signal.SIGSTOP)
        async with worker_process(idle, *ACTIVITIES) as second:
            await story.called(2, within=60)
            await story.end_well()
            before = await rows_of(idle, story)
            zombie.send_signal(signal.SIGCONT)
            await zombie_ends(story)
            await stopped_in_order(zombie)
            assert story.ends == [str(second.pid), str(zombie.pid)]
    assert await rows_of(idle, story) == before
    await assert_nothing_lost(idle.resources.settings.database_url, story.id)


async def zombie_ends(story: Story) -> None:
    """Return once the tool of the first attempt came to its end, too."""
    async with asyncio.timeout(10):
        while len(story.ends) < 2:
            await asyncio.sleep(0.02)
