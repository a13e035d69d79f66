"""Events for whoever waits for them, with a worker that runs."""

import asyncio
from typing import Any

from api.inbound.mailbox import sweep_mailbox
from tests.support.live import Live

WAIT = {"id": "paid", "type": "event", "with": {"name": "payment", "key": "{{ input.order }}"}}


async def waiting(live: Live, order: str) -> dict[str, Any]:
    """A run that waits for the payment of an order."""
    run = await live.start("orders", {"input": {"order": order}}, wait=20, until="blocked")
    assert run["waiting_for"][0]["kind"] == "inbound_event", run
    return run


async def send(live: Live, **said: Any) -> dict[str, Any]:
    answer = await live.client.post("/api/v1/inbound_events", json={"name": "payment", **said})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_an_event_goes_to_every_run_that_waits_for_its_key(live: Live) -> None:
    await live.save("orders", [WAIT])
    first, second, other = [await waiting(live, order) for order in ("7", "7", "8")]
    sent = await send(live, key="7", payload={"sum": 12}, id="evt_1")
    assert (sent["status"], set(sent["run_ids"])) == ("delivered", {first["id"], second["id"]})
    assert await send(live, key="7", payload={"sum": 12}, id="evt_1") == sent
    for run in (first, second):
        assert (await live.until(run["id"], "completed"))["output"] == {"paid": {"sum": 12}}
    assert (await live.get(f"/workflow_runs/{other['id']}"))["status"] == "running"
    assert (await live.get(f"/workflow_runs/{first['id']}/inbound_events"))["items"][0]["status"] == "consumed"


async def test_an_event_that_nobody_waits_for_goes_to_the_first_run_that_does(live: Live) -> None:
    await live.save("orders", [WAIT])
    large = {"sum": 12, "note": "x" * 20_000}
    sent = await send(live, key="7", payload=large)
    assert (sent["status"], sent["run_ids"]) == ("waiting", [])
    late, later = await waiting(live, "7"), await waiting(live, "7")
    await asyncio.gather(*(sweep_mailbox(live.resources) for _ in range(3)))
    done = await live.until(late["id"], "completed")
    assert done["output"] == {"paid": large}
    assert (await live.get(f"/workflow_runs/{later['id']}"))["status"] == "running"


async def test_an_event_without_a_key_is_for_nodes_without_one(live: Live) -> None:
    await live.save("orders", [WAIT])
    await live.save("any", [WAIT | {"with": {"name": "payment"}}])
    keyed = await waiting(live, "7")
    open_one = await live.start("any", wait=20, until="blocked")
    sent = await send(live)
    assert sent["run_ids"] == [open_one["id"]]
    assert (await live.get(f"/workflow_runs/{keyed['id']}"))["status"] == "running"


async def test_what_waits_too_long_is_forgotten(live: Live) -> None:
    await live.save("orders", [WAIT])
    await send(live, key="7")
    await live.resources.pool.execute("update mailbox_events set until = now() - interval '1 second'")
    run = await waiting(live, "7")
    await sweep_mailbox(live.resources)
    assert (await live.get(f"/workflow_runs/{run['id']}"))["status"] == "running"
