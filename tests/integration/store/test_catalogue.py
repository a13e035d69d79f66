"""What workers offer, as the API reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from activities.catalogue import NODE_TYPES
from interpreter.catalogue import CORE, Tool
from plait.store.catalogue import (
    GONE_AFTER,
    Running,
    Worker,
    forget,
    publish,
    read_catalogue,
    read_running,
    read_workers,
)
from plait.store.pool import Pool

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_worker(name: str = "w1", started_at: datetime = NOON) -> Worker:
    return Worker(name, started_at, {"version": "1"})


def a_tool(name: str = "send", **said: Any) -> dict[str, Tool]:
    return {name: Tool(name=name, **said)}


async def test_without_any_worker_only_the_language_itself_is_known(pool: Pool) -> None:
    catalogue = await read_catalogue(pool)
    assert dict(catalogue.node_types) == CORE
    assert catalogue.tools == {}


async def test_what_a_worker_publishes_is_read_as_it_was(pool: Pool) -> None:
    tool = Tool(name="send", parameters={"type": "object", "required": ["to"]}, idempotent=True, bound=1.0)
    await publish(pool, a_worker(), NODE_TYPES, {"send": tool}, now=NOON)
    catalogue = await read_catalogue(pool)
    assert catalogue.tools == {"send": tool}
    assert catalogue.node_types == dict(NODE_TYPES)


async def test_a_tool_is_running_while_its_worker_gives_signs_of_life(pool: Pool) -> None:
    await publish(pool, a_worker(), {}, a_tool(), now=NOON)
    assert await read_running(pool, now=NOON + GONE_AFTER - SECOND) == Running(frozenset({"send"}), frozenset())
    assert await read_running(pool, now=NOON + GONE_AFTER) == Running(frozenset(), frozenset())


async def test_a_tool_whose_worker_went_is_still_known(pool: Pool) -> None:
    await publish(pool, a_worker(), {}, a_tool(), now=NOON)
    await forget(pool, a_worker())
    assert "send" in (await read_catalogue(pool)).tools


async def test_while_two_workers_differ_the_one_that_started_last_is_right(pool: Pool) -> None:
    old, new = a_worker("old", NOON), a_worker("new", NOON + SECOND)
    for at in range(3):
        await publish(pool, new, {}, a_tool(description="new"), now=NOON + at * SECOND)
        await publish(pool, old, {}, a_tool(description="old"), now=NOON + at * SECOND)
    assert (await read_catalogue(pool)).tools["send"].description == "new"


async def test_once_the_newer_worker_is_gone_the_older_one_is_right(pool: Pool) -> None:
    await publish(pool, a_worker("new", NOON + SECOND), {}, a_tool(description="new"), now=NOON)
    await publish(pool, a_worker("old", NOON), {}, a_tool(description="old"), now=NOON + GONE_AFTER + SECOND)
    assert (await read_catalogue(pool)).tools["send"].description == "old"


async def test_live_workers_are_listed(pool: Pool) -> None:
    await publish(pool, a_worker("w1"), {}, {}, now=NOON)
    await publish(pool, a_worker("w2"), {}, {}, now=NOON + GONE_AFTER)
    assert [worker.id for worker in await read_workers(pool, now=NOON + GONE_AFTER)] == ["w2"]


async def test_a_worker_that_never_said_goodbye_is_forgotten_after_a_day(pool: Pool) -> None:
    await publish(pool, a_worker("lost"), {}, {}, now=NOON)
    await publish(pool, a_worker("w2"), {}, {}, now=NOON + timedelta(days=2))
    assert await pool.fetchval("select count(*) from workers") == 1
