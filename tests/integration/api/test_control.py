"""Control of runs through the API, on the real Temporal, with a worker."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
from websockets.asyncio.client import connect

from api.control.service import write_command
from api.runs.read import read_run
from api.upkeep.sweeper import sweep_once
from plait.auth import local_caller
from plait.clock import new_id, now
from plait.store.commands import NewCommand
from tests.support.live import Live

RUN = "/api/v1/workflow_runs"
ACTOR = {"type": "user", "id": "ana", "name": "Ana"}


def work(node: str, value: Any = 1, **said: Any) -> dict[str, Any]:
    return {"id": node, "type": "tool_call", "with": {"tool": "work", "args": {"value": value}}, **said}


def transform(node: str) -> dict[str, Any]:
    return {"id": node, "type": "transform", "with": {"value": 1}}


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
    assert (stopped["waiting_for"][0]["path"], stopped["message"][:16]) == ("c", "Paused before c ")
    assert (await tell(live, run, "continue")).status_code == 202
    assert (await until(live, run, "completed"))["output"] == {"c": 40}


async def test_what_contradicts_is_refused_with_what_may_be_done_instead(live: Live) -> None:
    await live.save("gated", [gate("sign_off")])
    run = await live.start("gated", wait=20, until="blocked")
    refused = (await tell(live, run, "step", path="sign_off")).json()
    assert (refused["status"], refused["code"], refused["run_status"]) == (409, "run_state_conflict", "running")
    assert refused["allowed_actions"] == ["cancel", "pause", "breakpoints", "terminate"]
    assert (await tell(live, run, "resume")).status_code == 200
    assert (await tell(live, run, "cancel")).status_code == 202
    assert (await tell(live, run, "pause")).status_code == 409
    assert (await live.until(run["id"], "cancelled"))["requested"] is None
    assert (await tell(live, run, "pause")).json()["detail"] == "The run is cancelled; it cannot be paused."
    nowhere = await live.client.post(f"{RUN}/01a1ff4a-05d0-7344-a12d-7cd812181330/pause", json={})
    assert nowhere.status_code == 404


async def test_breakpoints_name_nodes_of_the_version_that_runs(live: Live) -> None:
    each = {"id": "each", "type": "map", "with": {"items": "[1, 2]", "nodes": [work("score", "{{ item }}")]}}
    await live.save("mapped", [each, work("last")], [{"from": "each", "to": "last"}])
    refused = await live.client.post("/api/v1/workflows/mapped/run", json={"breakpoints": ["scor"]})
    (mend,) = refused.json()["errors"]
    assert (refused.status_code, mend["pointer"], mend["fix"]) == (422, "/breakpoints/0", "Did you mean `score`?")
    run = await live.start("mapped", {"breakpoints": ["each.1.score"]}, wait=20, until="blocked")
    assert run["status"] == "paused"
    stopped = await paused_before(live, run, "each.1.score")
    assert (stopped["breakpoints"], stopped["waiting_for"][0]["path"]) == (["each.1.score"], "each.1.score")
    assert (await tell(live, run, "breakpoints", nodes=["nope"])).json()["errors"][0]["pointer"] == "/nodes/0"
    assert (await tell(live, run, "breakpoints", nodes=["last"])).status_code == 202
    assert (await tell(live, run, "breakpoints", nodes=["last"])).status_code == 200
    assert (await tell(live, run, "continue")).status_code == 202
    await paused_before(live, run, "last")
    await tell(live, run, "resume")
    await until(live, run, "completed")


async def test_the_input_of_a_step_is_held_against_the_type_and_stays_text(live: Live) -> None:
    await live.save("one", [work("a", "{{ input.n }}"), gate("ok")], [{"from": "a", "to": "ok"}])
    run = await live.start("one", {"input": {"n": 7}, "breakpoints": ["a", "ok"]})
    await paused_before(live, run, "a")
    wrong = (await tell(live, run, "step", path="a", input={"tool": 3, "arg": 1})).json()
    assert (wrong["code"], {each["pointer"] for each in wrong["errors"]}) == (
        "input_invalid",
        {"/input/tool", "/input/arg"},
    )
    assert (await tell(live, run, "step", path="b")).json()[
        "detail"
    ] == "The run is not paused before 'b', but before a."
    assert (await tell(live, run, "step", path="a", input={"args": {"value": "{{ input.n }}"}})).status_code == 202
    await paused_before(live, run, "ok")
    node = await live.get(f"/workflow_runs/{run['id']}/nodes/a")
    assert node["output"] == "{{ input.n }}"
    refused = (await tell(live, run, "step", path="ok", input={"title": "x"})).json()
    assert refused["errors"][0]["fix"] == "Leave out `input`."


async def test_a_run_that_is_paused_before_it_starts_starts_paused(idle: Live) -> None:
    await idle.save("chain", [transform("a"), transform("b")], [{"from": "a", "to": "b"}])
    run = await idle.start("chain", {"start": "later"})
    answer = await tell(idle, run, "pause")
    assert (answer.status_code, answer.json()["requested"]) == (202, "pause")
    assert (await idle.client.post(f"{RUN}/{run['id']}/start")).status_code == 202
    async with idle.working():
        paused = await until(idle, run, "paused")
        assert paused["completed_nodes"] == 0
        assert (await tell(idle, run, "resume")).status_code == 202
        await until(idle, run, "completed")
    events = [each["type"] for each in (await idle.get(f"/workflow_runs/{run['id']}/events"))["items"]]
    assert events.index("workflow.run.paused") < events.index("workflow.node.started")


async def test_a_pause_is_accepted_while_no_worker_runs_and_carried_out_by_the_next(live: Live) -> None:
    await live.save("gated", [gate("sign_off"), work("b")], [{"from": "sign_off", "to": "b", "on": "approved"}])
    run = await live.start("gated", wait=20, until="blocked")
    row = await live.resources.pool.fetchrow("select id, project from workflow_runs where id = $1", UUID(run["id"]))
    assert row is not None
    # As where the process died between the row and the signal.
    command = NewCommand(new_id(), row["project"], row["id"], "pause", ACTOR, now() - timedelta(minutes=1))
    assert await write_command(live.resources, command)
    assert (await live.get(f"/workflow_runs/{run['id']}"))["requested"] == "pause"
    await sweep_once(live.resources)
    assert (await until(live, run, "paused"))["message"].startswith("Paused by Ana since ")


async def test_without_temporal_a_pause_is_recorded_and_a_terminate_has_to_wait(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", json={"plait": 1, "slug": "chain", "nodes": [transform("a")]})
    run = (await client.post("/api/v1/workflows/chain/run", json={})).json()
    assert (await client.post(f"{RUN}/{run['id']}/pause", json={})).status_code == 202
    refused = await client.post(f"{RUN}/{run['id']}/terminate", json={})
    assert (refused.status_code, refused.json()["code"]) == (503, "temporal_unavailable")


async def test_a_run_that_never_began_is_terminated_where_it_stands(idle: Live) -> None:
    await idle.save("chain", [transform("a")])
    later = await idle.start("chain", {"start": "later"})
    begun = await idle.start("chain")
    for run in (later, begun):
        answer = await tell(idle, run, "terminate")
        assert (answer.status_code, answer.json()["status"], answer.json()["started_at"]) == (202, "terminated", None)
    assert (await idle.client.post(f"{RUN}/{later['id']}/start")).status_code == 409
    async with idle.working():
        await asyncio.sleep(0.5)
        for run in (later, begun):
            assert (await idle.get(f"/workflow_runs/{run['id']}"))["status"] == "terminated"


async def test_sub_workflows_pause_and_go_on_with_the_run_above_them(live: Live) -> None:
    await live.save("inner", [gate("sign_off"), work("b")], [{"from": "sign_off", "to": "b", "on": "approved"}])
    await live.save("outer", [{"id": "call", "type": "subworkflow", "with": {"workflow": "inner"}}])
    run = await live.start("outer")
    child = await a_child(live, run)
    await live.until(child["id"], "running")
    await tell(live, run, "pause", reason="audit")
    await until(live, run, "paused")
    await sweep_once(live.resources)
    paused = await until(live, child, "paused")
    assert paused["message"].startswith("Paused by outer since ")
    await tell(live, run, "resume")
    await until(live, run, "running")
    await sweep_once(live.resources)
    await until(live, child, "running")
    await sweep_once(live.resources)
    assert (await live.get(f"/workflow_runs/{child['id']}"))["status"] == "running"


async def test_a_terminated_run_ends_at_once_with_its_gates_and_sub_workflows_and_undoes_nothing(live: Live) -> None:
    undo = {"compensate": {"type": "tool_call", "with": {"tool": "work"}}}
    always = work("z", join={"mode": "always"})
    await live.save("inner", [gate("sign_off")])
    call = {"id": "call", "type": "subworkflow", "with": {"workflow": "inner"}}
    nodes = [work("a", **undo), call, gate("ok"), always]
    await live.save(
        "outer",
        nodes,
        [{"from": one, "to": "z"} for one in ("a", "call")] + [{"from": "ok", "to": "z", "on": "approved"}],
    )
    run = await live.start("outer", wait=20, until="blocked")
    child = await a_child(live, run)
    await live.until(child["id"], "running")
    answer = await tell(live, run, "terminate", reason="wrong customer")
    assert (answer.status_code, answer.json()["status"]) == (202, "terminated")
    assert answer.json()["message"] == "Terminated by local: wrong customer."
    nodes_then = (await live.get(f"/workflow_runs/{run['id']}/nodes"))["items"]
    assert {each["path"]: each["status"] for each in nodes_then if each["status"] != "pending"} == {
        "a": "completed", "call": "cancelled", "ok": "cancelled",
    }  # fmt: skip
    assert [each["status"] for each in (await live.get("/gates", run_id=run["id"], status="cancelled"))["items"]] == [
        "cancelled"
    ]
    ended = await live.get(f"/workflow_runs/{child['id']}")
    assert (ended["status"], ended["message"]) == (
        "terminated",
        "Terminated by local: the run above it was terminated.",
    )
    assert (await tell(live, run, "terminate")).status_code == 200
    assert (await tell(live, run, "cancel")).status_code == 409
    last = (await live.get(f"/workflow_runs/{run['id']}/events", types="workflow.run.terminated"))["items"][0]
    assert (last["data"]["by"]["name"], last["data"]["reason"]) == ("local", "wrong customer")


async def test_a_completion_that_comes_after_the_end_never_revives_a_run(live: Live) -> None:
    slow = {"id": "a", "type": "tool_call", "with": {"tool": "sleep", "args": {"seconds": 1}}}
    await live.save("slow", [slow, work("b")], [{"from": "a", "to": "b"}])
    run = await live.start("slow")
    await node_is(live, run, "a", "running")
    await tell(live, run, "terminate")
    last = (await live.get(f"/workflow_runs/{run['id']}"))["last_seq"]
    await asyncio.sleep(1.5)
    after = await live.get(f"/workflow_runs/{run['id']}")
    assert (after["status"], after["last_seq"]) == ("terminated", last)
    assert (await live.get(f"/workflow_runs/{run['id']}/nodes/a"))["status"] == "cancelled"


async def test_a_cancel_of_a_paused_run_reaches_what_runs_within_seconds(live: Live) -> None:
    slow = {"id": "a", "type": "tool_call", "with": {"tool": "sleep", "args": {"seconds": 60}}}
    await live.save("slow", [slow])
    run = await live.start("slow")
    await node_is(live, run, "a", "running")
    await tell(live, run, "pause")
    await until(live, run, "paused")
    assert (await tell(live, run, "cancel")).status_code == 202
    await live.until(run["id"], "cancelled", seconds=5)


async def test_values_are_kept_from_who_may_not_read_them(live: Live) -> None:
    await live.save("chain", [work("a", "{{ input.n }}")])
    run = await live.start("chain", {"input": {"n": 7}, "debug": True})
    await paused_before(live, run, "a")
    reader = replace(local_caller(), scopes=frozenset({"runs:read"}))
    shown = (await read_run(live.resources, UUID(run["id"]), reader)).paused_before[0]
    assert (shown.path, shown.input, shown.redacted) == ("a", None, True)


async def test_a_websocket_pauses_steps_and_goes_on(live: Live) -> None:
    await live.save("chain", [work("a"), work("b")], [{"from": "a", "to": "b"}])
    run = await live.start("chain", {"debug": True})
    await paused_before(live, run, "a")
    async with connect(f"ws://127.0.0.1:{live.port}/api/v1/ws/workflow_runs/{run['id']}") as socket:

        async def ask(**said: Any) -> dict[str, Any]:
            await socket.send(json.dumps({"id": 1, **said}))
            return json.loads(await socket.recv())

        assert (await ask(do="pause"))["ok"]
        assert (await ask(do="step"))["problem"]["detail"] == "A step names one `path`, as text."
        assert (await ask(do="step", path="b"))["problem"]["code"] == "run_state_conflict"
        assert (await ask(do="step", path="a"))["ok"]
        await paused_before(live, run, "b")
        assert (await ask(do="continue"))["ok"]
        await until(live, run, "completed")
        assert (await ask(do="resume"))["problem"]["run_status"] == "completed"


async def a_child(live: Live, run: dict[str, Any], seconds: float = 20) -> dict[str, Any]:
    """The run of the sub-workflow, once there is one."""
    async with asyncio.timeout(seconds):
        while not (found := (await live.get("/workflow_runs", parent_run_id=run["id"]))["items"]):
            await asyncio.sleep(0.05)
    return found[0]


async def node_is(live: Live, run: dict[str, Any], path: str, status: str, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not any(
            (each["path"], each["status"]) == (path, status)
            for each in (await live.get(f"/workflow_runs/{run['id']}/nodes"))["items"]
        ):
            await asyncio.sleep(0.05)
