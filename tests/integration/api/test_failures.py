"""Failures by what is the same in them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from api.resources import Resources
from plait.store import failures
from plait.store.changes import Change, NodeRow, RunRow
from tests.integration.api.support import problem
from tests.support.runs import NOON, a_node, a_run

ERRORS = "/api/v1/errors"
LONG_AGO = "2025-01-01T00:00:00Z"


def an_error(message: str, kind: str = "HttpStatus") -> dict[str, Any]:
    return {"type": kind, "category": "external", "message": message, "node": "post"}


async def failed(resources: Resources, message: str, *, minute: int = 0, kind: str = "HttpStatus") -> UUID:
    """A run that failed so, at a minute past noon."""
    run_id = await a_run(resources.pool, status="running")
    row = RunRow("failed", NOON + timedelta(minutes=minute), error=an_error(message, kind))
    await resources.recorder.put(Change(run_id, "default", run=row))
    return run_id


async def held(resources: Resources, message: str) -> UUID:
    """A run with a node that is held for a failure."""
    run_id = await a_run(resources.pool, status="running")
    node: NodeRow = a_node("post", "held", error=an_error(message))
    await resources.recorder.put(Change(run_id, "default", node=node))
    return run_id


async def groups(client: httpx2.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(ERRORS, params={"since": LONG_AGO, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_failures_that_differ_in_numbers_alone_are_one_group(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    for minute, order in enumerate((17, 18)):
        await failed(resources, f"order {order} is late", minute=minute)
    last = await failed(resources, "order 4711 is late", minute=2)
    await failed(resources, "order 17 is gone")
    found = {group["pattern"]: group for group in await groups(client)}
    assert {pattern: group["count"] for pattern, group in found.items()} == {"order # is late": 3, "order # is gone": 1}
    late = found["order # is late"]
    assert (late["first_seen"], late["last_seen"]) == ("2026-01-01T12:00:00.000000Z", "2026-01-01T12:02:00.000000Z")
    assert (late["example_run_id"], late["message"]) == (str(last), "order 4711 is late")
    assert len(late["workflows"]) == 3
    assert late["links"]["retry_held"] is None


async def test_a_held_node_counts_while_it_is_held(client: httpx2.AsyncClient, resources: Resources) -> None:
    await failed(resources, "order 17 is late")
    run_id = await held(resources, "order 18 is late")
    [group] = await groups(client)
    assert (group["failed"], group["held"], group["count"]) == (1, 1, 2)
    assert (
        group["links"]["retry_held"] == f"/api/v1/workflow_runs/bulk?fingerprint={group['fingerprint']}&environment=dev"
    )
    await resources.recorder.put(Change(run_id, "default", node=a_node("post", "completed", output=1)))
    [group] = await groups(client)
    assert (group["failed"], group["held"]) == (1, 0)


async def test_the_links_of_a_group_mean_its_runs(client: httpx2.AsyncClient, resources: Resources) -> None:
    runs = {await failed(resources, "order 17 is late"), await held(resources, "order 18 is late")}
    await failed(resources, "order 17 is gone")
    group = next(each for each in await groups(client) if each["held"])
    listed = (await client.get(group["links"]["runs"])).json()["items"]
    assert {each["id"] for each in listed} == {str(each) for each in runs}
    body = {"action": "retry_held", "dry_run": True}
    assert (await client.post(group["links"]["retry_held"], json=body)).json()["count"] == 1


async def test_groups_are_narrowed_by_workflow_environment_and_time(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    old, new = await failed(resources, "a"), await failed(resources, "b", minute=60)
    await resources.pool.execute("update workflow_runs set environment = 'prod' where id = $1", old)
    slug = await resources.pool.fetchval(
        "select w.slug from workflows w join workflow_runs r on r.workflow_id = w.id where r.id = $1", old
    )
    assert [each["message"] for each in await groups(client)] == ["b"]
    assert [each["message"] for each in await groups(client, environment="*")] == ["b", "a"]
    assert [each["message"] for each in await groups(client, environment="*", workflow=slug)] == ["a"]
    assert [each["message"] for each in await groups(client, since="2026-01-01T12:30:00Z")] == ["b"]
    assert (await client.get(ERRORS)).json()["items"] == []
    problem(await client.get(ERRORS, params={"workflow": "nothing"}), 404, "not_found")
    assert new


async def test_groups_come_in_pages_the_last_seen_first(client: httpx2.AsyncClient, resources: Resources) -> None:
    for minute, kind in enumerate(("A", "B", "C")):
        await failed(resources, "late", minute=minute, kind=kind)
    query: dict[str, Any] = {"since": LONG_AGO, "limit": 2}
    first = (await client.get(ERRORS, params=query)).json()
    assert [each["type"] for each in first["items"]] == ["C", "B"]
    rest = (await client.get(ERRORS, params=query | {"cursor": first["next_cursor"]})).json()
    assert ([each["type"] for each in rest["items"]], rest["next_cursor"]) == (["A"], None)


async def test_runs_are_found_by_the_type_of_their_error(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await failed(resources, "late", kind="TooLate")
    await failed(resources, "late")
    found = (await client.get("/api/v1/workflow_runs", params={"error_type": "TooLate"})).json()["items"]
    assert [each["id"] for each in found] == [str(run_id)]


async def test_another_project_s_failures_are_not_seen(client: httpx2.AsyncClient, resources: Resources) -> None:
    await failed(resources, "late")
    await held(resources, "late")
    await resources.pool.execute("update workflow_runs set project = 'other'")
    await resources.pool.execute("update node_runs set project = 'other'")
    assert await groups(client) == []


async def test_failures_of_before_get_their_fingerprints(client: httpx2.AsyncClient, resources: Resources) -> None:
    await failed(resources, "order 17 is late")
    await held(resources, "order 18 is late")
    before = await groups(client)
    await resources.pool.execute("update workflow_runs set fingerprint = null")
    await resources.pool.execute("update node_runs set fingerprint = null")
    assert await groups(client) == []
    await failures.fill_all(resources.pool)
    assert await groups(client) == before
