"""One action on many runs: seen first, then done to exactly those that were seen."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.bulk import service
from api.bulk.actions import Action
from api.bulk.schemas import BulkOrder
from api.bulk.service import Bulk
from api.http.errors import Refusal
from api.operations.kinds import KINDS
from api.operations.work import Work
from api.resources import Resources
from api.runs.filters import RunFilters
from api.upkeep.operations import carry_out
from plait.auth import ALL_SCOPES, Scope, local_caller
from plait.clock import new_id
from plait.store import operations
from tests.integration.api.support import a_document, problem, save
from tests.support.runs import a_run

BULK = "/api/v1/workflow_runs/bulk"


async def runs_of(client: httpx2.AsyncClient, slug: str, count: int, **body: Any) -> list[str]:
    """Runs that wait to be started."""
    started = [
        await client.post(f"/api/v1/workflows/{slug}/run", json={"input": {"name": "Ana"}, "start": "later", **body})
        for _ in range(count)
    ]
    return [answer.json()["id"] for answer in started]


async def preview(client: httpx2.AsyncClient, action: str, query: str = "", **body: Any) -> dict[str, Any]:
    answer = await client.post(f"{BULK}?{query}", json={"action": action, "dry_run": True, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def carry(resources: Resources, operation_id: str) -> None:
    """Have the operation carried out now."""
    row = await operations.read_operation(resources.pool, "default", UUID(operation_id))
    assert row is not None
    await carry_out(resources, Work.of(row, open_mode=True), KINDS[row["kind"]])


async def statuses(client: httpx2.AsyncClient, runs: list[str]) -> list[str]:
    return [(await client.get(f"/api/v1/workflow_runs/{each}")).json()["status"] for each in runs]


async def test_what_was_previewed_is_done_and_nothing_that_came_after(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await save(client)
    seen = await runs_of(client, "greeting", 2, tags=["wrong"])
    other = await runs_of(client, "greeting", 1)
    shown = await preview(client, "cancel", "tag=wrong", reason="all wrong")
    assert (shown["count"], [each["id"] for each in shown["sample"]]) == (2, seen)
    late = await runs_of(client, "greeting", 1, tags=["wrong"])
    assert await statuses(client, seen) == ["pending"] * 2

    body = {"action": "cancel", "reason": "all wrong", "confirm": shown["confirm"]}
    answer = await client.post(f"{BULK}?tag=wrong", json=body)
    assert (answer.status_code, answer.json()["status"]) == (202, "running"), answer.text
    assert (await client.post(f"{BULK}?tag=wrong", json=body)).status_code == 200
    await carry(resources, answer.json()["id"])
    assert await statuses(client, seen) == ["cancelled"] * 2
    assert await statuses(client, other + late) == ["pending"] * 2


async def test_a_preview_is_no_operation_and_does_nothing(client: httpx2.AsyncClient) -> None:
    await save(client)
    runs = await runs_of(client, "greeting", 1)
    shown = await preview(client, "cancel", "workflow=greeting")
    problem(await client.get(f"/api/v1/operations/{shown['confirm']}"), 404, "not_found")
    assert (await client.get("/api/v1/operations")).json()["items"] == []
    assert await statuses(client, runs) == ["pending"]


async def test_a_filter_takes_the_runs_that_the_action_applies_to(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    live, ended = await a_run(resources.pool), await a_run(resources.pool, status="failed")
    assert [each["id"] for each in (await preview(client, "cancel", "environment=*"))["sample"]] == [str(live)]
    assert [each["id"] for each in (await preview(client, "delete", "environment=*"))["sample"]] == [str(ended)]


async def test_ids_are_taken_at_their_word_and_what_cannot_be_done_is_told(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    ended, unknown = await a_run(resources.pool, status="completed"), new_id()
    ids = [str(ended), str(unknown), str(ended)]
    shown = await preview(client, "cancel", ids=ids)
    assert (shown["count"], len(shown["sample"])) == (2, 1)
    answer = await client.post(BULK, json={"action": "cancel", "ids": ids, "confirm": shown["confirm"]})
    await carry(resources, answer.json()["id"])
    found = (await client.get(f"/api/v1/operations/{answer.json()['id']}")).json()
    assert [(each["subject"]["run_id"], each["code"]) for each in found["failed"]] == [
        (str(ended), "run_state_conflict"),
        (str(unknown), "not_found"),
    ]


async def test_ended_runs_are_deleted_and_deleting_again_is_no_failure(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    runs = [await a_run(resources.pool, status="failed") for _ in range(2)]
    shown = await preview(client, "delete", "status=failed")
    answer = await client.post(f"{BULK}?status=failed", json={"action": "delete", "confirm": shown["confirm"]})
    await resources.pool.execute("delete from workflow_runs where id = $1", runs[0])
    await carry(resources, answer.json()["id"])
    assert await resources.pool.fetchval("select count(*) from workflow_runs") == 0
    assert (await client.get(f"/api/v1/operations/{answer.json()['id']}")).json()["failed"] == []


async def test_a_mistyped_filter_is_refused(client: httpx2.AsyncClient) -> None:
    problem(
        await client.post(f"{BULK}?statsu=failed", json={"action": "delete", "dry_run": True}), 400, "unknown_parameter"
    )
    problem(await client.post(f"{BULK}?limit=5", json={"action": "delete", "dry_run": True}), 400, "unknown_parameter")


async def test_without_ids_and_filters_nothing_is_meant(client: httpx2.AsyncClient) -> None:
    problem(await client.post(BULK, json={"action": "delete", "dry_run": True}), 422, "request_invalid")


async def test_ids_and_filters_do_not_go_together(client: httpx2.AsyncClient) -> None:
    body = {"action": "cancel", "dry_run": True, "ids": [str(new_id())]}
    problem(await client.post(f"{BULK}?tag=a", json=body), 422, "request_invalid")


async def test_nothing_is_done_without_the_word_of_its_preview(client: httpx2.AsyncClient) -> None:
    await save(client)
    await runs_of(client, "greeting", 1)
    refused = problem(await client.post(f"{BULK}?workflow=greeting", json={"action": "cancel"}), 422, "request_invalid")
    assert refused["errors"][0]["pointer"] == "/confirm"
    body = {"action": "cancel", "confirm": str(new_id())}
    problem(await client.post(f"{BULK}?workflow=greeting", json=body), 422, "request_invalid")
    shown = await preview(client, "cancel", "workflow=greeting")
    other = {"action": "delete", "confirm": shown["confirm"]}
    problem(await client.post(f"{BULK}?workflow=greeting", json=other), 409, "preview_changed")
    other = {"action": "cancel", "confirm": shown["confirm"]}
    problem(await client.post(f"{BULK}?environment=*", json=other), 409, "preview_changed")


@pytest.mark.parametrize(
    ("action", "scope"), [("cancel", "runs:control"), ("delete", "runs:delete"), ("retry_held", "runs:override")]
)
async def test_each_action_needs_its_own_permission(resources: Resources, action: Action, scope: Scope) -> None:
    caller = replace(local_caller(), scopes=ALL_SCOPES - {scope})
    bulk = Bulk(BulkOrder(action=action, ids=[new_id()], confirm=new_id()), RunFilters(), {}, caller)
    for ask in (service.preview, service.confirm):
        with pytest.raises(Refusal) as refused:
            await ask(resources, bulk)
        assert (refused.value.code, refused.value.facts) == ("forbidden", {"required_scope": scope})


async def test_many_runs_are_rerun_once_each_however_often_that_is_begun(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await save(client)
    runs = await runs_of(client, "greeting", 2)
    for run in runs:
        await client.post(f"/api/v1/workflow_runs/{run}/cancel")
    await save_again(client)
    shown = await preview(client, "rerun", "workflow=greeting", **{"from": "start", "version": 2})
    body = {"action": "rerun", "from": "start", "version": 2, "confirm": shown["confirm"]}
    operation = (await client.post(f"{BULK}?workflow=greeting", json=body)).json()["id"]
    await carry(resources, operation)
    await resources.pool.execute("update operation_items set status = 'waiting'")
    await resources.pool.execute("update operations set status = 'running'")
    await carry(resources, operation)
    items = (await client.get(f"/api/v1/operations/{operation}/items")).json()["items"]
    begun = [each["result"]["run_id"] for each in items]
    assert await resources.pool.fetchval("select count(*) from workflow_runs") == 4
    for source, run in zip(runs, begun, strict=True):
        found = (await client.get(f"/api/v1/workflow_runs/{run}")).json()
        assert (found["origin"]["run_id"], found["workflow"]["version"]) == (source, 2)


async def save_again(client: httpx2.AsyncClient) -> None:
    """A second version."""
    answer = await client.put(
        "/api/v1/workflows/greeting", json=a_document(description="again"), headers={"If-Match": "*"}
    )
    assert answer.json()["version"] == 2


async def test_only_a_rerun_has_a_place_to_begin(client: httpx2.AsyncClient) -> None:
    body = {"action": "cancel", "from": "start", "ids": [str(new_id())], "dry_run": True}
    problem(await client.post(BULK, json=body), 422, "request_invalid")


async def test_without_an_archive_nothing_is_archived(client: httpx2.AsyncClient) -> None:
    for action in ("archive", "restore"):
        body = {"action": action, "ids": [str(new_id())], "dry_run": True}
        assert "PLAIT_ARCHIVE" in problem(await client.post(BULK, json=body), 422, "request_invalid")["detail"]
    assert (await client.get("/api/v1/retention")).json()["archive"] is None
