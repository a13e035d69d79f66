"""What may be named, and how the process tells of itself."""

import httpx2
import jsonschema_rs

from plait.store.catalogue import Worker


async def test_the_node_types_are_listed_with_schemas(client: httpx2.AsyncClient) -> None:
    found = {each["name"]: each for each in (await client.get("/api/v1/node_types")).json()["items"]}
    assert {"tool_call", "http_request", "transform", "condition", "join", "human_gate", "wait", "end"} <= set(found)
    for each in found.values():
        jsonschema_rs.meta.validate(each["parameters"])
    assert found["tool_call"]["parameters"]["required"] == ["tool"]


async def test_a_parameter_that_takes_templates_also_takes_text(client: httpx2.AsyncClient) -> None:
    found = {each["name"]: each for each in (await client.get("/api/v1/node_types")).json()["items"]}
    schema = jsonschema_rs.validator_for(found["human_gate"]["parameters"])
    assert schema.is_valid({"title": "x", "approvers": ["group:a"], "prefill": "{{ input.form }}"})
    assert not schema.is_valid({"title": "x", "approvers": ["group:a"], "form": "{{ input.form }}"})


async def test_tools_are_those_that_workers_publish(client: httpx2.AsyncClient, worker: Worker) -> None:
    (tool,) = (await client.get("/api/v1/tools")).json()["items"]
    assert (tool["name"], tool["running"], tool["parameters"]["required"]) == ("shout", True, ["text"])


async def test_the_system_tells_of_its_workers(client: httpx2.AsyncClient, worker: Worker) -> None:
    system = (await client.get("/api/v1/system")).json()
    assert [each["id"] for each in system["workers"]] == ["test-worker"]


async def test_metrics_are_in_prometheus_s_form(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/metrics")).headers["content-type"].startswith("text/plain")


async def test_the_schema_of_workflows_knows_the_tools_that_are_offered(
    client: httpx2.AsyncClient, worker: Worker
) -> None:
    answer = await client.get("/api/v1/schema/workflow.json")
    assert answer.headers["content-type"] == "application/schema+json"
    schema = jsonschema_rs.validator_for(answer.json())
    call = {"id": "a", "type": "tool_call", "with": {"tool": "shout", "args": {"text": "{{ input.text }}"}}}
    assert schema.is_valid({"plait": 1, "slug": "x", "nodes": [call]})
    assert not schema.is_valid({"plait": 1, "slug": "x", "nodes": [{**call, "with": {"tool": "whisper"}}]})


async def test_an_editor_that_has_the_schema_is_told_so(client: httpx2.AsyncClient) -> None:
    tag = (await client.get("/api/v1/schema/workflow.json")).headers["etag"]
    answer = await client.get("/api/v1/schema/workflow.json", headers={"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
