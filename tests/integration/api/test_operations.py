"""Operations: frozen items, settled one by one, by whoever is there to do it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.operations.work import NotYet, Work
from api.resources import Resources
from api.upkeep.operations import Operator, carry_out, sweep_operations
from plait.auth import local_caller
from plait.clock import new_id, now
from plait.errors import Conflict, Unavailable
from plait.store import operations as store
from plait.store.operations import Item, NewOperation
from tests.integration.api.support import problem
from tests.support.dying import killed_at

CALLER = local_caller()


async def an_operation(resources: Resources, items: int = 3, per_minute: int | None = None) -> Work:
    """An operation that runs, of so many items."""
    new = NewOperation(
        new_id(),
        CALLER.project,
        "bulk",
        "cancel runs",
        {},
        CALLER.actor.json(),
        sorted(CALLER.scopes),
        now(),
        per_minute,
    )
    async with resources.pool.acquire() as db, db.transaction():
        await store.insert_operation(db, new, [{"run_id": str(UUID(int=n))} for n in range(items)])
    return Work(new.id, {}, CALLER)


class Doing:
    """Does items, and remembers which; some of them go wrong the first time."""

    def __init__(self, wrong: Mapping[int, BaseException] = {}) -> None:
        self.done: list[int] = []
        self.keys: list[UUID] = []
        self.wrong = dict(wrong)

    async def __call__(self, _held: Resources, _work: Work, item: Item) -> Any:
        if (error := self.wrong.pop(item.n, None)) is not None:
            raise error
        self.done.append(item.n)
        self.keys.append(item.key)
        return {"did": item.n}


async def read(client: httpx2.AsyncClient, work: Work) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/operations/{work.id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_item_is_done_once_in_its_order(client: httpx2.AsyncClient, resources: Resources) -> None:
    work, doing = await an_operation(resources), Doing()
    await carry_out(resources, work, doing)
    assert doing.done == [1, 2, 3]
    found = await read(client, work)
    assert (found["status"], found["done"], found["total"], found["failed"]) == ("completed", 3, 3, [])


async def test_an_item_that_fails_stops_no_other_and_says_why(client: httpx2.AsyncClient, resources: Resources) -> None:
    work = await an_operation(resources)
    await carry_out(resources, work, Doing({2: Conflict("It is over."), 3: RuntimeError("a secret")}))
    found = await read(client, work)
    assert (found["status"], found["done"], found["failed_total"]) == ("completed", 3, 2)
    assert [(each["n"], each["code"]) for each in found["failed"]] == [(2, "run_state_conflict"), (3, "internal")]
    assert found["failed"][0]["message"] == "It is over."
    assert "secret" not in str(found)


async def test_the_items_and_their_results_are_listed(client: httpx2.AsyncClient, resources: Resources) -> None:
    work = await an_operation(resources)
    await carry_out(resources, work, Doing({2: Conflict("It is over.")}))
    first = (await client.get(f"/api/v1/operations/{work.id}/items", params={"limit": 2})).json()
    assert [(each["n"], each["status"], each["result"]) for each in first["items"]] == [
        (1, "done", {"did": 1}),
        (2, "failed", None),
    ]
    rest = await client.get(f"/api/v1/operations/{work.id}/items", params={"limit": 2, "cursor": first["next_cursor"]})
    assert [each["n"] for each in rest.json()["items"]] == [3]
    failed = await client.get(f"/api/v1/operations/{work.id}/items", params={"status": "failed"})
    assert [each["n"] for each in failed.json()["items"]] == [2]


@pytest.mark.parametrize("broken", [1, 2, 3])
async def test_whoever_goes_on_after_a_kill_goes_on_with_the_item_that_was_under_way(
    resources: Resources, client: httpx2.AsyncClient, broken: int
) -> None:
    work, doing = await an_operation(resources), Doing({broken: asyncio.CancelledError()})
    with pytest.raises(asyncio.CancelledError):
        await carry_out(resources, work, doing)
    assert (await read(client, work))["done"] == broken - 1
    await carry_out(resources, work, doing)
    assert doing.done == [1, 2, 3]
    assert (await read(client, work))["status"] == "completed"


async def test_so_many_items_are_done_side_by_side_and_each_once(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    work, doing, three = replace(await an_operation(resources, 6), at_once=3), Doing(), asyncio.Barrier(3)

    async def meet(held: Resources, work: Work, item: Item) -> Any:
        await three.wait()
        return await doing(held, work, item)

    async with asyncio.timeout(10):
        await carry_out(resources, work, meet)
    assert sorted(doing.done) == [1, 2, 3, 4, 5, 6]
    assert (await read(client, work))["status"] == "completed"


async def test_an_item_that_is_done_again_has_the_same_key(resources: Resources) -> None:
    work, doing = await an_operation(resources, 1), Doing()
    item = await store.next_item(resources.pool, work.id)
    assert item is not None
    await doing(resources, work, item)
    await carry_out(resources, work, doing)
    assert doing.keys[0] == doing.keys[1]


async def test_settling_an_item_twice_counts_once(client: httpx2.AsyncClient, resources: Resources) -> None:
    work = await an_operation(resources)
    item = await store.next_item(resources.pool, work.id)
    assert item is not None
    for _ in range(2):
        await store.settle_item(resources.pool, item, now(), None, None)
    assert (await read(client, work))["done"] == 1


async def test_an_operation_waits_while_a_server_is_away(client: httpx2.AsyncClient, resources: Resources) -> None:
    work, doing = await an_operation(resources), Doing({2: Unavailable("Temporal does not answer.")})
    with pytest.raises(Unavailable):
        await carry_out(resources, work, doing)
    found = await read(client, work)
    assert (found["status"], found["done"], found["failed"]) == ("running", 1, [])


async def test_an_item_that_is_not_ready_is_tried_again(resources: Resources) -> None:
    work, doing = await an_operation(resources, 2), Doing({1: NotYet()})
    await carry_out(resources, work, doing)
    assert doing.done == [1, 2]


async def test_nothing_is_done_after_a_cancel(client: httpx2.AsyncClient, resources: Resources) -> None:
    work, done = await an_operation(resources), Doing()

    async def cancel_second(held: Resources, work: Work, item: Item) -> Any:
        if item.n == 2:
            answer = await client.post(f"/api/v1/operations/{work.id}/cancel")
            assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
        return await done(held, work, item)

    await carry_out(resources, work, cancel_second)
    assert done.done == [1, 2]
    found = await read(client, work)
    assert (found["status"], found["done"]) == ("cancelled", 2)
    assert (await client.post(f"/api/v1/operations/{work.id}/cancel")).status_code == 200


async def test_a_completed_operation_cannot_be_cancelled(client: httpx2.AsyncClient, resources: Resources) -> None:
    work = await an_operation(resources)
    await carry_out(resources, work, Doing())
    problem(await client.post(f"/api/v1/operations/{work.id}/cancel"), 409, "operation_ended")


async def test_a_throttled_operation_takes_its_time(resources: Resources) -> None:
    work, doing = await an_operation(resources, 3, per_minute=300), Doing()
    began = now()
    await carry_out(resources, work, doing)
    assert now() - began >= timedelta(seconds=0.4)


async def test_operations_are_listed_by_kind_and_status(client: httpx2.AsyncClient, resources: Resources) -> None:
    first, second = await an_operation(resources), await an_operation(resources)
    await carry_out(resources, first, Doing())
    page = (await client.get("/api/v1/operations", params={"limit": 1, "total": True})).json()
    assert ([each["id"] for each in page["items"]], page["total"]) == ([str(second.id)], 2)
    page = (await client.get("/api/v1/operations", params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert [each["id"] for each in page["items"]] == [str(first.id)]
    running = (await client.get("/api/v1/operations", params={"status": "running", "kind": "bulk"})).json()
    assert [each["id"] for each in running["items"]] == [str(second.id)]
    problem(await client.get("/api/v1/operations", params={"status": "gone"}), 422, "request_invalid")


async def test_another_project_s_operation_is_not_there(client: httpx2.AsyncClient, resources: Resources) -> None:
    work = await an_operation(resources)
    await resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    await resources.pool.execute("update operations set project = 'other'")
    for method, address in (("GET", ""), ("GET", "/items"), ("POST", "/cancel")):
        problem(await client.request(method, f"/api/v1/operations/{work.id}{address}"), 404, "not_found")
    assert (await client.get("/api/v1/operations")).json()["items"] == []


async def test_what_ended_long_ago_is_forgotten(resources: Resources) -> None:
    old, new = await an_operation(resources), await an_operation(resources)
    for work in (old, new):
        await carry_out(resources, work, Doing())
    await resources.pool.execute(
        "update operations set ended_at = $2 where id = $1", old.id, now() - timedelta(days=91)
    )
    await sweep_operations(resources)
    assert [row["id"] for row in await resources.pool.fetch("select id from operations")] == [new.id]
    assert await resources.pool.fetchval("select count(*) from operation_items") == 3


async def test_an_operator_takes_up_what_runs(resources: Resources) -> None:
    work, doing = await an_operation(resources), Doing()
    operator = Operator(resources, {"bulk": doing})
    await operator.look()
    await operator.look()
    async with asyncio.timeout(5):
        while await resources.pool.fetchval("select status from operations where id = $1", work.id) != "completed":
            await asyncio.sleep(0.01)
    await operator.close()
    assert doing.done == [1, 2, 3]


async def test_an_operation_that_is_killed_at_any_moment_does_each_item_once(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    """The effect of an item is a row that takes its id from the item's key."""

    async def make(held: Resources, _work: Work, item: Item) -> Any:
        statement = "insert into cursors (name, value) values ($1, '1') on conflict do nothing"
        await held.pool.execute(statement, str(item.key))
        return None

    for step in range(0, 200, 3):
        work = await an_operation(resources, 2)
        over = await killed_at(step, carry_out(resources, work, make))
        await carry_out(resources, work, make)
        found = await read(client, work)
        assert (found["status"], found["done"], found["failed"]) == ("completed", 2, []), step
        assert await resources.pool.fetchval("delete from cursors returning (select count(*) from cursors)") == 2
        if over:
            return
    pytest.fail("it never came to its end")
