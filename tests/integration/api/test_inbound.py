"""External events over HTTP: recorded before anything else, told to the workflow, told again when that was lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.inbound.service import PAYLOAD_LIMIT
from api.resources import Resources
from api.upkeep.sweeper import sweep_once
from interpreter.shell.wire import (
    LOAD_EVENTS,
    SIGNAL_EVENT,
    TAKE_EVENT,
    TASK_QUEUE,
    WORKFLOW,
    LoadedEvents,
    LoadEvents,
    RunInput,
    TakeEvent,
    TakenEvent,
)
from tests.integration.api.support import problem
from tests.support.inbound import record, services_of, statuses
from tests.support.live import Live
from tests.support.runs import a_run, started
from worker.build import around_nodes

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def address(run_id: UUID | str) -> str:
    return f"/api/v1/workflow_runs/{run_id}/inbound_events"


async def test_an_event_is_recorded_while_temporal_is_away(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    said = {"name": "payment", "key": "order-7", "payload": {"amount": 12}, "id": "evt_1"}
    answer = await client.post(address(run_id), json=said, headers={"Plait-Actor": "ana"})
    event = answer.json()
    assert answer.status_code == 202
    assert {name: event[name] for name in ("name", "key", "sender_id", "status", "size", "path", "reason")} == {
        "name": "payment",
        "key": "order-7",
        "sender_id": "evt_1",
        "status": "recorded",
        "size": 13,
        "path": None,
        "reason": None,
    }
    assert event["by"] == {"type": "user", "id": "ana", "name": "ana"}
    assert (await client.get(address(run_id))).json() == {
        "items": [event],
        "next_cursor": None,
        "total": None,
        "total_is_exact": None,
    }


async def test_a_sender_s_id_again_is_answered_with_the_first_event(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    run_id = await a_run(resources.pool)
    first = await client.post(address(run_id), json={"name": "payment", "id": "evt_1"})
    again = await client.post(address(run_id), json={"name": "payment", "payload": 7, "id": "evt_1"})
    assert (again.status_code, again.json()) == (202, first.json())
    assert await statuses(resources.pool, run_id) == ["recorded"]


async def test_an_event_sent_again_with_its_idempotency_key_is_one(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    run_id = await a_run(resources.pool)
    answers = [
        await client.post(address(run_id), json={"name": "payment"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert await statuses(resources.pool, run_id) == ["recorded"]


async def test_events_are_listed_page_by_page(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    for name in "abcde":
        await record(resources.pool, run_id, name)
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(address(run_id), params={"limit": "2", "total": "true", **cursor})).json()
        names += [event["name"] for event in page["items"]]
        assert page["total"] == 5
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert names == list("edcba")


async def test_an_event_for_an_ended_run_is_a_conflict(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await a_run(resources.pool, status="completed")
    body = problem(await client.post(address(run_id), json={"name": "payment"}), 409, "run_state_conflict")
    assert (body["run_status"], body["allowed_actions"]) == ("completed", ["rerun", "delete"])


async def test_a_run_that_is_full_says_when_to_come_again(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    for _ in range(4):
        await record(resources.pool, run_id, payload="x" * (PAYLOAD_LIMIT - 2))
    sent: dict[str, Any] = {"json": {"name": "payment"}, "headers": {"Idempotency-Key": "k"}}
    refused = await client.post(address(run_id), **sent)
    assert "4 events with 1048576 bytes wait" in problem(refused, 429, "quota_exceeded")["detail"]
    assert refused.headers["retry-after"] == "10"
    await resources.pool.execute("update inbound_events set status = 'consumed' where run_id = $1", run_id)
    assert (await client.post(address(run_id), **sent)).status_code == 202


async def test_a_payload_that_cannot_be_kept_is_refused(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    large = await client.post(address(run_id), json={"name": "payment", "payload": "x" * PAYLOAD_LIMIT})
    assert problem(large, 413, "too_large")["limit_bytes"] == PAYLOAD_LIMIT
    huge = await client.post(address(run_id), content=b'{"name": "payment", "payload": ' + b"9" * 30 + b"}",
                             headers={"content-type": "application/json"})  # fmt: skip
    problem(huge, 422, "request_invalid")
    assert await statuses(resources.pool, run_id) == []


@pytest.mark.parametrize("said", [{}, {"name": ""}, {"name": 7}, {"name": "x", "key": 7}, {"name": "x", "kee": "y"}])
async def test_an_event_without_a_name_or_with_fields_that_nobody_knows_is_refused(
    client: httpx2.AsyncClient, resources: Resources, said: dict[str, Any]
) -> None:
    problem(await client.post(address(await a_run(resources.pool)), json=said), 422, "request_invalid")


async def test_an_unknown_run_has_no_events(client: httpx2.AsyncClient) -> None:
    problem(await client.post(address(UNKNOWN), json={"name": "payment"}), 404, "not_found")
    problem(await client.get(address(UNKNOWN)), 404, "not_found")


async def test_a_file_that_a_payload_names_stays_with_the_run(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await a_run(resources.pool)
    file = (await client.post("/api/v1/files", content=b"abc", headers={"content-type": "text/csv"})).json()
    sent = await client.post(address(run_id), json={"name": "scan", "payload": [{"$file": file["id"]}]})
    assert sent.status_code == 202
    referred = await resources.pool.fetchval("select payload_id from payload_refs where run_id = $1", run_id)
    assert str(referred) == file["id"]


@workflow.defn(name=WORKFLOW)
class Taker:
    """Gives the first event that it hears of to the node `a`."""

    def __init__(self) -> None:
        self._told: list[str] = []

    @workflow.run
    async def run(self, run: RunInput) -> bool:
        await workflow.wait_condition(lambda: bool(self._told))
        loaded = await workflow.execute_local_activity(
            LOAD_EVENTS,
            LoadEvents(run.run_id, run.project, self._told),
            result_type=LoadedEvents,
            schedule_to_close_timeout=timedelta(seconds=10),
        )
        taken = await workflow.execute_local_activity(
            TAKE_EVENT,
            TakeEvent(run.run_id, run.project, run.hash, "a", "a", 1, loaded.events[0].id, run.started_at),
            result_type=TakenEvent,
            schedule_to_close_timeout=timedelta(seconds=10),
        )
        return taken.result is not None

    @workflow.signal(name=SIGNAL_EVENT)
    def hear(self, events: list[str]) -> None:
        self._told.extend(events)


@pytest.fixture
async def taking(idle: Live) -> AsyncIterator[Live]:
    """Runs that wait for an event and nothing else."""
    resources = idle.resources
    await idle.save("paid", [{"id": "a", "type": "event", "with": {"name": "payment"}}])
    async with Worker(
        idle.temporal,
        task_queue=TASK_QUEUE,
        workflows=[Taker],
        activities=around_nodes(services_of(resources.pool, resources.recorder), idle.temporal),
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield idle


async def payload_at(live: Live, run_id: str) -> Any:
    """The payload that the node ended with."""
    async with asyncio.timeout(20):
        while (node := await live.get(f"/workflow_runs/{run_id}/nodes"))["items"][0]["status"] != "completed":
            await asyncio.sleep(0.05)
    return node["items"][0]["output"]


async def test_an_event_reaches_the_workflow_that_waits_for_it(taking: Live) -> None:
    run = await taking.start("paid")
    await taking.client.post(address(run["id"]), json={"name": "payment", "payload": {"amount": 7}})
    assert await payload_at(taking, run["id"]) == {"amount": 7}
    (event,) = (await taking.get(f"/workflow_runs/{run['id']}/inbound_events"))["items"]
    assert (event["status"], event["path"]) == ("consumed", "a")


async def test_an_event_whose_signal_was_lost_is_told_again(taking: Live) -> None:
    """As when the API is killed between the row's commit and Temporal's answer."""
    resources = taking.resources
    run = await taking.start("paid")
    await resources.recorder.put(started(UUID(run["id"]), "a"))
    await record(resources.pool, UUID(run["id"]), payload={"amount": 7})
    await resources.pool.execute("update inbound_events set delivered_at = now() - interval '4 seconds'")
    await asyncio.gather(*(sweep_once(resources) for _ in range(3)))
    assert await payload_at(taking, run["id"]) == {"amount": 7}
