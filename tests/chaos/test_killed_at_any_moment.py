"""What is killed at any of its moments, and then done again by whoever repeats it, has happened once."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, cast
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.deliver import attempting
from activities.runs.schedules import starting_scheduled
from activities.services import Services
from activities.tools.registry import ToolRegistry
from api.runs.schemas import StartRun
from api.runs.start import start_run, wanted_of
from api.upkeep.housekeeping import keeping_house
from interpreter.shell.wire.schedules import StartScheduled
from plait.auth import local_caller
from plait.clock import new_id, now, rfc3339
from plait.egress import open_egress
from plait.endpoints.workflow import DeliveryOrder
from plait.starts import write_run
from plait.starts.admission import let_in
from plait.store.runs import NewRun
from plait.store.schedules import Settings, insert_schedule
from tests.support.audit import audited
from tests.support.dying import killed_at
from tests.support.endpoints import an_ended_run, an_endpoint, deliveries_of, feed_all
from tests.support.http_server import HttpServer
from tests.support.live import Live
from tests.support.runs import PROJECT

NEVER = 10_000
CALLER = local_caller()
PLAIN = [{"id": "a", "type": "transform", "with": {"value": 1}}]
ONE_A_CUSTOMER: dict[str, Any] = {
    "concurrency": {"limit": 1, "key": "input.customer"},
    "input": {"type": "object", "properties": {"customer": {"type": "string"}}},
}
HOURLY = Settings(
    "hourly", {"every": 3600, "offset": 0}, "UTC", None, None, 0, "skip", 60, {}, "dev", None, [], False, None
)


@pytest.fixture
async def services(idle: Live, http_server: HttpServer) -> AsyncIterator[Services]:
    """What activities need that this test calls by itself."""
    held = idle.resources
    async with open_egress(http_server.address) as egress:
        tools = cast("ToolRegistry", None)
        yield Services(held.pool, held.recorder, held.payloads, egress, tools, idle.files_dir)


async def at_each_moment(do: Callable[[int], Coroutine[Any, Any, Any]], check: Callable[[int], Awaitable[None]]) -> int:
    """Kill `do` at its first moment, then at its second, until it comes to its end; how often that was."""
    for step in itertools.count():
        over = await killed_at(step, do(step))
        await check(step)
        if over:
            return step
    raise AssertionError("endless")


async def all_completed(live: Live, count: int) -> None:
    """So many runs there are, all of which come to their end by what the processes do by themselves."""
    pool = live.resources.pool
    async with live.working(), keeping_house(live.resources), asyncio.timeout(40):
        while await pool.fetchval("select count(*) from workflow_runs where status = 'completed'") < count:
            await asyncio.sleep(0.1)
    assert await pool.fetchval("select count(*) from workflow_runs") == count
    await audited(live)


async def test_a_start_that_is_killed_is_one_run_once_it_is_sent_again(idle: Live) -> None:
    await idle.save("plain", PLAIN, **ONE_A_CUSTOMER)

    async def start(step: int) -> Any:
        order = StartRun.model_validate({"input": {"customer": f"customer-{step}"}})
        return await start_run(idle.resources, "plain", order, CALLER, f"key-{step}")

    async def check(step: int) -> None:
        again = await start(step)
        assert (await start(step)).run_id == again.run_id

    await all_completed(idle, await at_each_moment(start, check) + 1)


async def test_letting_in_that_is_killed_opens_no_more_than_the_limit_and_leaves_nobody_out(idle: Live) -> None:
    await idle.save("plain", PLAIN, **ONE_A_CUSTOMER)
    held = idle.resources

    async def written(step: int) -> str:
        order = StartRun.model_validate({"input": {"customer": f"customer-{step}"}})
        run = await write_run(held, wanted_of("plain", order, CALLER, None))
        assert isinstance(run, NewRun)
        assert run.slot is not None
        return run.slot.name

    slots = [await written(step) for step in range(30)]
    assert [await written(step) for step in range(30)] == slots

    async def enter(step: int) -> None:
        await let_in(held.pool, idle.temporal, slots[step], open_mode=True)

    async def check(step: int) -> None:
        await enter(step)
        query = "select count(*) from workflow_runs where slot = $1 and slot_at is not null"
        assert await held.pool.fetchval(query, slots[step]) == 1

    assert await at_each_moment(enter, check) < len(slots)
    await all_completed(idle, 2 * len(slots))


async def test_a_scheduled_start_that_is_killed_is_one_run_for_its_time(idle: Live, services: Services) -> None:
    await idle.save("plain", PLAIN)
    pool, schedule, times = idle.resources.pool, new_id(), [rfc3339(now()) for _ in range(100)]
    workflow = await pool.fetchval("select id from workflows")
    await insert_schedule(pool, schedule, PROJECT, workflow, HOURLY, CALLER.actor.json(), now())

    async def start(step: int) -> Any:
        wanted = StartScheduled(str(schedule), PROJECT, times[step], f"schedule:{schedule}-{step}", open_mode=True)
        return await starting_scheduled(services, idle.temporal)(wanted)

    async def check(step: int) -> None:
        again = await start(step)
        assert (again.run_id, again.refusal) == ((await start(step)).run_id, None)

    await all_completed(idle, await at_each_moment(start, check) + 1)


async def test_a_delivery_that_is_killed_is_told_again_under_the_same_id_until_it_is_written_down(
    idle: Live, services: Services, http_server: HttpServer
) -> None:
    pool = idle.resources.pool
    endpoint = await an_endpoint(pool, f"{http_server.url}/echo")
    deliveries: list[UUID] = []

    async def told(kill_at: int) -> bool:
        attempt = attempting(services)(DeliveryOrder(PROJECT, str(deliveries[-1])))
        return await ActivityEnvironment().run(killed_at, kill_at, cast("Coroutine[Any, Any, str]", attempt))

    for step in itertools.count():
        await an_ended_run(pool, idle.resources.recorder)
        await feed_all(pool)
        deliveries.append((await deliveries_of(pool, endpoint))[-1]["id"])
        over = await told(step)
        assert [await told(NEVER), await told(NEVER)] == [True, True]
        if over:
            break
    ids = [seen.headers["webhook-id"] for seen in http_server.seen]
    assert set(ids) == {str(each) for each in deliveries}
    assert max(ids.count(each) for each in ids) == 2
    assert {row["status"] for row in await deliveries_of(pool, endpoint)} == {"delivered"}
