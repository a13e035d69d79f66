"""Runs over HTTP while Temporal is away: what is a row first works all the same."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.resources import Resources
from api.runs.read import read_run
from plait.auth import local_caller
from tests.integration.api.support import problem, save

RUN = "/api/v1/workflows/greeting/run"
RUNS = "/api/v1/workflow_runs"
INPUT = {"input": {"name": "Ana"}}


async def start(client: httpx2.AsyncClient, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A run, as its start answers it."""
    answer = await client.post(RUN, json=INPUT if body is None else body)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


@pytest.fixture(autouse=True)
async def greeting(client: httpx2.AsyncClient) -> dict[str, Any]:
    """The workflow that the tests start."""
    return await save(client)


async def test_a_start_is_durable_and_says_where_the_run_is_while_temporal_is_away(client: httpx2.AsyncClient) -> None:
    answer = await client.post(RUN, json=INPUT)
    run = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{RUNS}/{run['id']}"
    assert (run["status"], run["input"], run["last_seq"]) == ("pending", {"name": "Ana"}, 1)
    assert run["workflow"]["version"] == 1
    assert (await client.get(answer.headers["location"])).json()["id"] == run["id"]


async def test_a_run_without_a_worker_says_so(client: httpx2.AsyncClient) -> None:
    run = await start(client)
    assert "no_worker" in run["flags"]
    assert run["waiting_for"][0]["kind"] == "worker"
    assert run["message"] == "Waiting for a worker: none is running."


async def test_an_input_that_breaks_the_schema_starts_nothing(client: httpx2.AsyncClient) -> None:
    body = problem(await client.post(RUN, json={"input": {"name": 7}}), 422, "input_invalid")
    assert body["errors"][0]["path"] == "input.name"
    assert (await client.get(RUNS)).json()["items"] == []


async def test_an_integer_that_no_store_takes_is_an_invalid_input(client: httpx2.AsyncClient) -> None:
    problem(await client.post(RUN, json={"input": {"name": "Ana", "n": 10**30}}), 422, "input_invalid")


async def test_defaults_of_the_schema_are_filled_in(client: httpx2.AsyncClient) -> None:
    schema = {
        "type": "object",
        "properties": {
            "region": {"enum": ["eu", "us"], "default": "eu"},
            "items": {"type": "array", "items": {"type": "object", "properties": {"n": {"default": 1}}}},
        },
    }
    node = {"id": "greet", "type": "transform", "with": {"value": "{{ input.region }}"}}
    await save(client, "defaults", input=schema, nodes=[node])
    answer = await client.post("/api/v1/workflows/defaults/run", json={"input": {"items": [{}, {"n": 2}]}})
    assert answer.json()["input"] == {"region": "eu", "items": [{"n": 1}, {"n": 2}]}


async def test_an_input_over_eight_kib_is_read_back_whole(client: httpx2.AsyncClient) -> None:
    name = "a" * 20_000
    run = await start(client, {"input": {"name": name}})
    assert run["input"] == {"name": name}


async def test_an_input_over_64_kib_is_shown_by_reference(client: httpx2.AsyncClient) -> None:
    run = await start(client, {"input": {"name": "a" * 100_000}})
    assert run["input"] is None
    assert run["input_ref"]["bytes"] > 100_000
    assert (await client.get(run["input_ref"]["url"])).json() == {"name": "a" * 100_000}


async def test_twenty_parallel_starts_with_one_idempotency_key_make_one_run(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post(RUN, json=INPUT, headers={"Idempotency-Key": "once"}) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert len((await client.get(RUNS)).json()["items"]) == 1


async def test_an_idempotency_key_with_another_body_is_refused(client: httpx2.AsyncClient) -> None:
    await client.post(RUN, json=INPUT, headers={"Idempotency-Key": "once"})
    other = {"input": {"name": "Bo"}}
    problem(await client.post(RUN, json=other, headers={"Idempotency-Key": "once"}), 422, "idempotency_key_reused")


async def test_a_second_open_run_with_a_business_key_is_rejected(client: httpx2.AsyncClient) -> None:
    first = await start(client, INPUT | {"key": "order-7"})
    body = problem(await client.post(RUN, json=INPUT | {"key": "order-7"}), 409, "key_conflict")
    assert body["run_id"] == first["id"]


async def test_use_existing_answers_the_open_run_of_the_key(client: httpx2.AsyncClient) -> None:
    first = await start(client, INPUT | {"key": "order-7"})
    answer = await client.post(RUN, json=INPUT | {"key": "order-7", "on_conflict": "use_existing"})
    assert (answer.status_code, answer.json()["id"]) == (200, first["id"])


async def test_replace_cancels_the_open_run_of_the_key(client: httpx2.AsyncClient) -> None:
    first = await start(client, INPUT | {"key": "order-7"})
    second = await start(client, INPUT | {"key": "order-7", "on_conflict": "replace"})
    assert second["id"] != first["id"]
    assert (await client.get(f"{RUNS}/{first['id']}")).json()["status"] == "cancelled"


async def test_a_disabled_workflow_takes_no_starts(client: httpx2.AsyncClient) -> None:
    await client.patch("/api/v1/workflows/greeting", json={"enabled": False}, headers={"If-Match": "*"})
    problem(await client.post(RUN, json=INPUT), 409, "workflow_disabled")


async def test_an_environment_without_a_pointer_is_not_promoted(client: httpx2.AsyncClient) -> None:
    problem(await client.post(RUN, json=INPUT | {"environment": "prod"}), 409, "not_promoted")
    assert (await start(client, INPUT | {"environment": "prod", "version": 1}))["environment"] == "prod"


async def test_a_version_that_does_not_exist_is_not_found(client: httpx2.AsyncClient) -> None:
    problem(await client.post(RUN, json=INPUT | {"version": 9}), 404, "not_found")


async def test_a_pending_run_is_cancelled_in_its_row(client: httpx2.AsyncClient) -> None:
    run = await start(client)
    answer = await client.post(f"{RUNS}/{run['id']}/cancel", json={"reason": "a mistake"})
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert answer.json()["message"] == "Cancelled: a mistake."
    events = (await client.get(f"{RUNS}/{run['id']}/events")).json()
    assert [event["type"] for event in events["items"]] == ["workflow.run.created", "workflow.run.cancelled"]
    assert events["ended"]


async def test_a_cancel_of_what_is_cancelled_answers_200(client: httpx2.AsyncClient) -> None:
    run = await start(client)
    await client.post(f"{RUNS}/{run['id']}/cancel")
    assert (await client.post(f"{RUNS}/{run['id']}/cancel")).status_code == 200


async def test_a_completed_run_cannot_be_cancelled(client: httpx2.AsyncClient, resources: Resources) -> None:
    run = await start(client)
    await resources.pool.execute(
        "update workflow_runs set status = 'completed', started_at = created_at, completed_at = created_at where id = $1",
        UUID(run["id"]),
    )
    body = problem(await client.post(f"{RUNS}/{run['id']}/cancel"), 409, "run_state_conflict")
    assert (body["run_status"], body["allowed_actions"]) == ("completed", ["rerun", "delete"])


async def test_a_run_for_later_starts_when_it_is_asked_to(client: httpx2.AsyncClient) -> None:
    run = await start(client, INPUT | {"start": "later"})
    assert run["allowed_actions"] == ["start", "cancel", "pause", "breakpoints", "terminate"]
    assert run["flags"] == []
    again = f"{RUNS}/{run['id']}/start"
    assert (await client.post(again)).status_code == 202
    assert (await client.post(again)).status_code == 200


async def test_the_list_filters_by_what_runs_are_labelled_with(client: httpx2.AsyncClient) -> None:
    run = await start(client, INPUT | {"tags": ["legal"], "metadata": {"case": "7"}, "key": "k"})
    await start(client)

    async def found(query: str) -> list[str]:
        answer = await client.get(f"{RUNS}?{query}")
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    for query in (
        "tag=legal",
        "metadata.case=7",
        "key=k",
        "q=k",
        f"q={run['id'][:20]}&tag=legal",
        "tag=legal&origin=api",
    ):
        assert await found(query) == [run["id"]], query
    for query in ("tag=none", "flag=stuck", "status=completed", "environment=prod", "version=2", "error_type=X",
                  "waiting_for=gate", "owner=nobody", "created_after=2999-01-01T00:00:00Z", "workflow=other"):  # fmt: skip
        assert await found(query) == [], query
    for query in (
        "workflow=greeting",
        "status=pending&status=running",
        "environment=*",
        "sort=-duration_ms",
        "q=greet",
    ):
        assert len(await found(query)) == 2, query


async def test_a_mistyped_filter_is_refused(client: httpx2.AsyncClient) -> None:
    problem(await client.get(f"{RUNS}?stauts=failed"), 400, "unknown_parameter")


@pytest.mark.parametrize("sort", ["-created_at", "-duration_ms"])
async def test_pages_go_on_where_the_last_one_ended(client: httpx2.AsyncClient, sort: str) -> None:
    made = [(await start(client))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        parameters = {"limit": "2", "sort": sort} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(RUNS, params=parameters)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_a_cursor_of_other_filters_is_refused(client: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await start(client)
    cursor = (await client.get(f"{RUNS}?limit=1")).json()["next_cursor"]
    problem(await client.get(f"{RUNS}?limit=1&tag=x&cursor={cursor}"), 400, "cursor_mismatch")
    problem(await client.get(f"{RUNS}?limit=1&cursor=nonsense"), 400, "invalid_cursor")


async def test_a_total_is_counted_on_demand(client: httpx2.AsyncClient) -> None:
    await start(client)
    page = (await client.get(f"{RUNS}?total=true")).json()
    assert (page["total"], page["total_is_exact"]) == (1, True)


async def test_the_runs_of_an_unknown_workflow_are_not_found(client: httpx2.AsyncClient) -> None:
    assert len((await client.get("/api/v1/workflows/greeting/runs")).json()["items"]) == 0
    problem(await client.get("/api/v1/workflows/nothing/runs"), 404, "not_found")


async def test_a_patch_changes_only_what_it_names(client: httpx2.AsyncClient) -> None:
    run = await start(client, INPUT | {"tags": ["a"], "metadata": {"x": "1", "y": "2"}})
    answer = await client.patch(f"{RUNS}/{run['id']}", json={"metadata": {"x": None, "z": "3"}, "note": "seen"})
    patched = answer.json()
    assert (patched["tags"], patched["metadata"], patched["note"]) == (["a"], {"y": "2", "z": "3"}, "seen")


async def test_only_an_ended_run_is_deleted(client: httpx2.AsyncClient) -> None:
    run = await start(client)
    problem(await client.delete(f"{RUNS}/{run['id']}"), 409, "run_state_conflict")
    await client.post(f"{RUNS}/{run['id']}/cancel")
    assert (await client.delete(f"{RUNS}/{run['id']}")).status_code == 204
    problem(await client.get(f"{RUNS}/{run['id']}"), 404, "not_found")


async def test_nodes_that_a_run_has_not_come_to_are_pending(client: httpx2.AsyncClient) -> None:
    run = await start(client)
    page = (await client.get(f"{RUNS}/{run['id']}/nodes")).json()
    assert [(node["path"], node["status"]) for node in page["items"]] == [("greet", "pending")]
    assert (await client.get(f"{RUNS}/{run['id']}/nodes/greet")).json()["status"] == "pending"
    problem(await client.get(f"{RUNS}/{run['id']}/nodes/nothing"), 404, "not_found")


async def test_the_graph_is_that_of_the_executed_version(client: httpx2.AsyncClient) -> None:
    run = await start(client)
    graph = (await client.get(f"{RUNS}/{run['id']}/graph")).json()
    assert [(node["id"], node["status"]) for node in graph["nodes"]] == [("greet", "pending")]
    assert graph["last_seq"] == 1


async def test_a_wait_that_is_too_short_answers_202(client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"{RUN}?wait=1", json=INPUT)
    assert answer.status_code == 202


async def test_a_long_value_is_shown_by_how_it_begins(client: httpx2.AsyncClient) -> None:
    run = await start(client, {"input": {"name": "é" * 70_000}})
    shown = run["input_ref"]
    assert (run["input"], shown["media_type"]) == (None, "application/json")
    assert shown["preview"].startswith('{"name":"éé')
    assert len(shown["preview"].encode()) <= 200


async def test_the_nodes_are_counted_on_demand(client: httpx2.AsyncClient) -> None:
    run = await start(client)
    counted = (await client.get(f"{run['links']['nodes']}?total=true")).json()
    assert (counted["total"], counted["total_is_exact"]) == (1, True)
    assert (await client.get(run["links"]["nodes"])).json()["total"] is None


async def test_who_may_not_read_data_sees_that_values_are_kept_back(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    run = await start(client)
    viewer = replace(local_caller(), scopes=frozenset({"runs:read"}))
    shown = await read_run(resources, UUID(run["id"]), viewer, with_nodes=True)
    assert (shown.input, shown.redacted) == (None, True)
    assert shown.nodes is not None
    assert all(node.redacted and node.input is None for node in shown.nodes)
