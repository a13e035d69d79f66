"""Deleting a workflow whose runs are many, or still live: an operation sees to it."""

import asyncio
from typing import Any
from uuid import UUID

import httpx2

from api.operations.kinds import KINDS
from api.operations.work import Work
from api.resources import Resources
from api.upkeep.operations import carry_out
from plait.store import operations, workflows
from tests.integration.api.support import a_document, problem, save
from tests.support.runs import NOON

GREETING = "/api/v1/workflows/greeting"


async def start(client: httpx2.AsyncClient) -> str:
    """A run that waits to be started."""
    body = {"input": {"name": "Ana"}, "start": "later"}
    return (await client.post(f"{GREETING}/run", json=body)).json()["id"]


async def delete(client: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await client.delete(f"{GREETING}?cancel_runs=true")
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/operations/{answer.json()['id']}"
    return answer.json()


async def carry(resources: Resources, operation: dict[str, Any]) -> None:
    row = await operations.read_operation(resources.pool, "default", UUID(operation["id"]))
    assert row is not None
    await carry_out(resources, Work.of(row, open_mode=True), KINDS["delete_workflow"])


async def test_a_workflow_goes_with_the_last_of_its_live_runs(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client)
    runs = [await start(client) for _ in range(2)]
    operation = await delete(client)
    assert (operation["title"], operation["total"]) == ("delete workflow greeting", 3)
    problem(await client.get(GREETING), 404, "not_found")
    problem(await client.post("/api/v1/workflows", json=a_document()), 409, "slug_taken")
    await carry(resources, operation)
    assert (await client.get(f"/api/v1/operations/{operation['id']}")).json()["status"] == "completed"
    for run in runs:
        problem(await client.get(f"/api/v1/workflow_runs/{run}"), 404, "not_found")
    await save(client)


async def test_it_waits_for_a_run_that_takes_its_time_to_end(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client)
    run = UUID(await start(client))
    await resources.pool.execute("update workflow_runs set status = 'running' where id = $1", run)
    operation = await delete(client)
    carrying = asyncio.create_task(carry(resources, operation))
    async with asyncio.timeout(10):
        while await resources.pool.fetchval("select requested from workflow_runs where id = $1", run) != "cancel":
            await asyncio.sleep(0.01)
    await workflows.sweep_deleted(resources.pool)
    assert not carrying.done()
    await resources.pool.execute("update workflow_runs set status = 'cancelled' where id = $1", run)
    await asyncio.wait_for(carrying, 10)
    await save(client)


async def test_a_workflow_with_very_many_runs_goes_by_and_by(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client)
    run = UUID(await start(client))
    await resources.pool.execute(
        "insert into workflow_runs (id, project, workflow_id, version, plan_hash, status, origin, started_by,"
        " total_nodes, created_at, last_event_at, completed_at) select gen_random_uuid(), project, workflow_id, version,"
        " plan_hash, 'completed', origin, started_by, 1, $2, $2, $2 from workflow_runs, generate_series(1, $3)"
        " where id = $1",
        run,
        NOON,
        2 * workflows.GO_ALONG,
    )
    await client.post(f"/api/v1/workflow_runs/{run}/cancel")
    answer = await client.delete(GREETING)
    assert answer.status_code == 202
    await carry(resources, answer.json())
    assert await resources.pool.fetchval("select count(*) from workflow_runs") == 0
