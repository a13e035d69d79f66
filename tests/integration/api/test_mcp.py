"""Plait for agents: a real MCP client over a real socket, real runs and a gate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx2
import pytest
from mcp.client import Client
from mcp.client.extension import advertise
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Request, Result
from pydantic import ConfigDict

from tests.support.live import Live

TASKS = "io.modelcontextprotocol/tasks"
GREETING: dict[str, Any] = {
    "name": "Greeting",
    "description": "Greets somebody by name.",
    "input": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    "nodes": [{"id": "greet", "type": "transform", "with": {"value": "Hello {{ input.name }}"}}],
    "output": {"text": "Hello {{ input.name }}"},
    "expose": {"mcp": True},
}
SIGNED: dict[str, Any] = {
    "nodes": [
        {
            "id": "sign",
            "type": "human_gate",
            "with": {
                "title": "Sign it?",
                "show": [{"label": "Amount", "value": "{{ input.amount }}"}],
                "approvers": ["group:legal"],
                "form": {"type": "object", "required": ["note"], "properties": {"note": {"type": "string"}}},
            },
        },
        {"id": "done", "type": "transform", "with": {"value": "{{ nodes.sign.output.form.note }}"}},
    ],
    "edges": [{"from": "sign", "to": "done", "on": "approved"}],
    "output": {"note": "{{ nodes.done.output }}"},
    "expose": {"mcp": True},
}
UNOFFERED: dict[str, Any] = SIGNED | {"expose": {}}


class AnyResult(Result):
    """What a method of an extension answers."""

    model_config = ConfigDict(extra="allow")


class AskTask(Request[dict[str, Any], str]):
    """A method of the tasks extension."""

    name_param = "taskId"


@asynccontextmanager
async def client_of(
    live: Live, *, tasks: bool = False, mode: Literal["legacy", "auto"] = "auto", query: str = "", **headers: str
) -> AsyncIterator[Client]:
    """A chat client, connected."""
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        transport = streamable_http_client(f"http://127.0.0.1:{live.port}/api/v1/mcp{query}", http_client=http)
        extensions = [advertise(TASKS)] if tasks else None
        async with Client(transport, mode=mode, extensions=extensions, cache=None) as client:
            yield client


async def ask(client: Client, method: str, **params: Any) -> dict[str, Any]:
    """A method of the tasks extension, asked."""
    answer = await client.session.send_request(AskTask(method=method, params=params), AnyResult)
    return answer.model_extra or {}


def told(result: CallToolResult) -> dict[str, Any]:
    """The structured content of an answer that is no error."""
    assert not result.is_error, result.content
    return result.structured_content


def text_of(result: CallToolResult) -> str:
    """What a model reads."""
    (only,) = result.content
    return only.text  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_workflow_that_opts_in_is_a_tool_with_its_own_schemas(idle: Live) -> None:
    await idle.save("greeting", **GREETING)
    await idle.save("inner", **UNOFFERED)
    async with client_of(idle) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"start_run", "get_run", "list_gates", "decide_gate", "cancel_run", "greeting"}
    tool = tools["greeting"]
    assert (tool.title, tool.description) == ("Greeting", "Greets somebody by name.")
    assert tool.input_schema == GREETING["input"]
    assert tool.output_schema is not None
    output = tool.output_schema["properties"]["output"]
    assert output["properties"] == {"text": {"type": "string"}}


async def test_what_is_listed_follows_what_is_published(idle: Live) -> None:
    async with client_of(idle) as client:
        await idle.save("greeting", **GREETING)
        first = [tool.name for tool in (await client.list_tools()).tools]
        changed = {"plait": 1, "slug": "greeting", **GREETING, "expose": {"mcp": False}}
        await idle.client.put("/api/v1/workflows/greeting", json=changed, headers={"If-Match": "*"})
        second = [tool.name for tool in (await client.list_tools()).tools]
    assert ("greeting" in first, "greeting" in second) == (True, False)


async def test_an_environment_offers_the_versions_that_it_runs(idle: Live) -> None:
    await idle.save("greeting", **GREETING)
    async with client_of(idle, query="?environment=staging") as client:
        assert "greeting" not in [tool.name for tool in (await client.list_tools()).tools]
        await idle.client.post("/api/v1/workflows/greeting/promote", json={"environment": "staging"})
        assert "greeting" in [tool.name for tool in (await client.list_tools()).tools]


async def test_many_tools_come_in_pages(idle: Live) -> None:
    for number in range(51):
        await idle.save(f"tool-{number:02}", **GREETING)
    async with client_of(idle) as client:
        first = await client.list_tools()
        second = await client.list_tools(cursor=first.next_cursor)
    assert [len(first.tools), len(second.tools), second.next_cursor] == [55, 1, None]


async def test_a_call_answers_with_the_output_of_its_run_to_clients_of_both_eras(live: Live) -> None:
    await live.save("greeting", **GREETING)
    modes: tuple[Literal["auto", "legacy"], ...] = ("auto", "legacy")
    for mode in modes:
        async with client_of(live, mode=mode) as client:
            answer = told(await client.call_tool("greeting", {"name": "Ana"}))
        assert (answer["status"], answer["output"]) == ("completed", {"text": "Hello Ana"})
        run = await live.get(f"/workflow_runs/{answer['run_id']}")
        assert (run["origin"]["kind"], run["started_by"]["id"]) == ("mcp", "local")


async def test_the_same_key_is_the_same_run_which_is_no_task_when_it_is_short(live: Live) -> None:
    await live.save("greeting", **GREETING)
    key: Any = {"plait/idempotency_key": "once"}
    async with client_of(live, tasks=True) as client:
        first, again = [told(await client.call_tool("greeting", {"name": "Ana"}, meta=key)) for _ in range(2)]
        other = await client.call_tool("greeting", {"name": "Bo"}, meta=key)
    assert first["run_id"] == again["run_id"]
    assert (other.is_error, "another body" in text_of(other)) == (True, True)


async def test_a_refused_input_is_the_tool_s_error_with_its_field(idle: Live) -> None:
    await idle.save("greeting", **GREETING)
    async with client_of(idle) as client:
        wrong = await client.call_tool("greeting", {"name": 7})
        odd = await client.call_tool("get_run", {"run_id": "seven"})
    assert (wrong.is_error, odd.is_error) == (True, True)
    assert "input.name" in text_of(wrong)
    assert "run_id" in text_of(odd)


async def test_a_failed_run_is_the_tool_s_error(live: Live) -> None:
    await live.save("fails", [{"id": "end", "type": "end", "with": {"status": "failed", "message": "No luck."}}],
                    expose={"mcp": True})  # fmt: skip
    async with client_of(live) as client:
        answer = await client.call_tool("fails", {})
    assert (answer.is_error, answer.structured_content["status"]) == (True, "failed")
    assert "No luck." in text_of(answer)


async def test_without_tasks_a_gate_is_shown_and_decided_by_plain_tools(live: Live) -> None:
    await live.save("signed", **SIGNED)
    async with client_of(live) as client:
        waiting = told(await client.call_tool("signed", {"amount": 12}))
        (gate,) = waiting["gates"]
        assert (gate["title"], gate["show"][0]["value"], gate["you_may_decide"]) == ("Sign it?", 12, True)
        assert [each["id"] for each in told(await client.call_tool("list_gates"))["gates"]] == [gate["id"]]
        lacking = await client.call_tool("decide_gate", {"gate_id": gate["id"], "decision": "approved"})
        assert (lacking.is_error, "note" in text_of(lacking)) == (True, True)
        vote = {"gate_id": gate["id"], "decision": "approved", "form": {"note": "fine"}}
        assert told(await client.call_tool("decide_gate", vote))["status"] == "approved"
        ended = told(await client.call_tool("get_run", {"run_id": waiting["run_id"], "wait_seconds": 10}))
    assert (ended["status"], ended["output"]) == ("completed", {"note": "fine"})


async def test_a_run_is_started_and_cancelled_by_plain_tools(live: Live) -> None:
    await live.save("signed", **SIGNED)
    async with client_of(live) as client:
        started = told(await client.call_tool("start_run", {"workflow": "signed", "input": {"amount": 1}}))
        run = {"run_id": started["run_id"]}
        assert told(await client.call_tool("get_run", run | {"wait_seconds": 10}))["gates"]
        # From here on nobody is asked any more, and who waits for the run waits for its end.
        assert "gates" not in told(await client.call_tool("cancel_run", run | {"reason": "wrong amount"}))
        ended = await client.call_tool("get_run", run | {"wait_seconds": 10})
    assert (ended.is_error, ended.structured_content["status"]) == (True, "cancelled")


async def a_task(live: Live, client: Client) -> dict[str, Any]:
    """A run that waits for a signature, as its task."""
    await live.save("signed", **SIGNED)
    begun = await client.session.send_request(
        AskTask(method="tools/call", params={"name": "signed", "arguments": {"amount": 12}, "taskId": "signed"}),
        AnyResult,
    )
    return begun.model_extra or {}


async def test_a_long_run_is_a_task_whose_question_is_the_gate(live: Live) -> None:
    async with client_of(live, tasks=True) as client:
        begun = await a_task(live, client)
        assert (begun["resultType"], begun["status"]) == ("task", "working")
        task = await ask(client, "tasks/get", taskId=begun["taskId"])
        assert (task["status"], task["resultType"]) == ("input_required", "complete")
        ((gate, question),) = task["inputRequests"].items()
        assert question["params"]["message"] == "Sign it?\nAmount: 12"
        assert set(question["params"]["requestedSchema"]["properties"]) == {"decision", "form.note", "comment"}
        for silent in ({gate: {"action": "decline"}}, {"unknown": {"action": "accept"}}):
            await ask(client, "tasks/update", taskId=begun["taskId"], inputResponses=silent)
        assert (await ask(client, "tasks/get", taskId=begun["taskId"]))["status"] == "input_required"
        for wrong in ({"decision": 7}, {"decision": "approved"}):
            said = {gate: {"action": "accept", "content": wrong}}
            with pytest.raises(MCPError, match=r"cannot be read|does not match"):
                await ask(client, "tasks/update", taskId=begun["taskId"], inputResponses=said)
        content = {"decision": "approved", "form.note": "fine"}
        said = {gate: {"action": "accept", "content": content}}
        await ask(client, "tasks/update", taskId=begun["taskId"], inputResponses=said)
        await live.until(begun["taskId"], "completed")
        done = await ask(client, "tasks/get", taskId=begun["taskId"])
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"]["output"] == {"note": "fine"}


async def test_a_cancelled_task_is_a_cancelled_run(live: Live) -> None:
    async with client_of(live, tasks=True) as client:
        begun = await a_task(live, client)
        await ask(client, "tasks/cancel", taskId=begun["taskId"])
        await live.until(begun["taskId"], "cancelled")
        assert (await ask(client, "tasks/get", taskId=begun["taskId"]))["status"] == "cancelled"
        await ask(client, "tasks/cancel", taskId=begun["taskId"])


async def test_a_client_that_does_not_say_it_takes_tasks_gets_none(idle: Live) -> None:
    async with client_of(idle) as client:
        assert client.server_capabilities.extensions == {TASKS: {}}
        with pytest.raises(MCPError, match="Say that you take"):
            await ask(client, "tasks/get", taskId="x")


async def test_runs_and_gates_of_what_is_not_offered_are_as_if_they_were_not(live: Live) -> None:
    await live.save("signed", **UNOFFERED)
    run = await live.start("signed", {"input": {"amount": 1}}, wait=20, until="blocked")
    gate = run["waiting_for"][0]["gate_id"]
    async with client_of(live, tasks=True) as client:
        assert told(await client.call_tool("list_gates"))["gates"] == []
        for name, said in (
            ("get_run", {"run_id": run["id"]}),
            ("cancel_run", {"run_id": run["id"]}),
            ("decide_gate", {"gate_id": gate, "decision": "approved"}),
            ("start_run", {"workflow": "signed", "input": {}}),
        ):
            assert (await client.call_tool(name, said)).is_error, name
        with pytest.raises(MCPError, match="no such task"):
            await ask(client, "tasks/get", taskId=run["id"])
        with pytest.raises(MCPError, match="no tool 'signed'"):
            await client.call_tool("signed", {})
    assert (await live.get(f"/workflow_runs/{run['id']}"))["requested"] is None


async def test_a_gate_of_a_sub_workflow_belongs_to_the_run_that_waits_for_it(live: Live) -> None:
    await live.save("signed", **UNOFFERED)
    call = {"id": "call", "type": "subworkflow", "with": {"workflow": "signed", "input": {"amount": 3}}}
    await live.save("outer", [call], expose={"mcp": True})
    async with client_of(live) as client:
        started = told(await client.call_tool("start_run", {"workflow": "outer"}))
        async with asyncio.timeout(20):
            while not (gates := told(await client.call_tool("list_gates", {"run_id": started["run_id"]}))["gates"]):
                await asyncio.sleep(0.05)
    assert gates[0]["title"] == "Sign it?"
