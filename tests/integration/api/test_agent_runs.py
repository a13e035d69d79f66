"""Agents that run, over HTTP: what a reader sees of turns and calls, and what people say to them."""

from typing import Any

from tests.integration.api.test_running import work
from tests.support.live import Live

ASK = {"id": "ask", "type": "agent_call", "with": {"agent": "reader", "task": "Read it."}}


async def store(live: Live, **said: Any) -> None:
    """The agent `reader`, played by the model of demos: it calls its first tool once, then answers."""
    answer = await live.client.put(
        "/api/v1/agents/reader", json={"model": "local:demo", **said}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.text


async def test_an_agent_waits_for_an_approval_and_its_turns_and_calls_are_read_below_it(live: Live) -> None:
    await store(live, tools=["work"], needs_approval=["work"], approvers=["group:legal"])
    await live.save("asking", [ASK])
    run = await live.start("asking", wait=20, until="blocked")
    (gate,) = (await live.get("/gates", status="open"))["items"]
    call = "ask.turn~1.work~1"
    assert (gate["kind"], gate["path"], gate["node"]) == ("tool_approval", f"{call}.approval", "ask")
    assert [(each["kind"], each["path"]) for each in run["waiting_for"]] == [("gate", gate["path"])]
    decided = await live.client.post(f"/api/v1/gates/{gate['id']}/decisions", json={"decision": "approved"})
    assert decided.status_code in (200, 202), decided.text
    ended = await live.until(run["id"], "completed")
    assert isinstance(ended["output"], dict)
    below = await live.get(f"/workflow_runs/{run['id']}/nodes")
    paths = [(node["path"], node["type"], node["status"]) for node in below["items"]]
    assert sorted(paths) == [
        ("ask", "agent_call", "completed"),
        ("ask.turn~1", "agent_turn", "completed"),
        (call, "agent_tool", "completed"),
        (f"{call}.approval", "human_gate", "completed"),
        ("ask.turn~2", "agent_turn", "completed"),
    ]
    took = {node["path"]: node["tokens"]["input"] for node in below["items"]}
    assert took["ask"] == took["ask.turn~1"] + took["ask.turn~2"] > 0
    turn = await live.get(f"/workflow_runs/{run['id']}/nodes/ask.turn~2")
    assert [message["role"] for message in turn["input"]["messages"]] == ["user", "assistant", "tool"]
    graph = await live.get(f"/workflow_runs/{run['id']}/graph")
    assert [(node["id"], node["status"], node["has_body"]) for node in graph["nodes"]] == [("ask", "completed", False)]


async def test_a_workflow_that_an_agent_calls_is_a_run_below_its_own(live: Live) -> None:
    await live.save("helper", [work("double", 42)], output={"got": "{{ nodes.double.output }}"})
    await store(live, tools=["workflow:helper"])
    await live.save("calling", [ASK])
    run = await live.start("calling", wait=30)
    assert run["status"] == "completed", run
    call = await live.get(f"/workflow_runs/{run['id']}/nodes/ask.turn~1.helper~1")
    assert (call["type"], call["output"]) == ("subworkflow", {"got": 42})
    children = await live.get("/workflow_runs", parent_run_id=run["id"])
    assert [child["status"] for child in children["items"]] == ["completed"]
