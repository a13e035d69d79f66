"""What a workflow would do, without doing it."""

import httpx2

from plait.store.catalogue import Worker
from tests.integration.api.support import a_document, problem, save

GATED = {
    "nodes": [
        {"id": "fetch", "type": "tool_call", "with": {"tool": "shout", "args": {"text": "x"}}},
        {"id": "sign", "type": "human_gate", "with": {"title": "Sign", "approvers": ["group:legal"]}},
        {"id": "done", "type": "transform", "with": {"value": "{{ nodes.fetch.output }}"}},
    ],
    "edges": [{"from": "fetch", "to": "sign"}, {"from": "sign", "to": "done", "on": "approved"}],
    "output": None,
    "input": None,
}


async def simulate(client: httpx2.AsyncClient, **order: object) -> httpx2.Response:
    return await client.post("/api/v1/workflows/greeting/simulate", json=order)


async def test_a_simulation_tells_the_path_and_the_output(client: httpx2.AsyncClient) -> None:
    await save(client)
    found = (await simulate(client, input={"name": "Ana"})).json()
    assert (found["status"], found["output"], found["output_known"]) == ("completed", "Hello Ana", True)
    assert [step["node"] for step in found["path"]] == ["greet"]


async def test_a_simulation_waits_where_only_people_can_go_on(client: httpx2.AsyncClient, worker: Worker) -> None:
    await save(client, **GATED)
    found = (await simulate(client, mocks={"fetch": [{"output": "X!"}]})).json()
    assert (found["status"], found["waits"][0]["node"], found["waits"][0]["until"]) == ("waiting", "sign", None)


async def test_a_simulation_goes_on_with_scripted_answers(client: httpx2.AsyncClient, worker: Worker) -> None:
    await save(client, **GATED)
    votes = [{"decision": "approved", "groups": ["legal"], "after": 60}]
    found = (await simulate(client, mocks={"fetch": [{"output": "X!"}]}, gates={"sign": votes})).json()
    assert (found["status"], found["seconds"]) == ("completed", 60)
    assert found["path"][-1]["output"] == "X!"


async def test_a_simulated_error_fails_the_run(client: httpx2.AsyncClient, worker: Worker) -> None:
    await save(client, **GATED)
    found = (await simulate(client, mocks={"fetch": [{"error": {"type": "Boom"}}]})).json()
    assert (found["status"], found["error"]["type"]) == ("failed", "Boom")


async def test_an_input_that_does_not_match_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client)
    body = problem(await simulate(client, input={}), 422, "input_invalid")
    assert body["errors"][0]["path"].startswith("input")


async def test_a_script_for_a_node_that_is_not_there_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client)
    body = problem(
        await simulate(client, input={"name": "x"}, mocks={"nobody": [{"output": 1}]}), 422, "request_invalid"
    )
    assert body["errors"][0]["pointer"] == "/mocks/nobody"


async def test_a_workflow_without_a_version_cannot_be_simulated(client: httpx2.AsyncClient) -> None:
    await client.put("/api/v1/workflows/greeting/draft", json=a_document())
    problem(await simulate(client, input={"name": "x"}), 404, "not_found")


async def test_a_simulated_output_is_held_against_its_schema_as_at_work(
    client: httpx2.AsyncClient, worker: Worker
) -> None:
    nodes = [{**GATED["nodes"][0], "output_schema": {"type": "string"}}]
    await save(client, **{**GATED, "nodes": nodes, "edges": []})
    found = (await simulate(client, mocks={"fetch": [{"output": 7}]})).json()
    assert (found["status"], found["error"]["type"], found["path"][0]["attempts"]) == ("failed", "OutputInvalid", 1)
    assert (await simulate(client, mocks={"fetch": [{"output": "seven"}]})).json()["status"] == "completed"


async def test_a_simulation_takes_items_one_by_one(client: httpx2.AsyncClient, worker: Worker) -> None:
    each = {"items": "{{ [1, 2] }}", "output": "{{ nodes.fetch.output }}", "nodes": [GATED["nodes"][0]]}
    await save(client, nodes=[{"id": "each", "type": "map", "with": each}], edges=[], output=None, input=None)
    mocks = {"each.1.fetch": [{"output": "second"}], "*": [{"output": "other"}]}
    found = (await simulate(client, mocks=mocks)).json()
    assert found["output"] == {"each": ["other", "second"]}
    assert "each.1.fetch" in [step["path"] for step in found["path"]]
