"""Saving, reading, changing and deleting workflows."""

import asyncio
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.resources import Resources
from plait.clock import new_id, now
from plait.store.catalogue import Worker
from tests.integration.api.support import a_document, problem, save

YAML = b"""\
# signed off by legal
plait: 1
slug: greeting
name: Greeting   # shown in lists
nodes:
  - {id: greet, type: transform, with: {value: "hello"}}
"""
AS_YAML = {"Content-Type": "application/yaml"}
ANY = {"If-Match": "*"}


async def a_live_run(resources: Resources, workflow: dict[str, Any], status: str = "running") -> UUID:
    """A row of a run, as a start writes it."""
    run_id = new_id()
    await resources.pool.execute(
        """insert into workflow_runs (id, project, workflow_id, version, plan_hash, status, origin, started_by,
                                      total_nodes, created_at, last_event_at)
           values ($1, 'default', $2, 1, 'x', $3, '{}', '{}', 1, $4, $4)""",
        run_id, UUID(workflow["id"]), status, now(),
    )  # fmt: skip
    return run_id


async def test_a_saved_workflow_can_be_read_by_id_and_by_slug(client: httpx2.AsyncClient) -> None:
    saved = await save(client)
    by_id = (await client.get(f"/api/v1/workflows/{saved['id']}")).json()
    by_slug = (await client.get("/api/v1/workflows/greeting")).json()
    assert by_id == by_slug == saved
    assert saved["definition"]["nodes"][0]["id"] == "greet"


async def test_a_new_workflow_says_where_it_is(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/workflows", json=a_document())
    assert answer.headers["location"] == f"/api/v1/workflows/{answer.json()['id']}"
    assert (await client.get(answer.headers["location"])).headers["etag"] == answer.headers["etag"]


async def test_dev_follows_the_newest_version_by_itself(client: httpx2.AsyncClient) -> None:
    saved = await save(client)
    assert saved["environments"]["dev"]["version"] == 1
    assert saved["environments"]["dev"]["by"]["name"] == "local"


async def test_absent_values_are_null_and_times_have_six_digits(client: httpx2.AsyncClient) -> None:
    saved = await save(client)
    assert saved["last_run"] is None
    assert saved["description"] is None
    assert saved["created_at"].endswith("Z")
    assert len(saved["created_at"]) == len("2026-11-21T09:12:00.000000Z")


async def test_a_document_with_problems_is_refused_with_all_of_them_at_once(client: httpx2.AsyncClient) -> None:
    document = a_document(
        nodes=[
            {"id": "a", "type": "no_such_type"},
            {"id": "b", "type": "transform", "with": {"value": "{{ nodes.zzz.output }}"}},
        ],
        edges=[{"from": "a", "to": "nowhere"}],
        output=None,
    )
    body = problem(await client.post("/api/v1/workflows", json=document), 422, "workflow_invalid")
    assert len(body["errors"]) >= 3
    assert all(each["message"] and each["code"] and each["pointer"] for each in body["errors"])


async def test_a_problem_in_yaml_names_line_and_column(client: httpx2.AsyncClient) -> None:
    source = YAML.replace(b"type: transform", b"type: transfrom")
    body = problem(await client.post("/api/v1/workflows", content=source, headers=AS_YAML), 422, "workflow_invalid")
    assert body["errors"][0]["line"] == 6
    assert body["errors"][0]["fix"]


async def test_a_slug_that_is_taken_is_409(client: httpx2.AsyncClient) -> None:
    await save(client)
    problem(await client.post("/api/v1/workflows", json=a_document()), 409, "slug_taken")


@pytest.mark.parametrize("slug", ["validate", "import", "export", "bulk", "me", "0" * 32])
async def test_slugs_that_would_be_read_as_something_else_are_refused(client: httpx2.AsyncClient, slug: str) -> None:
    body = problem(await client.post("/api/v1/workflows", json=a_document(slug)), 422, "workflow_invalid")
    assert body["errors"][0]["code"] == "slug_reserved"


async def test_put_of_an_unknown_slug_makes_the_workflow(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/api/v1/workflows/greeting", json=a_document())
    assert answer.status_code == 201
    assert answer.json()["version"] == 1


async def test_put_under_another_slug_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/api/v1/workflows/other", json=a_document())
    assert problem(answer, 422, "workflow_invalid")["errors"][0]["code"] == "slug_fixed"


async def test_a_slug_is_fixed_when_the_workflow_is_made(client: httpx2.AsyncClient) -> None:
    saved = await save(client)
    answer = await client.put(f"/api/v1/workflows/{saved['id']}", json=a_document("other"), headers=ANY)
    assert problem(answer, 422, "workflow_invalid")["errors"][0]["code"] == "slug_fixed"


async def test_put_of_an_unknown_id_is_404(client: httpx2.AsyncClient) -> None:
    problem(await client.put(f"/api/v1/workflows/{new_id()}", json=a_document()), 404, "not_found")


async def test_a_changed_document_is_a_new_version(client: httpx2.AsyncClient) -> None:
    await save(client)
    answer = await client.put("/api/v1/workflows/greeting", json=a_document(description="new"), headers=ANY)
    assert answer.json()["version"] == 2
    assert answer.json()["description"] == "new"


async def test_an_equal_document_changes_nothing(client: httpx2.AsyncClient) -> None:
    saved = await save(client)
    document = dict(reversed(a_document().items()))
    answer = await client.put("/api/v1/workflows/greeting", json=document, headers=ANY)
    assert answer.status_code == 200
    assert answer.json() == saved


async def test_a_put_whose_answer_was_lost_can_be_repeated(client: httpx2.AsyncClient) -> None:
    await save(client)
    etag = (await client.get("/api/v1/workflows/greeting")).headers["etag"]
    changed = a_document(description="new")
    first = await client.put("/api/v1/workflows/greeting", json=changed, headers={"If-Match": etag})
    again = await client.put("/api/v1/workflows/greeting", json=changed, headers={"If-Match": etag})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.json()["version"] == 2


async def test_an_edit_that_does_not_say_what_it_changes_is_428(client: httpx2.AsyncClient) -> None:
    await save(client)
    answer = await client.put("/api/v1/workflows/greeting", json=a_document(description="new"))
    problem(answer, 428, "precondition_required")


async def test_an_edit_of_what_changed_meanwhile_is_412_with_how_it_is_now(client: httpx2.AsyncClient) -> None:
    await save(client)
    etag = (await client.get("/api/v1/workflows/greeting")).headers["etag"]
    await client.put("/api/v1/workflows/greeting", json=a_document(description="theirs"), headers=ANY)
    answer = await client.put(
        "/api/v1/workflows/greeting", json=a_document(description="mine"), headers={"If-Match": etag}
    )
    body = problem(answer, 412, "stale")
    assert body["current"]["description"] == "theirs"
    assert answer.headers["etag"] == (await client.get("/api/v1/workflows/greeting")).headers["etag"]


async def test_of_two_edits_at_once_one_wins_and_one_is_stale(client: httpx2.AsyncClient) -> None:
    await save(client)
    etag = (await client.get("/api/v1/workflows/greeting")).headers["etag"]
    answers = await asyncio.gather(
        *(
            client.put(
                "/api/v1/workflows/greeting", json=a_document(description=f"take {n}"), headers={"If-Match": etag}
            )
            for n in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_of_many_creations_at_once_one_wins(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/api/v1/workflows", json=a_document()) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_the_same_first_put_many_times_at_once_makes_one_version(client: httpx2.AsyncClient) -> None:
    puts = [client.put("/api/v1/workflows/one", json=a_document("one"), headers=ANY) for _ in range(12)]
    answers = await asyncio.gather(*puts)
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert {answer.json()["version"] for answer in answers} == {1}


async def test_the_source_comes_back_byte_for_byte(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", content=YAML, headers=AS_YAML)
    answer = await client.get("/api/v1/workflows/greeting/definition", headers={"Accept": "application/yaml"})
    assert answer.content == YAML
    assert answer.headers["content-type"].startswith("application/yaml")


async def test_the_definition_is_json_unless_asked_otherwise(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", content=YAML, headers=AS_YAML)
    answer = await client.get("/api/v1/workflows/greeting/definition")
    assert answer.json()["nodes"][0]["with"] == {"value": "hello"}


async def test_an_unchanged_definition_is_304(client: httpx2.AsyncClient) -> None:
    await save(client)
    etag = (await client.get("/api/v1/workflows/greeting/definition")).headers["etag"]
    answer = await client.get("/api/v1/workflows/greeting/definition", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_the_etag_of_the_definition_is_what_if_match_wants(client: httpx2.AsyncClient) -> None:
    await save(client)
    etag = (await client.get("/api/v1/workflows/greeting/definition")).headers["etag"]
    changed = a_document(description="new")
    answer = await client.put("/api/v1/workflows/greeting/definition", json=changed, headers={"If-Match": etag})
    assert answer.json()["version"] == 2


async def test_patch_changes_what_it_names_and_nothing_else(client: httpx2.AsyncClient) -> None:
    saved = await save(client, description="before", tags=["a"])
    answer = await client.patch(
        "/api/v1/workflows/greeting",
        json={"description": None, "enabled": False},
        headers=ANY | {"Content-Type": "application/merge-patch+json"},
    )
    after = answer.json()
    assert (after["description"], after["enabled"], after["tags"]) == (None, False, ["a"])
    assert after["version"] == saved["version"]


async def test_patch_moves_the_etag(client: httpx2.AsyncClient) -> None:
    await save(client)
    before = (await client.get("/api/v1/workflows/greeting")).headers["etag"]
    await client.patch("/api/v1/workflows/greeting", json={"tags": ["x"]}, headers={"If-Match": before})
    answer = await client.patch("/api/v1/workflows/greeting", json={"tags": ["y"]}, headers={"If-Match": before})
    problem(answer, 412, "stale")


async def test_a_deleted_workflow_is_gone_with_its_ended_runs(client: httpx2.AsyncClient, resources: Resources) -> None:
    saved = await save(client)
    run_id = await a_live_run(resources, saved, "completed")
    assert (await client.delete("/api/v1/workflows/greeting")).status_code == 204
    problem(await client.get("/api/v1/workflows/greeting"), 404, "not_found")
    assert await resources.pool.fetchval("select count(*) from workflow_runs where id = $1", run_id) == 0


async def test_a_workflow_with_live_runs_is_not_deleted(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await a_live_run(resources, await save(client))
    body = problem(await client.delete("/api/v1/workflows/greeting"), 409, "workflow_has_live_runs")
    assert body["live_runs"] == [str(run_id)]


async def test_the_last_run_is_shown(client: httpx2.AsyncClient, resources: Resources) -> None:
    saved = await save(client)
    run_id = await a_live_run(resources, saved)
    assert (await client.get("/api/v1/workflows/greeting")).json()["last_run"]["id"] == str(run_id)


async def test_the_layout_belongs_to_no_version(client: httpx2.AsyncClient) -> None:
    await save(client)
    etag = (await client.get("/api/v1/workflows/greeting")).headers["etag"]
    layout = {"nodes": {"greet": {"x": 1.0, "y": 2.5}}, "viewport": None}
    assert (await client.put("/api/v1/workflows/greeting/layout", json=layout)).json() == layout
    answer = await client.get("/api/v1/workflows/greeting")
    assert (answer.json()["layout"], answer.headers["etag"]) == (layout, etag)


async def test_a_tool_that_nobody_ever_offered_is_a_problem(client: httpx2.AsyncClient) -> None:
    nodes = [{"id": "a", "type": "tool_call", "with": {"tool": "shout", "args": {"text": "x"}}}]
    answer = await client.post("/api/v1/workflows", json=a_document(nodes=nodes, output=None))
    assert "unknown_tool" in [each["code"] for each in problem(answer, 422, "workflow_invalid")["errors"]]


async def test_a_tool_that_a_worker_offers_compiles_without_a_warning(
    client: httpx2.AsyncClient, worker: Worker
) -> None:
    nodes = [{"id": "a", "type": "tool_call", "with": {"tool": "shout", "args": {"text": "x"}}}]
    assert (await save(client, nodes=nodes, output=None))["warnings"] == []


async def test_a_tool_whose_worker_went_is_a_warning(
    client: httpx2.AsyncClient, worker: Worker, resources: Resources
) -> None:
    nodes = [{"id": "a", "type": "tool_call", "with": {"tool": "shout", "args": {"text": "x"}}}]
    await save(client, nodes=nodes, output=None)
    await resources.pool.execute("update catalogue set seen_at = now() - interval '5 minutes'")
    after = (await client.get("/api/v1/workflows/greeting")).json()
    assert [each["code"] for each in after["warnings"]] == ["tool_not_running"]
    assert after["warnings"][0]["pointer"] == "/nodes/0/with/tool"


async def test_problems_now_tell_what_a_changed_catalogue_broke(
    client: httpx2.AsyncClient, worker: Worker, resources: Resources
) -> None:
    nodes = [{"id": "a", "type": "tool_call", "with": {"tool": "shout", "args": {"text": "x"}}}]
    assert (await save(client, nodes=nodes, output=None))["problems_now"] == []
    await resources.pool.execute("delete from catalogue")
    after = (await client.get("/api/v1/workflows/greeting")).json()
    assert [each["code"] for each in after["problems_now"]] == ["unknown_tool"]
