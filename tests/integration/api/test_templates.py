"""Templates over HTTP: those that come with Plait, a project's own, and copies of both."""

from typing import Any

import httpx2

from tests.integration.api.support import a_document, problem, save

OURS: dict[str, Any] = {
    "slug": "ours",
    "name": "Ours",
    "parameters": {"type": "object", "required": ["who"], "properties": {"who": {"type": "string"}}},
    "workflow": a_document(
        vars={"who": "you"}, nodes=[{"id": "greet", "type": "transform", "with": {"value": "Hello {{ vars.who }}"}}]
    ),
}


async def slugs(client: httpx2.AsyncClient) -> dict[str, str]:
    return {each["slug"]: each["origin"] for each in (await client.get("/api/v1/templates")).json()["items"]}


async def test_a_project_has_templates_of_its_own_beside_those_of_plait(client: httpx2.AsyncClient) -> None:
    created = await client.post("/api/v1/templates", json=OURS)
    assert (created.status_code, created.json()["definition"]["slug"]) == (201, "greeting")
    found = await slugs(client)
    assert (found["approval"], found["ours"]) == ("shipped", "stored")
    assert (await client.get("/api/v1/templates/approval")).json()["parameters"]["properties"].keys() == {"limit"}


async def test_a_copy_is_a_workflow_of_its_own_that_says_its_parameters(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/templates", json=OURS)
    order = {"slug": "hello-ana", "parameters": {"who": "Ana"}}
    copied = await client.post("/api/v1/templates/ours/instantiate", json=order)
    assert (copied.status_code, copied.json()["version"]) == (201, 1)
    assert copied.json()["definition"]["vars"] == {"who": "Ana"}
    assert copied.headers["location"] == f"/api/v1/workflows/{copied.json()['id']}"
    used = (await client.get("/api/v1/templates/ours/used_by")).json()["items"]
    assert [each["slug"] for each in used] == ["hello-ana"]
    assert (await client.delete("/api/v1/templates/ours")).status_code == 204
    assert (await client.get("/api/v1/workflows/hello-ana")).status_code == 200


async def test_a_template_is_said_anew_and_its_copies_stay(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/templates", json=OURS)
    await client.post("/api/v1/templates/ours/instantiate", json={"slug": "copy", "parameters": {"who": "Ana"}})
    changed = {name: said for name, said in OURS.items() if name != "slug"} | {"name": "Changed"}
    assert (await client.put("/api/v1/templates/ours", json=changed)).json()["name"] == "Changed"
    assert (await client.get("/api/v1/workflows/copy")).json()["version"] == 1


async def test_a_copy_whose_slug_is_taken_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client, "taken")
    answer = await client.post("/api/v1/templates/approval/instantiate", json={"slug": "taken"})
    problem(answer, 409, "slug_taken")


async def test_parameters_that_do_not_fit_are_named(client: httpx2.AsyncClient) -> None:
    order = {"slug": "copy", "parameters": {"limit": "much"}}
    body = problem(await client.post("/api/v1/templates/approval/instantiate", json=order), 422, "request_invalid")
    assert body["errors"][0]["pointer"] == "/parameters/limit"


async def test_a_template_whose_workflow_does_not_compile_is_refused_with_every_problem(
    client: httpx2.AsyncClient,
) -> None:
    broken = {**OURS, "workflow": {"plait": 1, "slug": "a", "nodes": [{"id": "a", "type": "nope"}]}}
    body = problem(await client.post("/api/v1/templates", json=broken), 422, "workflow_invalid")
    assert body["errors"][0]["pointer"].startswith("/workflow/nodes/0")


async def test_a_parameter_that_the_workflow_has_no_constant_for_is_refused(client: httpx2.AsyncClient) -> None:
    wrong = {**OURS, "parameters": {"type": "object", "properties": {"other": {}}}}
    body = problem(await client.post("/api/v1/templates", json=wrong), 422, "request_invalid")
    assert body["errors"][0]["code"] == "unknown_parameter"


async def test_what_comes_with_plait_is_only_read(client: httpx2.AsyncClient) -> None:
    problem(await client.post("/api/v1/templates", json={**OURS, "slug": "approval"}), 409, "slug_taken")
    problem(await client.delete("/api/v1/templates/approval"), 409, "slug_taken")


async def test_a_template_that_there_is_not_is_not_found(client: httpx2.AsyncClient) -> None:
    for answer in (
        await client.get("/api/v1/templates/nope"),
        await client.delete("/api/v1/templates/nope"),
        await client.get("/api/v1/templates/nope/used_by"),
        await client.post("/api/v1/templates/nope/instantiate", json={"slug": "copy"}),
    ):
        problem(answer, 404, "not_found")
