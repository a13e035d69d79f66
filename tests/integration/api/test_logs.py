"""Reading what the functions of nodes wrote."""

from uuid import UUID

import httpx2

from api.resources import Resources
from plait.clock import new_id
from plait.store.changes import Change
from tests.integration.api.support import problem
from tests.support.runs import PROJECT, a_run, an_event, completed

LINES = [("each.1.fetch", "info"), ("each.1.fetch", "error"), ("each.10.fetch", "warning"), ("load", "debug")]


async def a_run_with_lines(resources: Resources) -> UUID:
    """A run whose nodes logged."""
    run = await a_run(resources.pool, status="running")
    for number, (path, level) in enumerate(LINES):
        event = an_event("workflow.node.log", path, number, level=level, message=f"line {number}")
        event.attempt = 1
        await resources.recorder.put(Change(run, PROJECT, events=(event,)))
    await resources.recorder.put(completed(run, "load"))
    return run


async def test_lines_are_found_by_path_and_level(client: httpx2.AsyncClient, resources: Resources) -> None:
    address = f"/api/v1/workflow_runs/{await a_run_with_lines(resources)}/logs"

    async def found(query: str) -> list[str]:
        return [line["message"] for line in (await client.get(f"{address}?{query}")).json()["items"]]

    assert await found("") == ["line 0", "line 1", "line 2", "line 3"]
    assert await found("level=warning") == ["line 1", "line 2"]
    assert await found("path=each.1") == ["line 0", "line 1"]
    assert await found("path=each&level=error") == ["line 1"]
    problem(await client.get(f"{address}?level=loud"), 422, "request_invalid")


async def test_pages_go_on_where_the_last_one_ended(client: httpx2.AsyncClient, resources: Resources) -> None:
    address = f"/api/v1/workflow_runs/{await a_run_with_lines(resources)}/logs"
    first = (await client.get(address, params={"limit": 3})).json()
    second = (await client.get(address, params={"limit": 3, "after": first["next_after"]})).json()
    assert [line["message"] for line in (*first["items"], *second["items"])] == [f"line {n}" for n in range(4)]
    assert (second["ended"], second["next_after"] > second["items"][-1]["seq"]) == (False, True)
    assert second["items"][0].keys() == {"seq", "time", "node", "path", "attempt", "level", "message"}


async def test_logs_of_no_run_are_not_found(client: httpx2.AsyncClient) -> None:
    problem(await client.get(f"/api/v1/workflow_runs/{new_id()}/logs"), 404, "not_found")
