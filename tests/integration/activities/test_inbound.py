"""A node takes an event once: its payload becomes the output, or the event is refused and the node waits on."""

from typing import Any
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.runs.inbound import loading_events, taking_events
from activities.services import Services
from api.upkeep.ending import Ending, ending_of
from interpreter.shell.wire import LoadedEvent, LoadEvents, TakeEvent, TakenEvent
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.inbound import a_waiting_run, record, recorded, services_of, statuses
from tests.support.runs import NOON, PROJECT, completed

AMOUNT = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}}
UNKNOWN = str(UUID(int=7))


@pytest.fixture
def services(pool: Pool, recorder: Recorder) -> Services:
    return services_of(pool, recorder)


def the_take(run: tuple[UUID, str], event: UUID | str, path: str = "paid") -> TakeEvent:
    run_id, plan_hash = run
    return TakeEvent(str(run_id), PROJECT, plan_hash, path, path, 1, str(event), NOON.isoformat())


async def take(services: Services, run: tuple[UUID, str], event: UUID | str, path: str = "paid") -> TakenEvent:
    return await ActivityEnvironment().run(taking_events(services), the_take(run, event, path))


async def node_of(pool: Pool, run_id: UUID, path: str = "paid") -> Any:
    return await pool.fetchrow("select * from node_runs where run_id = $1 and path = $2", run_id, path)


async def log_of(pool: Pool, run_id: UUID) -> list[str]:
    rows = await pool.fetch("select type, path from run_events where run_id = $1 order by seq", run_id)
    return [f"{row['type'].removeprefix('workflow.')} {row['path'] or ''}".strip() for row in rows]


async def test_many_events_load_at_once_in_the_order_in_which_they_came(pool: Pool, services: Services) -> None:
    run_id, _ = await a_waiting_run(pool, services.recorder)
    first, second = await recorded(pool, run_id, {"amount": 7}), await recorded(pool, run_id, name="refund")
    wanted = LoadEvents(str(run_id), PROJECT, [str(second), UNKNOWN, "no id", str(first)])
    for _ in range(2):
        loaded = await ActivityEnvironment().run(loading_events(services), wanted)
        assert loaded.events == [
            LoadedEvent(str(first), "payment", None),
            LoadedEvent(str(second), "refund", None),
        ]
    assert await statuses(pool, run_id) == ["kept", "kept"]


async def test_the_payload_becomes_the_node_s_output(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder, schema=AMOUNT)
    taken = await take(services, run, await recorded(pool, run[0], {"amount": 7}))
    assert taken.result is not None
    assert (taken.result.size, taken.result.outcome, taken.refused) == (len('{"amount":7}'), "success", False)
    assert list(taken.result.facts.values()) == [("value", 7)]
    row = await node_of(pool, run[0])
    assert (row["status"], row["outcome"], row["output"], row["completed_at"]) == (
        "completed",
        "success",
        {"amount": 7},
        NOON,
    )
    assert await statuses(pool, run[0]) == ["consumed"]
    assert await log_of(pool, run[0]) == [
        "run.started",
        "node.waiting paid",
        "node.waiting paid_too",
        "node.completed paid",
    ]


async def test_a_take_whose_answer_was_lost_is_answered_the_same_again(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder)
    event = await recorded(pool, run[0], {"amount": 7})
    first = await take(services, run, event)
    before = await log_of(pool, run[0])
    assert await take(services, run, event) == first
    assert await log_of(pool, run[0]) == before


async def test_an_event_that_another_node_has_is_refused(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder)
    event = await recorded(pool, run[0], {"amount": 7})
    await take(services, run, event)
    assert await take(services, run, event, "paid_too") == TakenEvent(
        refused=True, message="the event was consumed at paid"
    )
    assert (await node_of(pool, run[0], "paid_too"))["status"] == "waiting"


async def test_a_payload_that_breaks_the_schema_is_refused_without_a_word_of_it(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder, schema=AMOUNT)
    event = await recorded(pool, run[0], {"amount": "hush"})
    first = await take(services, run, event)
    assert (first.result, first.refused) == (None, True)
    assert first.message.startswith("the payload does not fit `output_schema`: amount: ")
    row = await pool.fetchrow("select status, path, reason from inbound_events where id = $1", event)
    assert row is not None
    assert (row["status"], row["path"], row["reason"]) == ("refused", "paid", first.message)
    assert "hush" not in first.message
    assert await take(services, run, event) == first
    assert (await node_of(pool, run[0]))["status"] == "waiting"
    assert (await take(services, run, event, "paid_too")).refused
    assert (await take(services, run, await recorded(pool, run[0], {"amount": 7}))).result is not None


async def test_a_schema_that_nothing_fits_refuses_every_event(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder, schema=False)
    taken = await take(services, run, await recorded(pool, run[0], {"amount": 7}))
    assert (taken.refused, await statuses(pool, run[0])) == (True, ["refused"])


@pytest.mark.parametrize("payload", [{"amount": 7}, {"amount": "x"}], ids=["fits", "breaks the schema"])
async def test_a_node_that_ended_first_leaves_the_event_to_others(
    pool: Pool, services: Services, payload: dict[str, Any]
) -> None:
    run = await a_waiting_run(pool, services.recorder, schema=AMOUNT)
    event = await recorded(pool, run[0], payload)
    await services.recorder.put(completed(run[0], "paid", attempt=0, type="event"))
    assert await take(services, run, event) == TakenEvent(message="the node or its run has ended")
    assert await statuses(pool, run[0]) == ["recorded"]
    assert (await take(services, run, event, "paid_too")).result is not None


async def test_a_run_that_ended_first_takes_no_event(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder)
    event = await recorded(pool, run[0], {"amount": 7})
    await services.recorder.put(ending_of(run[0], PROJECT, Ending("terminated", None, ""), NOON))
    assert await take(services, run, event) == TakenEvent(message="the node or its run has ended")
    assert await statuses(pool, run[0]) == ["left"]


@pytest.mark.parametrize("event", [UNKNOWN, "no id"])
async def test_an_event_that_is_not_there_is_refused(pool: Pool, services: Services, event: str) -> None:
    run = await a_waiting_run(pool, services.recorder)
    assert await take(services, run, event) == TakenEvent(refused=True, message="there is no such event")


async def test_an_event_of_another_run_is_not_there(pool: Pool, services: Services) -> None:
    run, other = await a_waiting_run(pool, services.recorder), await a_waiting_run(pool, services.recorder)
    event = await recorded(pool, other[0], {"amount": 7})
    assert (await take(services, run, event)).refused
    assert await statuses(pool, other[0]) == ["recorded"]


async def test_a_guard_that_reads_too_much_of_the_payload_fails_the_node(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder)
    event = await recorded(pool, run[0], {"amount": "x" * 5_000})
    for _ in range(2):
        with pytest.raises(ApplicationError) as raised:
            await take(services, run, event)
        assert (raised.value.type, raised.value.non_retryable) == ("FactTooLarge", True)
    row = await node_of(pool, run[0])
    assert (row["status"], row["error"]["type"], row["has_output"]) == ("failed", "FactTooLarge", False)
    assert await statuses(pool, run[0]) == ["consumed"]


async def test_a_large_payload_becomes_the_output_without_being_copied(pool: Pool, services: Services) -> None:
    run = await a_waiting_run(pool, services.recorder)
    answer = await record(pool, run[0], payload={"amount": 7, "rest": "x" * 20_000})
    assert (await take(services, run, answer.row["id"])).result is not None
    row = await node_of(pool, run[0])
    assert (row["output"], row["output_size"]) == (None, answer.row["payload_size"])
    assert await pool.fetchval("select count(*) from payloads") == 1
