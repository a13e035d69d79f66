"""Control of runs through the API, on the real Temporal, with a worker."""

import asyncio
from typing import Any

import httpx2

from tests.support.live import Live

RUN = "/api/v1/workflow_runs"


def work(node: str, value: Any = 1, **said: Any) -> dict[str, Any]:
    return {"id": node, "type": "tool_call", "with": {"tool": "work", "args": {"value": value}}, **said}


def gate(node: str) -> dict[str, Any]:
    return {"id": node, "type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}


async def tell(live: Live, run: dict[str, Any], verb: str, **said: Any) -> httpx2.Response:
    method = "PUT" if verb == "breakpoints" else "POST"
    return await live.client.request(method, f"{RUN}/{run['id']}/{verb}", json=said)


async def until(live: Live, run: dict[str, Any], status: str, seconds: float = 20) -> dict[str, Any]:
    """The run, once it has this status and what is shown of it is whole."""
    async with asyncio.timeout(seconds):
        while True:
            found = await live.get(f"/workflow_runs/{run['id']}")
            if found["status"] == status and found["requested"] is None:
                return found
            await asyncio.sleep(0.05)


async def paused_before(live: Live, run: dict[str, Any], *paths: str, seconds: float = 20) -> dict[str, Any]:
    """The run, once it is paused before exactly these."""
    async with asyncio.timeout(seconds):
        while True:
            found = await live.get(f"/workflow_runs/{run['id']}")
            if found["status"] == "paused" and {each["path"] for each in found["paused_before"]} == set(paths):
                return found
            await asyncio.sleep(0.05)


async def test_a_paused_run_lets_a_gate_be_decided_and_goes_on_with_what_follows_once_resumed(live: Live) -> None:
    await live.save("gated", [gate("sign_off"), work("b")], [{"from": "sign_off", "to": "b", "on": "approved"}])
    run = await live.start("gated", wait=20, until="blocked")
    assert run["allowed_actions"] == ["cancel", "pause", "breakpoints", "terminate"]
    answer = await tell(live, run, "pause", reason="waiting for the bank")
    assert answer.status_code == 202, answer.text
    paused = await until(live, run, "paused")
    assert paused["message"].startswith("Paused by local since ")
    assert paused["message"].endswith(": waiting for the bank.")
    assert paused["allowed_actions"] == ["cancel", "resume", "continue", "breakpoints", "terminate"]
    assert (await tell(live, run, "pause")).status_code == 200
    (listed,) = (await live.get("/gates", run_id=run["id"]))["items"]
    decided = await live.client.post(f"/api/v1/gates/{listed['id']}/decisions", json={"decision": "approved"})
    assert decided.status_code == 200, decided.text
    node = await live.get(f"/workflow_runs/{run['id']}/nodes/sign_off")
    assert node["status"] == "completed"
    assert (await until(live, run, "paused"))["completed_nodes"] == 1
    assert (await tell(live, run, "resume", reason="it paid")).status_code == 202
    await until(live, run, "completed")
    assert (await tell(live, run, "resume")).status_code == 409
    events = (await live.get(f"/workflow_runs/{run['id']}/events"))["items"]
    told = [
        (each["type"], each["data"]["by"]["name"], each["data"]["reason"])
        for each in events
        if "ause" in each["type"] or "resum" in each["type"]
    ]
    assert told == [
        ("workflow.run.paused", "local", "waiting for the bank"),
        ("workflow.run.resumed", "local", "it paid"),
    ]


async def test_a_run_in_debug_mode_stops_before_each_node_and_takes_another_input(live: Live) -> None:
    nodes = [work("a", "{{ input.n }}"), work("b", "{{ nodes.a.output }}"), work("c", "{{ nodes.b.output }}")]
    await live.save("chain", nodes, [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}])
    run = await live.start("chain", {"input": {"n": 7}, "debug": True})
    stopped = await paused_before(live, run, "a")
    assert stopped["paused_before"][0]["input"] == {"tool": "work", "args": {"value": 7}}
    assert stopped["waiting_for"][0]["kind"] == "breakpoint"
    assert "step" in stopped["allowed_actions"]
    assert (await tell(live, run, "step", path="a")).status_code == 202
    await paused_before(live, run, "b")
    assert (await tell(live, run, "step", path="b", input={"args": {"value": 40}})).status_code == 202
    stopped = await paused_before(live, run, "c")
    assert stopped["paused_before"][0]["input"]["args"] == {"value": 40}
    assert stopped["flags"] == ["overridden"]
    assert (await tell(live, run, "continue")).status_code == 202
    assert (await until(live, run, "completed"))["output"] == {"c": 40}
