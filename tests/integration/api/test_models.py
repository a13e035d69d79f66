"""Models over HTTP: providers, aliases, what is usable now, and who names what."""

from typing import Any

import httpx2
import pytest

from api.resources import Resources
from plait.clock import now
from plait.settings import Settings
from plait.store import catalogue
from tests.integration.api.support import problem

ACME = {
    "kind": "openai",
    "base_url": "https://models.example.com/v1",
    "secret": "ACME_KEY",
    "requests_per_minute": 600,
    "tokens_per_minute": None,
    "prices": {"llama-3": {"input": "0.20", "output": "0.60", "cached_input": None}},
}


def asking(model: str, **said: Any) -> list[dict[str, Any]]:
    return [{"id": "ask", "type": "llm", "with": {"model": model, "prompt": "Hello", **said}}]


async def save(client: httpx2.AsyncClient, nodes: list[dict[str, Any]], slug: str = "asks") -> None:
    answer = await client.post("/api/v1/workflows", json={"plait": 1, "slug": slug, "nodes": nodes})
    assert answer.status_code == 201, answer.text


async def providers(client: httpx2.AsyncClient) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in (await client.get("/api/v1/models")).json()["items"]}


async def aliases(client: httpx2.AsyncClient) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in (await client.get("/api/v1/models")).json()["aliases"]}


async def put(client: httpx2.AsyncClient, address: str, body: dict[str, Any]) -> httpx2.Response:
    return await client.put(f"/api/v1/models/{address}", json=body, headers={"If-Match": "*"})


async def a_worker_with(resources: Resources, *secrets: str) -> None:
    worker = catalogue.Worker("w", now(), {"secrets": list(secrets)})
    await catalogue.publish(resources.pool, worker, {}, {}, now=now())


async def test_every_project_knows_the_usual_providers_and_the_local_one(client: httpx2.AsyncClient) -> None:
    found = await providers(client)
    assert {name: each["secret"] for name, each in found.items()} == {
        "openai": "OPENAI_API_KEY",
        "anthropic": "ANTHROPIC_API_KEY",
        "google": "GOOGLE_API_KEY",
        "local": None,
    }
    assert {name for name, each in found.items() if each["usable"]} == {"local"}
    assert "PLAIT_SECRET_OPENAI_API_KEY" in found["openai"]["why_not"]


async def test_a_provider_is_usable_while_a_running_worker_has_its_key(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    await a_worker_with(resources, "OPENAI_API_KEY")
    found = await providers(client)
    assert (found["openai"]["usable"], found["openai"]["why_not"], found["google"]["usable"]) == (True, None, False)


async def test_a_provider_of_the_projects_own_is_stored_changed_and_forgotten(client: httpx2.AsyncClient) -> None:
    stored = await put(client, "providers/acme", ACME)
    shown = {"name": "acme", **ACME, "origin": "stored", "usable": False}
    assert (stored.status_code, stored.json()) == (200, shown | {"why_not": stored.json()["why_not"]})
    await put(client, "providers/acme", ACME | {"requests_per_minute": 60})
    assert (await providers(client))["acme"]["requests_per_minute"] == 60
    assert (await client.delete("/api/v1/models/providers/acme")).status_code == 204
    assert "acme" not in await providers(client)
    problem(await client.delete("/api/v1/models/providers/acme"), 404, "not_found")


async def test_a_known_provider_is_said_anew_and_is_itself_again_once_that_is_deleted(
    client: httpx2.AsyncClient,
) -> None:
    await put(client, "providers/openai", {"kind": "openai", "secret": "OUR_KEY", "tokens_per_minute": 90000})
    assert (await providers(client))["openai"]["secret"] == "OUR_KEY"
    await save(client, asking("openai:gpt-4.1-mini"))
    assert (await client.delete("/api/v1/models/providers/openai")).status_code == 204
    assert (await providers(client))["openai"]["secret"] == "OPENAI_API_KEY"


async def test_a_known_provider_keeps_its_protocol(client: httpx2.AsyncClient) -> None:
    refused = problem(await put(client, "providers/google", {"kind": "openai"}), 422, "request_invalid")
    assert refused["errors"][0]["pointer"] == "/kind"


async def test_what_is_wrong_with_a_provider_is_named_by_its_field(client: httpx2.AsyncClient) -> None:
    wrong = ACME | {"base_url": "models.example.com", "prices": {"llama-3": {"input": "cheap", "output": "1"}}}
    refused = problem(await put(client, "providers/acme", wrong), 422, "request_invalid")
    assert [each["pointer"] for each in refused["errors"]] == ["/base_url", "/prices/llama-3/input"]


async def test_an_alias_stands_for_a_model_and_shows_whether_that_can_be_asked(client: httpx2.AsyncClient) -> None:
    assert (await put(client, "aliases/fast", {"model": "openai:gpt-4.1-mini"})).status_code == 200
    assert (await put(client, "aliases/demo", {"model": "local:demo"})).json()["usable"] is True
    found = await aliases(client)
    assert (found["fast"]["model"], found["fast"]["usable"]) == ("openai:gpt-4.1-mini", False)
    assert "OPENAI_API_KEY" in found["fast"]["why_not"]


@pytest.mark.parametrize("model", ["smart", "opnai:gpt", "local:other", "openai:"])
async def test_an_alias_of_no_model_is_refused(client: httpx2.AsyncClient, model: str) -> None:
    refused = problem(await put(client, "aliases/fast", {"model": model}), 422, "request_invalid")
    assert (refused["errors"][0]["code"], refused["errors"][0]["pointer"]) == ("unknown_model", "/model")
    assert refused["errors"][0]["fix"]


async def test_what_workflows_agents_and_aliases_name_is_not_taken_away(client: httpx2.AsyncClient) -> None:
    await put(client, "providers/acme", ACME)
    await put(client, "aliases/fast", {"model": "acme:llama-3"})
    await save(client, asking("fast", fallback=["acme:llama-2"]))
    await client.post("/api/v1/agents", json={"name": "helper", "definition": {"model": "fast"}})
    refused = problem(await client.delete("/api/v1/models/providers/acme"), 409, "in_use")
    assert {(each["kind"], each["name"]) for each in refused["used_by"]} == {("alias", "fast"), ("workflow", "asks")}
    users = (await client.get("/api/v1/models/aliases/fast/used_by")).json()["items"]
    assert [(each["kind"], each["name"]) for each in users] == [("workflow", "asks"), ("agent", "helper")]
    problem(await client.delete("/api/v1/models/aliases/fast"), 409, "in_use")


async def test_a_document_that_names_no_model_is_refused_with_what_was_meant(client: httpx2.AsyncClient) -> None:
    await put(client, "aliases/fast", {"model": "local:demo"})
    document = {"plait": 1, "slug": "asks", "nodes": asking("fsat", fallback=["opnai:gpt-4.1"])}
    answer = (await client.post("/api/v1/workflows/validate", json=document)).json()
    found = [(each["code"], each["pointer"], each["fix"]) for each in answer["problems"]]
    assert sorted(found) == [
        ("unknown_model", "/nodes/0/with/fallback/0", "Did you mean `openai`?"),
        ("unknown_model", "/nodes/0/with/model", "Did you mean `fast`?"),
    ]


async def test_a_model_that_a_template_names_is_left_to_the_run(client: httpx2.AsyncClient) -> None:
    await save(client, asking("{{ run.environment }}"))


class TestWithAliasesOfTheInstallation:
    """Aliases that the settings of the process bring."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"model_aliases": "fast=local:demo"})

    async def test_they_are_there_in_every_project_until_it_says_otherwise(self, client: httpx2.AsyncClient) -> None:
        assert ((await aliases(client))["fast"]["model"], (await aliases(client))["fast"]["origin"]) == (
            "local:demo",
            "known",
        )
        await put(client, "aliases/fast", {"model": "openai:gpt-4.1-mini"})
        assert (await aliases(client))["fast"]["origin"] == "stored"
        await save(client, asking("fast"))
        assert (await client.delete("/api/v1/models/aliases/fast")).status_code == 204
        assert (await aliases(client))["fast"]["model"] == "local:demo"


async def test_a_promotion_says_which_key_of_a_model_or_an_agent_the_workers_lack(client: httpx2.AsyncClient) -> None:
    await put(client, "aliases/fast", {"model": "openai:gpt-4.1-mini"})
    await client.post("/api/v1/agents", json={"name": "helper", "definition": {"model": "anthropic:claude-haiku-4-5"}})
    remote = {"kind": "a2a", "url": "https://agents.example.com", "secret": "PARTNER"}
    await client.put("/api/v1/agents/partner", json=remote)
    called = [
        {"id": name, "type": "agent_call", "with": {"agent": name, "task": "Go"}} for name in ("helper", "partner")
    ]
    document = {"plait": 1, "slug": "asks", "chain": [*asking("fast"), *called]}
    assert (await client.post("/api/v1/workflows", json=document)).status_code == 201
    answer = await client.post("/api/v1/workflows/asks/promote", json={"environment": "staging"})
    refused = problem(answer, 422, "workflow_invalid")
    assert [(each["code"], each["pointer"], each["node"]) for each in refused["errors"]] == [
        ("secret_not_set", "/chain/0/with/model", "ask"),
        ("secret_not_set", "/chain/1/with/agent", "helper"),
        ("secret_not_set", "/chain/2/with/agent", "partner"),
    ]
