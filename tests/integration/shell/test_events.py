"""External events: on record first, then told by signal, taken once by the node that waited longest."""

from typing import Any
from uuid import UUID

from interpreter.shell.wire import SIGNAL_EVENT
from tests.support.bodies import each, work
from tests.support.engine import Engine, Run
from tests.support.histories import replayed
from tests.support.inbound import recorded

PAID: dict[str, Any] = {"type": "event", "with": {"name": "payment"}}


async def send(run: Run, *payloads: Any) -> list[UUID]:
    """Events on record, told of in one signal."""
    events = [await recorded(run.engine.pool, run.id, payload) for payload in payloads]
    await run.handle.signal(SIGNAL_EVENT, [str(event) for event in events])
    return events


async def test_a_node_waits_for_its_event_and_has_the_payload_as_output(engine: Engine) -> None:
    run = await engine.start(
        "paid -> last", nodes={"paid": PAID, "last": work("last", "{{ nodes.paid.output.amount }}")}
    )
    await run.until("paid", "waiting")
    await send(run, {"amount": 7})
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"last": 7}
    await replayed(run.handle, "event")


async def test_an_event_that_comes_early_is_kept(engine: Engine) -> None:
    run = await engine.start("pause -> paid", nodes={"paid": PAID, "pause": {"type": "wait", "with": {"for": "500ms"}}})
    await run.until("pause", "waiting")
    await send(run, 1)
    assert await run.ended() == "completed"
    assert (await run.nodes())["paid"]["output"] == 1
    await replayed(run.handle, "event_early")


async def test_an_event_told_of_twice_is_taken_once(engine: Engine) -> None:
    run = await engine.start("first -> second", nodes={"first": PAID, "second": {**PAID, "timeout": "500ms"}})
    await run.until("first", "waiting")
    (event,) = await send(run, 1)
    await run.until("second", "waiting")
    await run.handle.signal(SIGNAL_EVENT, [str(event)])
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "Timeout"
    await replayed(run.handle, "event_twice")


async def test_a_payload_that_does_not_fit_is_refused_and_the_node_waits_on(engine: Engine) -> None:
    run = await engine.start("paid", nodes={"paid": {**PAID, "output_schema": {"type": "integer"}}})
    await run.until("paid", "waiting")
    await send(run, "no number")
    await send(run, 3)
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"paid": 3}
    await replayed(run.handle, "event_refused")


async def test_the_items_of_a_map_each_wait_for_their_own_event(engine: Engine) -> None:
    run = await engine.start("each", nodes={"each": each("input", {"id": "paid", **PAID})}, input=[1, 2])
    for item in (0, 1):
        await run.until(f"each.{item}.paid", "waiting")
    await send(run, "a", "b")
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": ["a", "b"]}
    await replayed(run.handle, "event_items")


async def test_an_event_node_that_loses_a_race_leaves_its_event_to_others(engine: Engine) -> None:
    run = await engine.start(
        "(paid, other) -> won -> later",
        nodes={"paid": PAID, "won": {"join": {"mode": "any", "cancel_rest": True}}, "later": PAID},
    )
    await run.until("later", "waiting")
    await send(run, 5)
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert (nodes["paid"]["why"]["reason"], nodes["later"]["output"]) == ("lost_race", 5)
    await replayed(run.handle, "event_race")


async def test_a_cancel_ends_a_node_that_waits_for_an_event(engine: Engine) -> None:
    run = await engine.start("paid", nodes={"paid": PAID})
    await run.until("paid", "waiting")
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert (await run.statuses())["paid"] == "cancelled"
    await replayed(run.handle, "event_cancel")
