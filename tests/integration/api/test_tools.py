"""Tools over HTTP: stored, shown, changed, called by hand, named by workflows."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.resources import Resources
from plait.clock import now
from plait.store import catalogue
from plait.store.catalogue import Worker
from plait.store.delivery import list_orders
from plait.store.runs import read_target
from tests.support.http_server import HttpServer
from tests.support.live import Live
from tests.support.serving import served
from tests.support.tool_servers import running_office, shop

TOOLS = "/api/v1/tools"
LOOPBACK = "127.0.0.0/8"
SECRET = "s3cret-token"
CITY = {
    "type": "object",
    "required": ["city"],
    "properties": {"city": {"type": "string"}},
    "additionalProperties": False,
}


def a_request(url: str = "https://api.example.com/cities/{city}", **said: Any) -> dict[str, Any]:
    return {"kind": "http", "url": url, "parameters": CITY, **said}


async def stored(client: httpx2.AsyncClient, name: str, source: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(TOOLS, json={"name": name, "source": source})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_stored_request_is_a_tool_beside_those_of_workers(client: httpx2.AsyncClient, worker: Worker) -> None:
    made = await stored(client, "weather", a_request(description="Sun or rain."))
    assert made["stored"]["definition"] == a_request(description="Sun or rain.")
    listed = (await client.get(TOOLS)).json()["items"]
    assert [(each["name"], each["kind"], each["source"], each["running"]) for each in listed] == [
        ("shout", "function", None, True),
        ("weather", "http", "weather", True),
    ]
    assert [each["name"] for each in (await client.get(TOOLS, params={"kind": "http"})).json()["items"]] == ["weather"]
    assert [each["name"] for each in (await client.get(TOOLS, params={"q": "RAIN"})).json()["items"]] == ["weather"]


async def test_a_schema_keeps_the_order_of_its_fields(client: httpx2.AsyncClient) -> None:
    fields = {"zebra": {"type": "string"}, "an_ant": {"type": "string"}, "b": {"type": "string"}}
    await stored(client, "zoo", a_request("https://x.example", parameters={"type": "object", "properties": fields}))
    (tool,) = (await client.get(f"{TOOLS}/zoo")).json()["tools"]
    assert list(tool["parameters"]["properties"]) == list(fields)


async def test_an_edit_names_what_it_changes(client: httpx2.AsyncClient) -> None:
    await stored(client, "weather", a_request())
    tag = (await client.get(f"{TOOLS}/weather")).headers["etag"]
    order = {"source": a_request(description="New.")}
    assert (await client.put(f"{TOOLS}/weather", json=order)).status_code == 428
    changed = await client.put(f"{TOOLS}/weather", json=order, headers={"if-match": tag})
    assert changed.json()["tools"][0]["description"] == "New."
    late = await client.put(f"{TOOLS}/weather", json=order, headers={"if-match": tag})
    assert (late.status_code, late.json()["current"]["stored"]["revision"]) == (412, 2)
    assert (await client.delete(f"{TOOLS}/weather", headers={"if-match": tag})).status_code == 412
    assert (await client.delete(f"{TOOLS}/weather", headers={"if-match": "*"})).status_code == 204
    assert (await client.get(f"{TOOLS}/weather")).status_code == 404


async def test_everything_that_is_wrong_is_told_with_its_place(client: httpx2.AsyncClient) -> None:
    source = a_request(
        "https://{host}/x",
        auth={"bearer": "hunter2"},
        headers={"a": "{{ input.x }}", "b": "{{ secrets }}"},
        query={"q": "{{ args. }}"},
        result="body[",
        output_schema={"type": "nothing"},
    )
    answer = await client.post(TOOLS, json={"name": "Bad Name", "source": source})
    assert (answer.status_code, "hunter2" in answer.text) == (422, False)
    assert {(each["code"], each["pointer"]) for each in answer.json()["errors"]} == {
        ("invalid_name", "/name"),
        ("invalid_url", "/source/url"),
        ("unknown_argument", "/source/url"),
        ("secret_not_named", "/source/auth/bearer"),
        ("unknown_name", "/source/headers/a"),
        ("secret_not_named", "/source/headers/b"),
        ("invalid_expression", "/source/query/q"),
        ("invalid_expression", "/source/result"),
        ("invalid_schema", "/source/output_schema"),
    }


async def test_two_things_cannot_have_one_name(client: httpx2.AsyncClient, worker: Worker) -> None:
    await stored(client, "weather", a_request())
    for name in ("weather", "shout"):
        answer = await client.post(TOOLS, json={"name": name, "source": a_request()})
        assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
        assert name in answer.json()["detail"]
    assert "Did you mean weather?" in (await client.get(f"{TOOLS}/wether")).json()["detail"]
    assert (await client.get(f"{TOOLS}/shout")).json()["stored"] is None


async def test_an_edit_that_would_take_anothers_name_leaves_everything_as_it_was(client: httpx2.AsyncClient) -> None:
    operations: dict[str, Any] = {"/a": {"get": {"operationId": "a"}}}
    source = {"kind": "openapi", "document": {"openapi": "3.1.0", "paths": operations}, "server": "https://x.example"}
    before = await stored(client, "shop", source)
    await stored(client, "shop.b", a_request())
    operations["/b"] = {"get": {"operationId": "b"}}
    refused = await client.put(f"{TOOLS}/shop", json={"source": source}, headers={"if-match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "name_taken")
    assert (await client.get(f"{TOOLS}/shop")).json() == before


async def test_an_openapi_document_shows_what_it_would_be_made_into(client: httpx2.AsyncClient) -> None:
    document = shop().openapi()
    document["paths"]["/upload"] = {"post": {"operationId": "upload", "requestBody": {"content": {"*": {}}}}}
    document["paths"]["/far"] = {
        "get": {"operationId": "far", "parameters": [{"$ref": "https://evil.example/p.json"}], "responses": {}}
    }
    source = {"kind": "openapi", "document": document, "server": "https://shop.example"}
    order = {"name": "shop", "source": source}
    shown = (await client.post(TOOLS, json=order, params={"dry_run": True})).json()
    assert [each["name"] for each in shown["tools"]] == [
        *("shop.find_article", "shop.create_order", "shop.answer", "shop.scan", "shop.note", "shop.wrong")
    ]
    assert (await client.get(f"{TOOLS}/shop")).status_code == 404
    made = await stored(client, "shop", source)
    assert {each["name"]: each["reason"] for each in made["stored"]["skipped"]} == {
        "upload": "its body is *, which is not sent here",
        "far": "it refers to another document, which is not fetched",
    }
    assert "document" not in made["stored"]["definition"]


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
    [
        ({"document": "swagger: '2.0'\npaths: {}"}, "not_openapi", "/source/document"),
        ({"document": "a: [1"}, None, "/source/document"),
        (
            {"document": {"openapi": "3.1.0", "paths": {}}, "server": "https://x.example"},
            "no_tools",
            "/source/document",
        ),
        ({"document": shop().openapi()}, "invalid_url", "/source/server"),
        ({}, "invalid_value", "/source/document"),
    ],
)
async def test_a_document_that_is_none_is_told_so(
    client: httpx2.AsyncClient, said: dict[str, Any], code: str | None, pointer: str
) -> None:
    answer = await client.post(TOOLS, json={"name": "shop", "source": {"kind": "openapi", **said}})
    (problem, *_) = answer.json()["errors"]
    assert (answer.status_code, problem["pointer"]) == (422, pointer)
    assert code in (None, problem["code"])


async def test_a_server_is_asked_by_a_worker_alone(client: httpx2.AsyncClient) -> None:
    source = {"kind": "mcp", "url": "https://mcp.example/mcp"}
    answer = await client.post(TOOLS, json={"name": "office", "source": source})
    assert (answer.status_code, answer.json()["code"]) == (503, "temporal_unavailable")
    assert (await client.get(f"{TOOLS}/office")).status_code == 404


async def test_arguments_are_checked_when_a_version_is_saved(client: httpx2.AsyncClient) -> None:
    await stored(client, "weather", a_request())
    call = {"id": "ask", "type": "tool_call", "with": {"tool": "weather", "args": {"town": "Rome"}}}
    answer = await client.post("/api/v1/workflows", json={"plait": 1, "slug": "ask", "nodes": [call]})
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/nodes/0/with/args", "/nodes/0/with/args/town"}
    call["with"] = {"tool": "weather", "args": {"city": "Rome"}}
    answer = await client.post("/api/v1/workflows", json={"plait": 1, "slug": "ask", "nodes": [call]})
    assert (answer.status_code, answer.json()["warnings"]) == (201, [])
    (user,) = (await client.get(f"{TOOLS}/weather/used_by")).json()["items"]
    assert (user["type"], user["name"], user["version"]) == ("workflow", "ask", 1)


async def test_a_workflow_is_a_tool_with_its_input(client: httpx2.AsyncClient) -> None:
    document = {
        "plait": 1,
        "slug": "greet",
        "input": {"type": "object", "properties": {"name": {"type": "string"}}},
        "nodes": [{"id": "a", "type": "transform", "with": {"value": 1}}],
    }
    assert (await client.post("/api/v1/workflows", json=document)).status_code == 201
    (tool,) = (await client.get(TOOLS, params={"kind": "workflow"})).json()["items"]
    assert (tool["name"], tool["parameters"]) == ("workflow:greet", document["input"])
    refused = await client.post(f"{TOOLS}/workflow:greet/test", json={})
    assert (refused.status_code, "/run" in refused.json()["detail"]) == (422, True)


async def test_a_stored_tool_is_called_by_a_run_and_by_hand(idle: Live, http_server: HttpServer) -> None:
    source = a_request(f"{http_server.url}/echo/{{city}}", auth={"bearer": "{{ secrets.KEY }}"}, result="body.method")
    await stored(idle.client, "weather", source)
    call = {"id": "ask", "type": "tool_call", "with": {"tool": "weather", "args": {"city": "{{ input.city }}"}}}
    await idle.save("ask", [call], output="{{ nodes.ask.output }}")
    async with idle.working(secrets={"KEY": SECRET}, reaches=LOOPBACK):
        run = await idle.start("ask", {"input": {"city": "Rome"}}, wait=20)
        assert (run["status"], run["output"]) == ("completed", "GET")
        said = (await idle.client.post(f"{TOOLS}/weather/test", json={"args": {"city": "Oslo"}})).json()
        assert (said["ok"], said["result"], said["error"]) == (True, "GET", None)
        wrong = (await idle.client.post(f"{TOOLS}/weather/test", json={"args": {"town": "Oslo"}})).json()
        assert (wrong["ok"], wrong["error"]["type"]) == (False, "ArgumentsInvalid")
    assert [each.path for each in http_server.seen] == ["/echo/Rome", "/echo/Oslo"]


async def test_an_mcp_server_is_stored_with_what_it_lists_and_asked_again(idle: Live) -> None:
    async with running_office() as office, idle.working(secrets={"KEY": SECRET}, reaches=LOOPBACK):
        source = {"kind": "mcp", "url": office.url, "auth": {"bearer": "{{ secrets.KEY }}"}, "include": ["add", "no*"]}
        made = await stored(idle.client, "office", source)
        assert [each["name"] for each in made["tools"]] == ["office.add"]
        assert {each["authorization"] for each in office.headers} == {f"Bearer {SECRET}"}
        said = (await idle.client.post(f"{TOOLS}/office.add/test", json={"args": {"a": 1, "b": 2}})).json()
        assert said["result"] == {"result": 3}

        @office.server.tool()
        def nod() -> str:
            """Nods."""
            return "yes"

        anew = (await idle.client.post(f"{TOOLS}/office/refresh", json={})).json()
        assert [each["name"] for each in anew["tools"]] == ["office.add", "office.nod"]
        office.refuses = 401
        refused = await idle.client.post(TOOLS, json={"name": "again", "source": source})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "ToolFailed")
        assert SECRET not in refused.text


async def test_an_openapi_document_is_fetched_where_it_is(idle: Live) -> None:
    async with served(shop(), lifespan="on") as port, idle.working(reaches=LOOPBACK):
        source = {"kind": "openapi", "url": f"http://127.0.0.1:{port}/openapi.json"}
        await stored(idle.client, "shop", source)
        said = (await idle.client.post(f"{TOOLS}/shop.find_article/test", json={"args": {"name": "tea"}})).json()
        assert said["result"] == {"name": "tea", "tags": [], "shop": "main"}


@pytest.mark.parametrize(
    ("others", "nearby"),
    [
        ([], True),
        ([{"workflows": True, "activities": False}], False),
        ([{"workflows": False, "activities": True}], True),
    ],
)
async def test_short_tools_run_beside_the_workflow_where_all_workers_of_workflows_run_tools(
    client: httpx2.AsyncClient, resources: Resources, others: list[dict[str, bool]], *, nearby: bool
) -> None:
    for number, info in enumerate([{"workflows": True, "activities": True}, *others]):
        await catalogue.publish(resources.pool, Worker(f"worker-{number}", now(), info), {}, {}, now=now())
    node = {"id": "a", "type": "transform", "with": {"value": 1}}
    await client.post("/api/v1/workflows", json={"plait": 1, "slug": "x", "nodes": [node]})
    run = (await client.post("/api/v1/workflows/x/run", json={})).json()
    (order,) = await list_orders(resources.pool, [UUID(run["id"])])
    target = await read_target(resources.pool, "default", "x", None, "dev")
    assert target is not None
    assert (order.nearby, target.nearby) == (nearby, nearby)


async def test_an_environment_that_lacks_the_secret_of_a_tool_is_told_so(client: httpx2.AsyncClient) -> None:
    await stored(client, "weather", a_request(auth={"bearer": "{{ secrets.WEATHER_KEY }}"}))
    call = {"id": "ask", "type": "tool_call", "with": {"tool": "weather", "args": {"city": "Rome"}}}
    await client.post("/api/v1/workflows", json={"plait": 1, "slug": "ask", "nodes": [call]})
    refused = await client.post("/api/v1/workflows/ask/promote", json={"environment": "staging"})
    (problem,) = refused.json()["errors"]
    assert (problem["code"], problem["pointer"]) == ("secret_not_set", "/nodes/0/with/tool")
    assert "WEATHER_KEY" in problem["message"]
