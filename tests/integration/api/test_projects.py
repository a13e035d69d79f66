"""Taking a project out and putting it in: byte for byte, all or nothing."""

import random
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from api.projects.export import export_project
from api.projects.importing import import_project
from api.resources import Resources
from plait.auth import Caller, local_caller
from plait.projects import packed, unpacked
from plait.testing.dump import to_yaml
from tests.integration.api.support import a_document, problem, save
from tests.support.tool_servers import shop

YAML = b"# Kept as it is.\nplait: 1\nslug: commented\nname:   Commented   # also this\nnodes:\n  - {id: a, type: transform, with: {value: 1}}\n"
MANIFEST = {"export.yaml": b"export: 1\n"}


@pytest.fixture
async def other(resources: Resources) -> Caller:
    """A caller of an empty project."""
    await resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    return replace(local_caller(), project="other")


async def put(client: httpx2.AsyncClient, slug: str, content: bytes) -> None:
    headers = {"content-type": "application/yaml", "if-match": "*"}
    answer = await client.put(f"/api/v1/workflows/{slug}", content=content, headers=headers)
    assert answer.is_success, answer.text


async def a_full_project(client: httpx2.AsyncClient) -> None:
    """Versions, pointers, variables, an envelope, a layout, drafts, a workflow that calls another."""
    await put(client, "commented", YAML)
    for _ in range(2):
        await client.post("/api/v1/workflows/commented/promote", json={"environment": "staging"})
        await put(client, "commented", YAML.replace(b"value: 1", b"value: 2"))
    await put(client, "commented", YAML.replace(b"value: 1", b"value: 3"))
    await save(client, "inner", env={"REGION": {"default": "eu"}}, output="{{ env.REGION }}")
    called = {"id": "call", "type": "subworkflow", "with": {"workflow": "inner", "input": {"name": "x"}}}
    await save(client, "outer", nodes=[called], output="{{ nodes.call.output }}")
    await client.patch(
        "/api/v1/workflows/outer", json={"tags": ["z", "a"], "enabled": False}, headers={"If-Match": "*"}
    )
    await client.put("/api/v1/workflows/outer/layout", json={"nodes": {"call": {"x": 1, "y": 2.5}}})
    await client.put(
        "/api/v1/workflows/started/draft", content=b"plait: 1\n# not yet", headers={"content-type": "application/yaml"}
    )
    template = {"slug": "own", "name": "Own", "workflow": YAML.decode()}
    assert (await client.post("/api/v1/templates", json=template)).status_code == 201
    request = {"kind": "http", "url": "https://api.example.com/x", "auth": {"bearer": "{{ secrets.KEY }}"}}
    document = {"kind": "openapi", "document": shop().openapi(), "server": "https://shop.example"}
    for name, source in (("ask.now", request), ("shop", document)):
        assert (await client.post("/api/v1/tools", json={"name": name, "source": source})).status_code == 201
    provider = {"kind": "openai", "base_url": "https://models.example.com/v1", "secret": "ACME_KEY"}
    prices = {"llama": {"input": "0.20", "output": "0.60"}}
    await client.put("/api/v1/models/providers/acme", json={**provider, "prices": prices, "tokens_per_minute": 9000})
    await client.put("/api/v1/models/aliases/quick", json={"model": "acme:llama"})
    schema = {"type": "object", "properties": {"zeta": {"type": "string"}, "alpha": {"type": "string"}}}
    agent = {"model": "quick", "instructions": "Read.\nThen {{ say }} it: 'on'", "tools": ["shop.find_article"]}
    definition = {**agent, "output_schema": schema, "limits": {"max_turns": 3}}
    assert (await client.post("/api/v1/agents", json={"name": "reader", "definition": definition})).status_code == 201
    remote = {"kind": "a2a", "url": "https://agents.example.com", "secret": "PARTNER"}
    assert (await client.put("/api/v1/agents/partner", json=remote)).status_code == 200
    called = {"id": "ask", "type": "tool_call", "with": {"tool": "shop.find_article", "args": {"name": "tea"}}}
    await save(client, "asking", nodes=[called], output=1)
    for said in (
        {"cron": "0 9 * * mon-fri", "time_zone": "Europe/Berlin"},
        {"every": "5m", "version": 1, "paused": True},
    ):
        body = {"name": "again", "workflow": "inner", "input": {"name": "{{ scheduled_at }}"}, **said}
        assert (await client.post("/api/v1/schedules", json=body)).status_code == 201
    for environment, name, value in (("prod", "REGION", "us"), ("dev", "LIMIT", 2.0), ("dev", "ON", True)):
        await client.put(f"/api/v1/environments/{environment}/variables/{name}", json={"value": value})


async def export(client: httpx2.AsyncClient) -> bytes:
    answer = await client.get("/api/v1/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return answer.content


async def send(client: httpx2.AsyncClient, files: dict[str, bytes], query: str = "") -> httpx2.Response:
    content = packed({**MANIFEST, **files})
    return await client.post(f"/api/v1/import{query}", content=content, headers={"content-type": "application/zip"})


async def test_a_project_that_is_put_in_elsewhere_is_taken_out_the_same(
    client: httpx2.AsyncClient, resources: Resources, other: Caller
) -> None:
    await a_full_project(client)
    archive = await export(client)
    report = await import_project(resources, archive, other, dry_run=False)
    assert await export_project(resources, other) == archive
    assert [(each.slug, each.did, each.version) for each in report.workflows] == [
        ("asking", "created", 1),
        ("commented", "created", 3),
        ("inner", "created", 1),
        ("outer", "created", 1),
        ("started", "created", 0),
    ]
    assert report.promoted == ["staging: commented 2"]
    assert (report.schedules, report.templates) == (["inner: again", "inner: again"], ["own"])
    assert report.tools == ["ask.now", "shop"]
    assert (report.models, report.agents) == (["acme", "quick"], ["partner", "reader"])


async def test_the_files_hold_sources_byte_for_byte_and_what_runs_where(client: httpx2.AsyncClient) -> None:
    await a_full_project(client)
    files = unpacked(await export(client))
    assert files["workflows/commented.yaml"] == YAML.replace(b"value: 1", b"value: 3")
    assert files["versions/commented/2.yaml"] == YAML.replace(b"value: 1", b"value: 2")
    assert b"environments:\n  staging: 2\n" in files["settings/commented.yaml"]
    assert b"variables:\n  REGION: us\n" in files["environments/prod.yaml"]
    assert files["drafts/started.yaml"] == b"plait: 1\n# not yet"


async def test_random_documents_come_back_byte_for_byte(
    client: httpx2.AsyncClient, resources: Resources, other: Caller
) -> None:
    chance = random.Random(5)
    for number in range(12):
        document = a_document(f"w{number}", vars={"text": "".join(chance.choices("ä\n\t'\"#: {}[]&*%@`é☃0", k=30))})
        text = to_yaml(document) + "# " + "x" * chance.randrange(90) + "\n"
        await put(client, f"w{number}", text.encode())
    archive = await export(client)
    await import_project(resources, archive, other, dry_run=False)
    assert await export_project(resources, other) == archive


async def test_putting_the_same_in_again_changes_nothing(client: httpx2.AsyncClient, resources: Resources) -> None:
    await a_full_project(client)
    archive = await export(client)
    report = await import_project(resources, archive, local_caller(), dry_run=False)
    assert {each.did for each in report.workflows} == {"unchanged"}
    done = [
        report.environments,
        report.variables,
        report.promoted,
        report.schedules,
        report.templates,
        report.tools,
        report.models,
        report.agents,
        report.kept,
    ]
    assert done == [[]] * 9
    assert not any(each.settings for each in report.workflows)
    assert await export(client) == archive


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    client: httpx2.AsyncClient, resources: Resources, other: Caller
) -> None:
    await a_full_project(client)
    before = await export_project(resources, other)
    report = await import_project(resources, await export(client), other, dry_run=True)
    assert (report.dry_run, len(report.workflows), len(report.variables)) == (True, 5, 3)
    assert await export_project(resources, other) == before


async def test_documents_alone_are_new_versions_of_what_they_are(client: httpx2.AsyncClient) -> None:
    await save(client, "inner")
    outer = {
        "plait": 1,
        "slug": "outer",
        "nodes": [{"id": "c", "type": "subworkflow", "with": {"workflow": "fresh", "input": {}}}],
    }
    files = {
        "workflows/commented.yaml": YAML,
        "workflows/fresh.yaml": YAML.replace(b"slug: commented", b"slug: fresh"),
        "workflows/outer.yaml": to_yaml(outer).encode(),
    }
    first, again = [(await send(client, files)).json() for _ in range(2)]
    assert [each["did"] for each in first["workflows"]] == ["created"] * 3
    assert [each["did"] for each in again["workflows"]] == ["unchanged"] * 3
    files["workflows/commented.yaml"] = YAML.replace(b"value: 1", b"value: 2")
    changed = (await send(client, files)).json()["workflows"][0]
    assert (changed["did"], changed["version"]) == ("versioned", 2)


async def test_nothing_is_saved_where_one_file_is_wrong_and_every_problem_is_told(client: httpx2.AsyncClient) -> None:
    files = {
        "workflows/commented.yaml": YAML,
        "workflows/bad.yaml": b"plait: 1\nslug: bad\nnodes:\n  - {id: a, type: transfrm}\n",
        "workflows/other.yaml": YAML,
        "workflows/lonely.yaml": b"plait: 1\nslug: lonely\nnodes:\n  - {id: a, type: subworkflow, with: {workflow: nowhere}}\n",
    }
    refused = problem(await send(client, files), 422, "workflow_invalid")
    assert [(each["pointer"].split("/")[1], each["line"]) for each in refused["errors"]] == [
        ("workflows~1bad.yaml", 4),
        ("workflows~1lonely.yaml", 4),
        ("workflows~1other.yaml", None),
    ]
    assert (await client.get("/api/v1/workflows")).json()["items"] == []


async def test_a_pointer_of_a_protected_environment_is_set_once_and_moved_by_promotion_alone(
    client: httpx2.AsyncClient,
) -> None:
    def files(value: bytes) -> dict[str, bytes]:
        return {
            "workflows/commented.yaml": YAML.replace(b"value: 1", b"value: " + value),
            "settings/commented.yaml": b"version: 1\nname: Commented\nenvironments: {prod: 1}\n",
        }

    assert (await send(client, files(b"1"))).json()["promoted"] == ["prod: commented 1"]
    again = (await send(client, files(b"2"))).json()
    assert again["promoted"] == []
    assert again["kept"] == ["prod: commented stays at version 1; promote version 2."]


async def test_what_cannot_be_put_in_leaves_no_trace(client: httpx2.AsyncClient) -> None:
    settings = b"version: 1\nname: C\nenvironments: {moon: 1}\n"
    reads = YAML.replace(b"nodes:", b"env: {LIMIT: {type: integer}}\nnodes:")
    for files in (
        {"settings/commented.yaml": settings, "workflows/commented.yaml": YAML},
        {"workflows/commented.yaml": reads, "environments/dev.yaml": b"variables: {LIMIT: ten}\n"},
        {"workflows/plait-own.yaml": YAML.replace(b"commented", b"plait-own")},
    ):
        assert (await send(client, files)).status_code == 422
    assert (await client.get("/api/v1/workflows")).json()["items"] == []
    assert (await client.get("/api/v1/environments/dev/variables")).json()["items"] == []


async def test_only_a_zip_is_taken(client: httpx2.AsyncClient) -> None:
    problem(await client.post("/api/v1/import", json={}), 415, "unsupported_media_type")
    headers = {"content-type": "application/zip"}
    problem(await client.post("/api/v1/import", content=b"no zip", headers=headers), 422, "request_invalid")


async def test_who_may_not_promote_puts_in_no_pointer(resources: Resources) -> None:
    files: dict[str, Any] = {
        **MANIFEST,
        "workflows/commented.yaml": YAML,
        "settings/commented.yaml": b"version: 1\nname: Commented\nenvironments: {prod: 1}\n",
    }
    editor = replace(local_caller(), scopes=frozenset({"workflows:write"}))
    with pytest.raises(Exception, match="workflows:promote"):
        await import_project(resources, packed(files), editor, dry_run=False)


async def test_an_import_makes_environments_and_keeps_who_protects_those_that_are_there(
    client: httpx2.AsyncClient,
) -> None:
    files = {"environments/prod.yaml": b"protected: false\n", "environments/qa.yaml": b"variables: {X: 1}\n"}
    report = (await send(client, files)).json()
    assert (report["environments"], report["variables"]) == (["qa"], ["qa.X"])
    assert report["kept"] == ["prod: whether it is protected, and by whom, is not changed by an import."]
    listed = (await client.get("/api/v1/environments")).json()["items"]
    assert {each["name"]: each["protected"] for each in listed} == {
        "dev": False,
        "staging": False,
        "prod": True,
        "qa": False,
    }


async def test_agents_and_aliases_come_with_the_workflows_that_name_them(client: httpx2.AsyncClient) -> None:
    workflow = {
        "plait": 1,
        "slug": "asks",
        "chain": [{"id": "a", "type": "agent_call", "with": {"agent": "reader", "task": "Read."}}],
    }
    files = {
        "workflows/asks.yaml": to_yaml(workflow).encode(),
        "agents/reader.yaml": b"model: quick\ninstructions: Read.\n",
        "models.yaml": b"aliases: {quick: 'local:demo'}\n",
    }
    report = (await send(client, files)).json()
    assert (report["agents"], report["models"], report["workflows"][0]["did"]) == (["reader"], ["quick"], "created")


async def test_what_is_wrong_with_an_agent_that_comes_alone_is_said_with_its_file(client: httpx2.AsyncClient) -> None:
    files = {"agents/reader.yaml": b"model: qiuck\ntools: [nothing]\n"}
    refused = problem(await send(client, files), 422, "workflow_invalid")
    assert [(each["code"], each["pointer"]) for each in refused["errors"]] == [
        ("unknown_model", "/agents~1reader.yaml/model"),
        ("unknown_tool", "/agents~1reader.yaml/tools/0"),
    ]
    refused = problem(await send(client, {"agents/reader.yaml": b"modell: quick\n"}), 422, "request_invalid")
    assert {each["pointer"] for each in refused["errors"]} == {
        "/agents~1reader.yaml/model",
        "/agents~1reader.yaml/modell",
    }
