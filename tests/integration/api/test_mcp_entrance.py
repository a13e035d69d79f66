"""What agents may not do: messages without a key, of other sites, too long, for what is not theirs."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolRequestParams
from pydantic import SecretStr

from api.app import create_app
from api.http.errors import Refusal
from api.mcp import server, tasks
from api.mcp.asked import Asked
from api.resources import Resources
from plait.auth import Actor, Caller, Scope
from plait.settings import Settings
from tests.integration.api.support import client_of, problem, save

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
KEY = "a-key-of-tests"


async def send(client: httpx2.AsyncClient, message: Any = LIST, **headers: str) -> httpx2.Response:
    return await client.post("/api/v1/mcp", json=message, headers={"Accept": "application/json", **headers})


def call(name: str, /, **arguments: Any) -> dict[str, Any]:
    """A message that calls a tool."""
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}


@pytest.fixture
def locked(resources: Resources, settings: Settings) -> FastAPI:
    """The API behind a key."""
    behind = settings.model_copy(update={"api_key": SecretStr(KEY)})
    return create_app(replace(resources, settings=behind))


async def test_without_the_key_nothing_is_told(locked: FastAPI) -> None:
    async with client_of(locked) as client:
        problem(await send(client), 401, "unauthenticated")
        problem(await send(client, Authorization="Bearer wrong"), 401, "unauthenticated")
        answer = await send(client, Authorization=f"Bearer {KEY}")
    assert len(answer.json()["result"]["tools"]) == 5


async def test_pages_of_other_sites_and_rebound_names_are_kept_out(client: httpx2.AsyncClient) -> None:
    problem(await send(client, Origin="https://evil.example"), 403, "origin_refused")
    problem(await send(client, Host="evil.example"), 400, "host_refused")
    answer = await client.post("/api/v1/mcp", content=b"{}", headers={"Content-Type": "text/plain"})
    problem(answer, 415, "unsupported_media_type")


async def test_a_message_is_read_as_strictly_as_any_body(client: httpx2.AsyncClient) -> None:
    problem(await send(client, call("get_run", run_id="x" * 1_100_000)), 413, "too_large")
    answer = await client.post("/api/v1/mcp", content=b'{"a": NaN}', headers={"Content-Type": "application/json"})
    problem(answer, 400, "malformed_json")
    problem(await client.get("/api/v1/mcp"), 405, "method_not_allowed")


async def test_a_megabyte_of_input_is_the_tool_s_error(client: httpx2.AsyncClient) -> None:
    await save(client, expose={"mcp": True})
    answer = (await send(client, call("greeting", name=7, more="x" * 1_000_000))).json()["result"]
    assert (answer["isError"], len(answer["content"][0]["text"]) < 1000) == (True, True)


async def test_a_name_that_is_no_tool_is_an_error_of_the_protocol(client: httpx2.AsyncClient) -> None:
    for name in ("nothing", "start_run ", "x" * 100_000):
        error = (await send(client, call(name))).json()["error"]
        assert (error["code"], len(error["message"]) < 300) == (-32602, True)


async def test_another_project_s_workflow_is_no_tool(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client, expose={"mcp": True})
    await resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    await resources.pool.execute("update workflows set project = 'other'")
    assert "error" in (await send(client, call("greeting", name="Ana"))).json()
    listed = (await send(client)).json()["result"]["tools"]
    assert "greeting" not in [tool["name"] for tool in listed]


async def test_a_key_of_a_call_must_be_one(client: httpx2.AsyncClient) -> None:
    await save(client, expose={"mcp": True})
    message = call("greeting", name="Ana")
    message["params"]["_meta"] = {"plait/idempotency_key": 7}
    answer = (await send(client, message)).json()["result"]
    assert (answer["isError"], "1 to 255" in answer["content"][0]["text"]) == (True, True)


def asked_with(resources: Resources, *scopes: Scope) -> Asked:
    """A message of somebody who may do no more than this."""
    caller = Caller(Actor("user", "ana", "Ana"), "default", frozenset(scopes))
    return Asked(resources, caller, "dev", takes_tasks=False)


@pytest.mark.parametrize(
    ("name", "arguments", "scopes"),
    [
        ("greeting", {"name": "Ana"}, ("workflows:read", "runs:read")),
        ("start_run", {"workflow": "greeting"}, ("runs:read",)),
        ("get_run", {"run_id": "019f52b3-6c1e-7d20-9a4b-2f1f5d8c7e01"}, ("runs:start",)),
        ("decide_gate", {"gate_id": "019f52b3-6c1e-7d20-9a4b-2f1f5d8c7e01", "decision": "approved"}, ("runs:read",)),
        ("cancel_run", {"run_id": "019f52b3-6c1e-7d20-9a4b-2f1f5d8c7e01"}, ("runs:read",)),
    ],
)
async def test_an_agent_may_do_what_its_caller_may(
    client: httpx2.AsyncClient, resources: Resources, name: str, arguments: dict[str, Any], scopes: tuple[Scope, ...]
) -> None:
    await save(client, expose={"mcp": True})
    with pytest.raises(Refusal, match="This needs the scope"):
        await server.call(asked_with(resources, *scopes), CallToolRequestParams(name=name, arguments=arguments))


async def test_a_task_is_known_to_those_who_may_read_runs(resources: Resources) -> None:
    for task in ("seven", "019f52b3-6c1e-7d20-9a4b-2f1f5d8c7e01"):
        with pytest.raises(MCPError, match="There is no such task"):
            await tasks.known(asked_with(resources, "runs:read"), task)
    with pytest.raises(MCPError, match="There is no such task"):
        await tasks.known(asked_with(resources), "019f52b3-6c1e-7d20-9a4b-2f1f5d8c7e01")
