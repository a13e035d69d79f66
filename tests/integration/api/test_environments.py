"""Environments over HTTP: variables, pointers, promotions and what starts by them."""

import asyncio
from typing import Any

import httpx2

from api.environments.approval import settle_promotions
from api.resources import Resources
from plait.clock import new_id, now
from plait.store import catalogue
from tests.integration.api.support import a_document, problem, save

VARIABLES = "/api/v1/environments/staging/variables"
PROMOTE = "/api/v1/workflows/greeting/promote"
RUN = "/api/v1/workflows/greeting/run"
INPUT = {"input": {"name": "Ana"}}


async def promote(client: httpx2.AsyncClient, slug: str = "greeting", to: str = "staging", **said: Any) -> Any:
    answer = await client.post(f"/api/v1/workflows/{slug}/promote", json={"environment": to, **said})
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


async def save_again(client: httpx2.AsyncClient, **changes: Any) -> int:
    answer = await client.put("/api/v1/workflows/greeting", json=a_document(**changes), headers={"If-Match": "*"})
    return answer.json()["version"]


async def start(client: httpx2.AsyncClient, environment: str, **said: Any) -> Any:
    answer = await client.post(RUN, json={**INPUT, "environment": environment, **said})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def put(client: httpx2.AsyncClient, name: str, value: Any, environment: str = "staging") -> httpx2.Response:
    address = f"/api/v1/environments/{environment}/variables/{name}"
    return await client.put(address, json={"value": value}, headers={"If-Match": "*"})


def codes(answer: httpx2.Response) -> list[str]:
    return [each["code"] for each in problem(answer, 422, "workflow_invalid")["errors"]]


async def test_a_project_begins_with_three_environments_of_which_prod_is_protected(client: httpx2.AsyncClient) -> None:
    listed = (await client.get("/api/v1/environments")).json()["items"]
    assert [(each["name"], each["follows_newest"], each["protected"]) for each in listed] == [
        ("dev", True, False),
        ("staging", False, False),
        ("prod", False, True),
    ]


async def test_a_promoted_version_is_what_the_environment_runs(client: httpx2.AsyncClient) -> None:
    await save(client)
    promoted = await promote(client)
    assert (promoted["status"], promoted["version"], promoted["previous"]) == ("moved", 1, None)
    await save_again(client, name="Newer")
    assert (await start(client, "staging"))["workflow"]["version"] == 1
    assert (await start(client, "dev"))["workflow"]["version"] == 2
    assert (await start(client, "staging", version=2))["workflow"]["version"] == 2


async def test_an_earlier_version_rolls_back_and_the_history_tells_both(client: httpx2.AsyncClient) -> None:
    await save(client)
    await save_again(client, name="Newer")
    await promote(client, reason="new rules")
    await promote(client, version=1, expect_version=2, reason="they were wrong")
    shown = (await client.get("/api/v1/workflows/greeting/environments?total=true")).json()
    assert [(each["version"], each["previous"], each["reason"]) for each in shown["items"]] == [
        (1, 2, "they were wrong"),
        (2, None, "new rules"),
    ]
    assert shown["total"] == 2
    assert {each["name"]: each["runs"] and each["runs"]["version"] for each in shown["environments"]} == {
        "dev": 2,
        "staging": 1,
        "prod": None,
    }


async def test_a_workflow_says_what_each_environment_runs(client: httpx2.AsyncClient) -> None:
    await save(client)
    await promote(client)
    read, listed = await client.get("/api/v1/workflows/greeting"), await client.get("/api/v1/workflows")
    for workflow in (read.json(), listed.json()["items"][0]):
        pointers = workflow["environments"]
        assert {name: pointer["version"] for name, pointer in pointers.items()} == {"dev": 1, "staging": 1}
        assert pointers["staging"]["by"]["name"] == "local"


async def test_a_promotion_over_a_pointer_that_moved_meanwhile_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client)
    await promote(client)
    await save_again(client, name="Newer")
    refused = await client.post(PROMOTE, json={"environment": "staging", "expect_version": None})
    assert problem(refused, 409, "version_moved")["current"] == 1


async def test_promoting_what_runs_there_already_changes_nothing(client: httpx2.AsyncClient) -> None:
    await save(client)
    assert (await promote(client))["id"] == (await promote(client))["id"]


async def test_what_cannot_be_promoted_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client)
    for environment in ("dev", "moon"):
        problem(await client.post(PROMOTE, json={"environment": environment}), 422, "request_invalid")
    problem(await client.post(PROMOTE, json={"environment": "staging", "version": 7}), 404, "not_found")


async def test_everything_that_is_missing_there_is_said_at_once(
    client: httpx2.AsyncClient, worker: catalogue.Worker
) -> None:
    await save(client, "inner")
    request = {"method": "GET", "url": "https://example.com/{{ secrets.TOKEN }}"}
    nodes = [
        {"id": "a", "type": "http_request", "with": request},
        {"id": "b", "type": "subworkflow", "with": {"workflow": "inner", "input": {"name": "x"}}},
        {"id": "c", "type": "transform", "with": {"value": "{{ env.REGION }}"}},
    ]
    edges = [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}]
    await save(
        client, env={"REGION": {}, "MODE": {"default": "slow"}}, nodes=nodes, edges=edges, output="{{ nodes.c.output }}"
    )
    refused = await client.post(PROMOTE, json={"environment": "staging"})
    assert codes(refused) == ["variable_not_set", "secret_not_set", "workflow_not_promoted"]
    assert [each["pointer"] for each in refused.json()["errors"]] == [
        "/env/REGION",
        "/nodes/0/with/url",
        "/nodes/1/with/workflow",
    ]


async def test_what_was_missing_can_be_mended(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client, "inner")
    request = {"method": "GET", "url": "https://example.com/{{ secrets.TOKEN }}"}
    nodes = [
        {"id": "a", "type": "http_request", "with": request},
        {"id": "b", "type": "subworkflow", "with": {"workflow": "inner", "input": {"name": "x"}}},
    ]
    await save(client, env={"REGION": {}}, nodes=nodes, edges=[{"from": "a", "to": "b"}], output="{{ env.REGION }}")
    await put(client, "REGION", "eu")
    await promote(client, "inner")
    me = catalogue.Worker("w", now(), {"secrets": ["STAGING_TOKEN"]})
    await catalogue.publish(resources.pool, me, {}, {}, now=now())
    assert (await promote(client))["status"] == "moved"


async def test_a_run_keeps_the_variables_that_its_environment_had_when_it_started(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await save(client, env={"REGION": {}, "MODE": {"default": "slow"}}, output="{{ env.REGION }}")
    await put(client, "REGION", "eu")
    await put(client, "OTHER", 1)
    await put(client, "REGION", "us", "dev")
    run = await start(client, "staging", version=1)
    await put(client, "REGION", "asia")
    kept = await resources.pool.fetchval("select env from workflow_runs where id = $1", run["id"])
    assert kept == {"REGION": "eu", "MODE": "slow"}


async def test_a_variable_that_is_needed_is_of_the_type_that_its_readers_declare(client: httpx2.AsyncClient) -> None:
    await save(client, env={"LIMIT": {"type": "integer"}}, output="{{ env.LIMIT }}")
    assert codes(await client.post(RUN, json=INPUT)) == ["variable_not_set"]
    refused = problem(await put(client, "LIMIT", "ten", "dev"), 422, "request_invalid")
    assert refused["errors"][0]["pointer"] == "/value"
    assert "greeting version 1 reads LIMIT as integer" in refused["detail"]
    assert (await put(client, "LIMIT", 10, "dev")).status_code == 200


async def test_a_variable_is_read_set_and_unset(client: httpx2.AsyncClient) -> None:
    problem(await client.get(f"{VARIABLES}/REGION"), 404, "not_found")
    assert (await put(client, "REGION", "eu")).json()["value"] == "eu"
    assert (await client.get(f"{VARIABLES}/REGION")).json()["by"]["name"] == "local"
    assert [each["name"] for each in (await client.get(VARIABLES)).json()["items"]] == ["REGION"]
    assert (await client.delete(f"{VARIABLES}/REGION")).status_code == 204
    problem(await client.delete(f"{VARIABLES}/REGION"), 404, "not_found")
    problem(await put(client, "not-one", 1), 422, "request_invalid")
    problem(await put(client, "X", 1, "moon"), 404, "not_found")


async def test_a_variable_says_who_reads_it_and_stays_while_it_is_needed(client: httpx2.AsyncClient) -> None:
    await save(client, env={"REGION": {}}, output="{{ env.REGION }}")
    await put(client, "REGION", "eu", "dev")
    shown = (await client.get("/api/v1/environments/dev/variables/REGION")).json()
    assert shown["read_by"] == [{"workflow": "greeting", "version": 1, "type": "string", "has_default": False}]
    problem(await client.delete("/api/v1/environments/dev/variables/REGION"), 409, "in_use")


async def test_starts_and_promotions_at_once_each_see_one_version(client: httpx2.AsyncClient) -> None:
    await save(client)
    await save_again(client, name="Newer")
    await promote(client, version=1)
    moves = [promote(client, version=1 + turn % 2) for turn in range(8)]
    answers = await asyncio.gather(*(start(client, "staging") for _ in range(24)), *moves)
    assert {run["workflow"]["version"] for run in answers[:24]} <= {1, 2}


async def test_another_projects_environments_are_not_there(client: httpx2.AsyncClient, resources: Resources) -> None:
    await resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    await resources.pool.execute("insert into environments (project, name, position) values ('other', 'theirs', 9)")
    problem(await client.get("/api/v1/environments/theirs/variables"), 404, "not_found")


async def test_a_protected_environment_is_not_moved_by_asking(client: httpx2.AsyncClient) -> None:
    await save(client)
    asked = await client.post(PROMOTE, json={"environment": "prod"})
    assert (asked.status_code, asked.json()["status"]) == (202, "waiting")
    problem(await client.post(RUN, json=INPUT | {"environment": "prod"}), 409, "not_promoted")
    again = await client.post(PROMOTE, json={"environment": "prod"})
    assert again.json()["id"] == asked.json()["id"]


async def test_an_approval_that_was_not_opened_is_opened_later_and_once(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await save(client)
    asked = await promote(client, to="prod")
    await resources.pool.execute("update promotions set run_id = null")
    await settle_promotions(resources)
    assert str(await resources.pool.fetchval("select run_id from promotions")) == asked["run_id"]


async def test_an_approval_that_was_cancelled_moves_nothing(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client)
    asked = await promote(client, to="prod")
    await client.post(f"/api/v1/workflow_runs/{asked['run_id']}/cancel")
    await settle_promotions(resources)
    (settled,) = (await client.get("/api/v1/workflows/greeting/environments")).json()["items"]
    assert (settled["status"], settled["refusal"]) == ("refused", "The run that asked for approval is cancelled.")


async def ended(resources: Resources, run_id: str) -> None:
    """As if the approvers had agreed."""
    await resources.pool.execute("update workflow_runs set status = 'completed' where id = $1", run_id)


async def test_an_approval_comes_too_late_where_the_pointer_moved_meanwhile(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await save(client)
    first = await promote(client, to="prod")
    await save_again(client, name="Newer")
    second = await promote(client, to="prod")
    for asked in (second, first):
        await ended(resources, asked["run_id"])
        await settle_promotions(resources)
    history = (await client.get("/api/v1/workflows/greeting/environments")).json()["items"]
    assert [each["status"] for each in history] == ["moved", "refused"]
    assert history[1]["refusal"] == "prod was moved to version 2 meanwhile."


async def test_what_went_missing_since_it_was_asked_for_stops_an_approved_promotion(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await save(client, env={"REGION": {}}, output="{{ env.REGION }}")
    await put(client, "REGION", "eu", "prod")
    asked = await promote(client, to="prod")
    await client.delete("/api/v1/environments/prod/variables/REGION")
    await ended(resources, asked["run_id"])
    await settle_promotions(resources)
    (settled,) = (await client.get("/api/v1/workflows/greeting/environments")).json()["items"]
    assert (settled["status"], settled["refusal"][:24]) == ("refused", "Since it was asked for: ")


async def test_plaits_own_workflow_is_nobodys_to_edit(client: httpx2.AsyncClient) -> None:
    await save(client)
    await promote(client, to="prod")
    assert [each["slug"] for each in (await client.get("/api/v1/workflows")).json()["items"]] == ["greeting"]
    own = "/api/v1/workflows/plait-promotion"
    assert (await client.get(own)).status_code == 200
    problem(await client.delete(own, headers={"If-Match": "*"}), 404, "not_found")
    body = a_document("plait-promotion")
    problem(await client.put(own, json=body, headers={"If-Match": "*"}), 422, "workflow_invalid")


async def test_gates_are_shown_for_one_environment(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client)
    run = await start(client, "prod", version=1)
    await resources.pool.execute(
        "insert into gates (id, project, run_id, path, generation, node, title, outcomes, approvers, quorum, reject,"
        " opened_at) values ($1, 'default', $2, 'a', 1, 'a', 'A', '{approved,rejected}', '{group:x}', '1', 'any', now())",
        new_id(),
        run["id"],
    )

    async def shown(query: str) -> int:
        return len((await client.get(f"/api/v1/gates{query}")).json()["items"])

    assert [await shown(query) for query in ("", "?environment=prod", "?environment=*", f"?run_id={run['id']}")] == [
        0,
        1,
        1,
        1,
    ]
