"""`plait dev` while its processes are killed one by one: each comes back, and no run loses anything."""

import asyncio
import os
import signal

import httpx2
import pytest

from plait.settings import Settings
from plait.temporal import connect
from tests.chaos.story import HOLDING, assert_nothing_lost, begin, patiently, save
from tests.support.audit import audited_at
from tests.support.dev import Dev

HEARTBEAT = 30.0


async def kill(dev: Dev, name: str) -> None:
    """Kill a child, and return once another one is in its place."""
    killed = dev.groups[name]
    os.kill(killed, signal.SIGKILL)
    await dev.wait_for_other(name, killed)


@pytest.mark.parametrize("name", ["postgres", "temporal", "api"])
async def test_a_killed_server_comes_back_and_its_runs_go_on(
    dev: Dev, client: httpx2.AsyncClient, ledger: str, name: str
) -> None:
    story = await begin(client, dev.directory / "files", name)
    await story.in_the_middle()
    await kill(dev, name)
    await story.end_well()
    await assert_nothing_lost(ledger, story.id)
    assert len(story.ends) == 1


@pytest.mark.full
@pytest.mark.parametrize("name", ["postgres", "temporal", "api"])
async def test_a_server_that_is_killed_again_and_again_loses_nothing(
    dev: Dev, client: httpx2.AsyncClient, ledger: str, name: str
) -> None:
    stories = []
    for turn in range(5):
        stories.append(await begin(client, dev.directory / "files", f"{name}-{turn}"))
        await kill(dev, name)
    for story in stories:
        await story.in_the_middle(within=HEARTBEAT + 30)
        await story.end_well()
        await assert_nothing_lost(ledger, story.id)


async def test_a_node_whose_worker_was_killed_runs_again_under_the_same_key(
    dev: Dev, client: httpx2.AsyncClient, ledger: str
) -> None:
    story = await begin(client, dev.directory / "files", "worker")
    await story.in_the_middle()
    killed_at = asyncio.get_running_loop().time()
    await kill(dev, "worker")
    await story.called(2, within=HEARTBEAT + 15)
    assert asyncio.get_running_loop().time() - killed_at < HEARTBEAT + 5
    await story.end_well()
    node = await patiently(client, "GET", f"/workflow_runs/{story.id}/nodes/hold")
    assert node["attempt"] == 2
    assert story.calls == [f"{story.id}/hold/1"] * 2
    assert len(story.ends) == 1
    await assert_nothing_lost(ledger, story.id)


async def test_a_run_whose_api_was_killed_before_temporal_heard_of_it_is_started_once(
    dev: Dev, client: httpx2.AsyncClient, ledger: str
) -> None:
    temporal = dev.groups["temporal"]
    os.kill(temporal, signal.SIGSTOP)
    try:
        story = await begin(client, dev.directory / "files", "unheard")
        await kill(dev, "api")
    finally:
        os.kill(temporal, signal.SIGCONT)
    await story.in_the_middle()
    await story.end_well()
    await assert_nothing_lost(ledger, story.id)
    assert len(story.calls) == 1


@pytest.mark.parametrize("name", ["api", pytest.param("worker", marks=pytest.mark.full)])
async def test_of_runs_that_wait_for_a_slot_no_more_are_open_than_may_be_and_none_is_lost(
    dev: Dev, client: httpx2.AsyncClient, ledger: str, name: str
) -> None:
    slug, most = f"limited-{name}", 2
    await save(client, {**HOLDING, "slug": slug, "concurrency": {"limit": most}})
    stories = [await begin(client, dev.directory / "files", f"{slug}-{n}", slug) for n in range(4)]
    await stories[0].in_the_middle()
    await kill(dev, name)
    for number, story in enumerate(stories):
        await story.in_the_middle(within=HEARTBEAT + 30)
        assert sum(bool(each.calls) for each in stories) <= number + most
        await story.end_well()
        await assert_nothing_lost(ledger, story.id)
    await audited_at(ledger, await connect(Settings(temporal_address=f"127.0.0.1:{dev.ports[1]}")))
