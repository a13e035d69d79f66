"""Overrides over HTTP: who sees which node where, and what is answered when it has moved."""

import asyncio
from typing import Any

import httpx2

from tests.support.live import Live

GATE = {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}
HELD = {"id": "a", "type": "tool_call", "with": {"tool": "flaky", "args": {"failures": 1, "retryable": False}}, "on_error": "hold"}  # fmt: skip
WAITS = {"status": "waiting", "attempt": 0}
PENDING = {"status": "pending", "attempt": 0}
IS_HELD = {"status": "held", "attempt": 1}


def work(name: str, value: Any = 1) -> dict[str, Any]:
    return {"id": name, "type": "tool_call", "with": {"tool": "work", "args": {"value": value}}}


async def override(live: Live, run: str, path: str, **said: Any) -> httpx2.Response:
    body = {"reason": "by hand", **said}
    return await live.client.post(f"/api/v1/workflow_runs/{run}/nodes/{path}/override", json=body)


async def conflict(live: Live, run: str, path: str, **said: Any) -> str:
    answer = await override(live, run, path, **said)
    assert (answer.status_code, answer.json()["code"]) == (409, "run_state_conflict"), answer.text
    return answer.json()["detail"]


async def test_a_gate_may_be_skipped_by_hand_and_no_more(live: Live) -> None:
    edges = [{"from": "sign_off", "to": "b", "on": ["approved", "skipped"]}]
    await live.save("skip-a-gate", [GATE, work("b")], edges)
    run = (await live.start("skip-a-gate", wait=20, until="blocked"))["id"]
    told = await conflict(live, run, "sign_off", action="succeed", output={}, expect=WAITS)
    assert told == "Only people decide a gate: have them vote, or skip it."
    await conflict(live, run, "sign_off", action="skip", expect=PENDING)
    answer = await override(live, run, "sign_off", action="skip", expect=WAITS)
    assert answer.status_code == 200, answer.text
    ended = await live.until(run, "completed")
    assert ended["flags"] == ["overridden"]
    node = await live.get(f"/workflow_runs/{run}/nodes/sign_off")
    assert (node["status"], node["override"]["action"], node["override"]["reason"]) == ("skipped", "skip", "by hand")


async def test_a_node_that_has_not_started_shows_what_will_become_of_it(live: Live) -> None:
    await live.save("ahead", [GATE, work("b")], [{"from": "sign_off", "to": "b", "on": "approved"}])
    started = await live.start("ahead", wait=20, until="blocked")
    run = started["id"]
    assert await conflict(live, run, "b", action="retry", expect=PENDING)
    answer = await override(live, run, "b", action="succeed", output=9, expect=PENDING)
    assert answer.status_code == 200, answer.text
    nodes = await live.get(f"/workflow_runs/{run}/nodes")
    assert [(node["path"], node["status"], node["override"] is not None) for node in nodes["items"]] == [
        ("sign_off", "waiting", False),
        ("b", "pending", True),
    ]
    gate = started["waiting_for"][0]["gate_id"]
    await live.client.post(f"/api/v1/gates/{gate}/decisions", json={"decision": "approved"})
    assert (await live.until(run, "completed"))["output"] == {"b": 9}
    events = await live.get(f"/workflow_runs/{run}/events", types="workflow.node.overridden")
    data = events["items"][0]["data"]
    assert (data["action"], data["reason"], data["by"]["name"]) == ("succeed", "by hand", "local")


async def test_a_retry_may_bring_parameters_that_compile(live: Live) -> None:
    await live.save("other-parameters", [HELD, work("b", "{{ nodes.a.output }}")], [{"from": "a", "to": "b"}])
    run = (await live.start("other-parameters", wait=20, until="blocked"))["id"]
    wrong = await override(live, run, "a", action="retry", expect=IS_HELD, **{"with": {"args": {"failures": "{{ nodes.b.output }}"}}})  # fmt: skip
    assert (wrong.status_code, wrong.json()["code"]) == (422, "workflow_invalid")
    assert wrong.json()["errors"][0]["pointer"].startswith("/with/args")
    other_tool = await override(live, run, "a", action="retry", expect=IS_HELD, **{"with": {"tool": "work"}})
    assert other_tool.json()["errors"][0]["pointer"] == "/with/tool"
    skipped = await override(live, run, "a", action="skip", expect=IS_HELD, **{"with": {"args": {}}})
    assert (skipped.status_code, skipped.json()["code"]) == (422, "request_invalid")
    answer = await override(live, run, "a", action="retry", expect=IS_HELD, **{"with": {"args": {"failures": 0}}})
    assert answer.status_code == 200, answer.text
    await live.until(run, "completed")
    node = await live.get(f"/workflow_runs/{run}/nodes/a")
    assert (node["input"]["args"], node["override"]["with"]) == ({"failures": 0}, {"args": {"failures": 0}})


async def test_of_two_overrides_at_once_one_is_done(live: Live) -> None:
    await live.save("two-at-once", [HELD])
    run = (await live.start("two-at-once", wait=20, until="blocked"))["id"]
    answers = await asyncio.gather(*(override(live, run, "a", action="skip", expect=IS_HELD) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_an_ended_run_takes_no_override_and_what_is_no_node_is_not_found(live: Live) -> None:
    await live.save("ended", [work("b")])
    run = (await live.start("ended", wait=20))["id"]
    assert "rerun" in await conflict(live, run, "b", action="skip", expect={"status": "held", "attempt": 1})
    assert (await override(live, run, "nobody", action="skip", expect=PENDING)).status_code == 404
