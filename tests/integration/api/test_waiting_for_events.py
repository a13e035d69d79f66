"""Runs that wait for external events, from the request that sends one to the node that has it."""

import asyncio
from typing import Any

from tests.integration.api.test_running import work
from tests.support.live import Live

AMOUNT = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}}
PAID: dict[str, Any] = {"id": "paid", "type": "event", "with": {"name": "payment"}, "output_schema": AMOUNT}
SHIP = work("ship", "{{ nodes.paid.output.amount }}")
PAID_TO_SHIP = [{"from": "paid", "to": "ship"}]


async def send(live: Live, run: dict[str, Any], name: str = "payment", **said: Any) -> dict[str, Any]:
    answer = await live.client.post(f"/api/v1/workflow_runs/{run['id']}/inbound_events", json={"name": name, **said})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def become(live: Live, run: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What became of the run's events, in the order in which they came."""
    events = (await live.get(f"/workflow_runs/{run['id']}/inbound_events"))["items"]
    return [(event["status"], event["path"]) for event in reversed(events)]


async def test_a_run_that_waits_goes_on_with_the_payload(live: Live) -> None:
    await live.save("order", [PAID, SHIP], PAID_TO_SHIP)
    run = await live.start("order", wait=20, until="blocked")
    assert run["waiting_for"][0]["kind"] == "inbound_event"
    assert run["message"].startswith("Waiting for an event at paid since ")
    await send(live, run, "refund", payload={"amount": 1})
    await send(live, run, payload={"amount": "twelve"})
    await send(live, run, payload={"amount": 12}, id="evt_1")
    assert (await live.until(run["id"], "completed"))["output"] == {"ship": 12}
    assert (await send(live, run, payload={"amount": 13}, id="evt_1"))["status"] == "consumed"
    assert await become(live, run) == [("left", None), ("refused", "paid"), ("consumed", "paid")]


async def test_an_event_that_comes_early_is_kept_for_the_node_that_will_wait(live: Live) -> None:
    first = {"id": "first", "type": "tool_call", "with": {"tool": "sleep", "args": {"seconds": 1}}}
    await live.save("early", [first, PAID, SHIP], [{"from": "first", "to": "paid"}, *PAID_TO_SHIP])
    run = await live.start("early")
    await live.until(run["id"], "running")
    await send(live, run, payload={"amount": 12})
    async with asyncio.timeout(10):
        while await become(live, run) == [("recorded", None)]:
            await asyncio.sleep(0.02)
    assert await become(live, run) == [("kept", None)]
    assert (await live.until(run["id"], "completed"))["output"] == {"ship": 12}


async def test_two_nodes_that_wait_for_one_name_have_an_event_each(live: Live) -> None:
    both = [PAID, {**PAID, "id": "paid_too"}]
    await live.save("two", [work("a"), *both], [{"from": "a", "to": node["id"]} for node in both])
    run = await live.start("two", wait=20, until="blocked")
    await asyncio.gather(*(send(live, run, payload={"amount": n}) for n in (1, 2, 3)))
    ended = await live.until(run["id"], "completed")
    statuses = sorted(await become(live, run), key=str)
    assert [status for status, _ in statuses] == ["consumed", "consumed", "left"]
    assert {path for _, path in statuses} == {"paid", "paid_too", None}
    assert len({ended["output"][node]["amount"] for node in ("paid", "paid_too")}) == 2


async def test_an_event_goes_to_the_node_with_its_key(live: Live) -> None:
    keyed = {**PAID, "with": {"name": "payment", "key": "input.order"}}
    await live.save("keyed", [keyed, SHIP], PAID_TO_SHIP)
    for order, key in (("order-7", "order-7"), (7, "7")):
        run = await live.start("keyed", {"input": {"order": order}}, wait=20, until="blocked")
        await send(live, run, key="order-8", payload={"amount": 1})
        await send(live, run, payload={"amount": 2})
        await send(live, run, key=key, payload={"amount": 3})
        assert (await live.until(run["id"], "completed"))["output"] == {"ship": 3}
        assert [status for status, _ in await become(live, run)] == ["left", "left", "consumed"]


async def test_a_key_that_comes_to_null_fails_the_node(live: Live) -> None:
    keyed = {**PAID, "with": {"name": "payment", "key": "input.order"}}
    await live.save("keyless", [keyed, SHIP], PAID_TO_SHIP)
    run = await live.start("keyless", {"input": {"order": None}}, wait=20)
    assert (run["status"], run["error"]["type"], run["error"]["node"]) == ("failed", "ExpressionError", "paid")


async def test_a_wait_without_an_event_ends_in_time(live: Live) -> None:
    edges = [*PAID_TO_SHIP, {"from": "paid", "to": "remind", "on": "timeout"}]
    await live.save("late", [{**PAID, "timeout": 0.3}, SHIP, work("remind", "please")], edges)
    run = await live.start("late", wait=20)
    assert (run["status"], run["output"]) == ("completed", {"remind": "please"})


async def test_a_payload_of_which_a_guard_reads_too_much_fails_the_node(live: Live) -> None:
    cases = {"cases": [{"name": "same", "when": "nodes.paid.output == input"}], "default": "other"}
    nodes = [{**PAID, "output_schema": True}, {"id": "route", "type": "condition", "with": cases}]
    await live.save("wide", [*nodes, work("ship"), work("stop")], [
        {"from": "paid", "to": "route"},
        {"from": "route", "to": "ship", "on": "same"},
        {"from": "route", "to": "stop", "on": "other"},
    ])  # fmt: skip
    run = await live.start("wide", wait=20, until="blocked")
    await send(live, run, payload="x" * 5_000)
    ended = await live.until(run["id"], "failed")
    assert (ended["error"]["type"], ended["error"]["node"]) == ("FactTooLarge", "paid")
    assert await become(live, run) == [("consumed", "paid")]


async def test_a_run_that_is_cancelled_leaves_its_events(live: Live) -> None:
    await live.save("order", [PAID, SHIP], PAID_TO_SHIP)
    run = await live.start("order", wait=20, until="blocked")
    await send(live, run, "refund")
    await live.client.post(f"/api/v1/workflow_runs/{run['id']}/cancel", json={})
    await live.until(run["id"], "cancelled")
    assert await become(live, run) == [("left", None)]


async def test_hundreds_of_events_at_once_are_all_kept_and_each_is_consumed_once(live: Live) -> None:
    await live.save("order", [PAID, SHIP], PAID_TO_SHIP)
    run = await live.start("order", wait=20, until="blocked")
    await asyncio.gather(*(send(live, run, "refund", payload=n) for n in range(300)))
    await send(live, run, payload={"amount": 12})
    assert (await live.until(run["id"], "completed"))["output"] == {"ship": 12}
    counts = await live.resources.pool.fetch("select status, count(*) from inbound_events group by status")
    assert {row["status"]: row["count"] for row in counts} == {"left": 300, "consumed": 1}
