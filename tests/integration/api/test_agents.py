"""Agents over HTTP: stored with versions, from code, found by what they can do."""

from typing import Any

import httpx2
import pytest

from api.resources import Resources
from plait.agents import read_definition
from plait.clock import now
from plait.settings import Settings
from plait.store import catalogue
from tests.integration.api.support import problem

READER: dict[str, Any] = {
    "description": "Reads contracts.",
    "model": "fast",
    "instructions": "Read. Text in {{ braces }} stays text.",
    "tools": ["shout"],
    "needs_approval": ["shout"],
    "capabilities": ["contracts"],
    "tags": ["legal"],
    "output_schema": {"type": "object", "required": ["zeta", "alpha"], "properties": {"zeta": {}, "alpha": {}}},
}


@pytest.fixture
def settings(database: str, settings: Settings) -> Settings:
    return settings.model_copy(update={"model_aliases": "fast=local:demo"})


pytestmark = pytest.mark.usefixtures("worker")


async def create(client: httpx2.AsyncClient, name: str = "reader", **changes: Any) -> httpx2.Response:
    return await client.post("/api/v1/agents", json={"name": name, "definition": READER | changes})


async def put(client: httpx2.AsyncClient, name: str = "reader", **changes: Any) -> httpx2.Response:
    return await client.put(f"/api/v1/agents/{name}", json=READER | changes, headers={"If-Match": "*"})


async def save(client: httpx2.AsyncClient, nodes: list[dict[str, Any]], slug: str = "calls") -> None:
    answer = await client.post("/api/v1/workflows", json={"plait": 1, "slug": slug, "nodes": nodes})
    assert answer.status_code == 201, answer.text


async def names(client: httpx2.AsyncClient, **query: str) -> list[str]:
    return [each["name"] for each in (await client.get("/api/v1/agents", params=query)).json()["items"]]


async def offer(resources: Resources, name: str, **said: Any) -> None:
    """A worker offers this agent from code."""
    worker = catalogue.Worker("coder", now(), {})
    agents = {name: read_definition({"model": "fast", **said})}
    await catalogue.publish(resources.pool, worker, {}, {}, agents, now=now())


def calling(agent: str) -> list[dict[str, Any]]:
    return [{"id": "ask", "type": "agent_call", "with": {"agent": agent, "task": "Read it"}}]


async def test_an_agent_is_stored_and_read_as_it_was_said(client: httpx2.AsyncClient) -> None:
    created = await create(client)
    assert (created.status_code, created.headers["location"]) == (201, "/api/v1/agents/reader")
    shown = (await client.get("/api/v1/agents/reader")).json()
    assert (shown["origin"], shown["version"], shown["model"]) == ("stored", 1, "fast")
    assert shown["definition"] == {"kind": "model", **READER}
    assert list(shown["definition"]["output_schema"]["properties"]) == ["zeta", "alpha"]


async def test_a_changed_agent_is_a_new_version_and_an_equal_one_is_none(client: httpx2.AsyncClient) -> None:
    await create(client)
    assert (await put(client)).json()["version"] == 1
    assert (await put(client, model="local:demo")).json()["version"] == 2
    assert (await put(client)).json()["version"] == 3
    versions = (await client.get("/api/v1/agents/reader/versions")).json()["items"]
    assert [(each["version"], each["definition"]["model"]) for each in versions] == [
        (3, "fast"),
        (2, "local:demo"),
        (1, "fast"),
    ]
    assert versions[0]["hash"] == versions[2]["hash"] != versions[1]["hash"]


async def test_a_name_that_is_taken_is_refused_and_one_that_was_deleted_counts_on(client: httpx2.AsyncClient) -> None:
    await create(client)
    problem(await create(client), 409, "slug_taken")
    assert (await client.delete("/api/v1/agents/reader")).status_code == 204
    problem(await client.get("/api/v1/agents/reader"), 404, "not_found")
    problem(await client.delete("/api/v1/agents/reader"), 404, "not_found")
    assert (await create(client)).json()["version"] == 2


async def test_agents_are_found_by_what_they_can_do_by_tag_and_by_words(client: httpx2.AsyncClient) -> None:
    await create(client)
    await create(client, "writer", capabilities=["writing"], tags=[], description="Writes letters.")
    assert await names(client) == ["reader", "writer"]
    assert await names(client, capability="writing") == ["writer"]
    assert await names(client, tag="legal") == ["reader"]
    assert await names(client, q="LETTERS writ") == ["writer"]
    assert await names(client, q="nothing") == []


async def test_everything_that_an_agent_names_and_is_not_there_is_said_at_once(client: httpx2.AsyncClient) -> None:
    answer = await create(
        client,
        model="fsat",
        tools=["shoot", "workflow:gone", "agent:nobody"],
        needs_approval=["shout"],
        hand_over=["someone"],
        output_schema={"type": "objekt"},
    )
    found = {each["pointer"]: each["code"] for each in problem(answer, 422, "request_invalid")["errors"]}
    assert found == {
        "/output_schema": "invalid_schema",
        "/model": "unknown_model",
        "/tools/0": "unknown_tool",
        "/tools/1": "unknown_workflow",
        "/tools/2": "unknown_agent",
        "/needs_approval/0": "unknown_tool",
        "/hand_over/0": "unknown_agent",
    }


async def test_an_agent_that_would_wait_for_itself_is_refused_and_one_that_hands_over_is_not(
    client: httpx2.AsyncClient,
) -> None:
    await create(client, "inner")
    await create(client, "outer", tools=["agent:inner"], needs_approval=[])
    refused = problem(await put(client, "inner", tools=["agent:outer"], needs_approval=[]), 422, "request_invalid")
    assert "inner -> outer -> inner" in refused["errors"][0]["message"]
    assert (await put(client, "inner", hand_over=["outer"])).status_code == 200


async def test_what_is_no_definition_is_refused_by_its_field(client: httpx2.AsyncClient) -> None:
    refused = problem(await put(client, limits={"max_turns": 0}, color="red"), 422, "request_invalid")
    assert {each["pointer"] for each in refused["errors"]} == {"/limits/max_turns", "/color"}


async def test_an_agent_that_answers_elsewhere_has_an_address_and_no_model(client: httpx2.AsyncClient) -> None:
    body = {"kind": "a2a", "url": "https://agents.example.com", "secret": "PARTNER", "description": "A partner's."}
    shown = (await client.put("/api/v1/agents/partner", json=body)).json()
    assert (shown["kind"], shown["model"], shown["definition"]) == ("a2a", None, body)
    problem(await client.put("/api/v1/agents/partner", json=body | {"url": "ftp://x"}), 422, "request_invalid")


async def test_an_agent_from_code_is_there_and_a_stored_one_of_its_name_hides_it(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await offer(resources, "reader", description="From code.")
    shown = (await client.get("/api/v1/agents/reader")).json()
    assert (shown["origin"], shown["version"], shown["description"]) == ("code", None, "From code.")
    problem(await client.delete("/api/v1/agents/reader"), 404, "not_found")
    await create(client)
    shown = (await client.get("/api/v1/agents/reader")).json()
    assert (shown["origin"], shown["hides_code"]) == ("stored", True)
    await save(client, calling("reader"))
    assert (await client.delete("/api/v1/agents/reader")).status_code == 204
    assert (await client.get("/api/v1/agents/reader")).json()["origin"] == "code"


async def test_the_agent_that_the_newest_worker_offers_is_the_one_that_counts(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await offer(resources, "coder", description="Old.")
    before = (await client.get("/api/v1/agents/coder")).json()["hash"]
    await offer(resources, "coder", description="New.")
    shown = (await client.get("/api/v1/agents/coder")).json()
    assert (shown["description"], shown["hash"] != before) == ("New.", True)


async def test_an_agent_that_workflows_and_agents_name_is_not_taken_away(client: httpx2.AsyncClient) -> None:
    await create(client)
    await create(client, "boss", tools=["agent:reader"], needs_approval=[])
    await save(client, calling("reader"))
    await save(client, [{"id": "a", "type": "transform", "with": {"value": {"agent": "reader"}}}], "says")
    users = (await client.get("/api/v1/agents/reader/used_by")).json()["items"]
    assert users == [
        {"kind": "workflow", "name": "calls", "version": 1},
        {"kind": "agent", "name": "boss", "version": 1},
    ]
    problem(await client.delete("/api/v1/agents/reader"), 409, "in_use")


async def test_a_document_that_names_no_agent_is_refused_with_what_was_meant(client: httpx2.AsyncClient) -> None:
    await create(client)
    document = {"plait": 1, "slug": "calls", "nodes": calling("raeder")}
    answer = (await client.post("/api/v1/workflows/validate", json=document)).json()
    found = [(each["code"], each["pointer"], each["fix"]) for each in answer["problems"]]
    assert found == [("unknown_agent", "/nodes/0/with/agent", "Did you mean `reader`?")]


async def test_a_reader_knows_from_the_schema_what_an_agent_gives(client: httpx2.AsyncClient) -> None:
    await create(client, output_schema={"type": "object", "required": ["value"], "properties": {"value": {}}})
    nodes = [*calling("reader"), {"id": "b", "type": "transform", "with": {"value": "{{ nodes.ask.output.valeu }}"}}]
    document = {"plait": 1, "slug": "calls", "nodes": nodes, "edges": [{"from": "ask", "to": "b"}]}
    answer = (await client.post("/api/v1/workflows/validate", json=document)).json()
    assert [each["code"] for each in answer["problems"]] == ["unknown_field"]
