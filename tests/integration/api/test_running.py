"""Runs from start to end through the API, on the real Temporal, with a worker."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.client import WorkflowExecutionStatus

from api.upkeep.sweeper import sweep_once
from interpreter.shell.wire import workflow_id
from plait.clock import now
from plait.delivery import start_run_workflow
from plait.store.delivery import list_orders
from tests.support.live import Live

A_TO_B = [{"from": "a", "to": "b"}]


def work(node: str, value: Any = 1, **said: Any) -> dict[str, Any]:
    return {"id": node, "type": "tool_call", "with": {"tool": "work", "args": {"value": value}}, **said}


def gate(node: str, **parameters: Any) -> dict[str, Any]:
    given = {"title": "Sign off", "approvers": ["group:legal"]} | parameters
    return {"id": node, "type": "human_gate", "with": given}


GATED = ([gate("sign_off"), work("b")], [{"from": "sign_off", "to": "b", "on": "approved"}])


async def the_gate(live: Live, run: dict[str, Any]) -> dict[str, Any]:
    (listed,) = (await live.get("/gates", run_id=run["id"]))["items"]
    return await live.get(f"/gates/{listed['id']}")


async def decide(live: Live, gate: dict[str, Any], decision: str, actor: str = "local", **said: Any) -> Any:
    return await live.client.post(
        f"/api/v1/gates/{gate['id']}/decisions", json={"decision": decision, **said}, headers={"Plait-Actor": actor}
    )


async def test_a_run_that_is_waited_for_answers_with_its_output(live: Live) -> None:
    await live.save("chain", [work("a", "{{ input.n }}"), work("b", "{{ nodes.a.output }}")], A_TO_B)
    answer = await live.client.post("/api/v1/workflows/chain/run?wait=20", json={"input": {"n": 7}})
    run = answer.json()
    assert (answer.status_code, run["status"]) == (200, "completed")
    assert (run["output"], run["progress_percent"], run["completed_nodes"]) == ({"b": 7}, 100, 2)
    assert run["message"].startswith("Completed in ")
    assert run["phases"] == ["a", "b"]
    assert run["active_ms"] is not None
    assert run["allowed_actions"] == ["rerun", "delete"]


async def test_the_nodes_of_a_run_show_every_attempt(live: Live) -> None:
    flaky = {"tool": "flaky", "args": {"failures": 1}}
    await live.save("flaky", [{"id": "a", "type": "tool_call", "with": flaky, "retry": {"initial_interval": 0.05}}])
    run = await live.start("flaky", wait=20)
    (node,) = (await live.get(f"/workflow_runs/{run['id']}", include="nodes"))["nodes"]
    assert (node["status"], node["attempt"], node["output"]) == ("completed", 2, 2)
    assert [attempt["status"] for attempt in node["attempts"]] == ["failed", "completed"]


async def test_the_graph_tells_which_edges_were_taken(live: Live) -> None:
    condition = {
        "id": "route",
        "type": "condition",
        "with": {"cases": [{"name": "big", "when": "input.n > 5"}], "default": "small"},
    }
    edges = [{"from": "route", "to": "x", "on": "big"}, {"from": "route", "to": "y", "on": "small"}]
    await live.save("route", [condition, work("x"), work("y")], edges)
    run = await live.start("route", {"input": {"n": 9}}, wait=20)
    graph = await live.get(f"/workflow_runs/{run['id']}/graph")
    assert {(edge["to"], edge["state"]) for edge in graph["edges"]} == {("x", "taken"), ("y", "dead")}
    assert {node["id"]: node["status"] for node in graph["nodes"]} == {
        "route": "completed",
        "x": "completed",
        "y": "skipped",
    }
    before = await live.get(f"/workflow_runs/{run['id']}/graph", at_seq=1)
    assert {node["status"] for node in before["nodes"]} == {"pending"}
    assert {edge["state"] for edge in before["edges"]} == {"open"}


async def test_a_wait_until_blocked_answers_when_only_people_can_go_on(live: Live) -> None:
    await live.save("gated", *GATED)
    answer = await live.client.post("/api/v1/workflows/gated/run?wait=20&until=blocked", json={})
    run = answer.json()
    assert (answer.status_code, run["status"]) == (200, "running")
    (waiting,) = run["waiting_for"]
    assert (waiting["kind"], waiting["path"], waiting["who"]) == ("gate", "sign_off", ["group:legal"])
    assert run["message"].startswith("Waiting for legal: Sign off since ")


async def test_an_approval_lets_the_run_go_on(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    answer = await decide(live, await the_gate(live, run), "approved", comment="fine")
    decided = answer.json()
    assert (answer.status_code, decided["status"]) == (200, "approved")
    assert (decided["votes"][0]["by"]["name"], decided["votes"][0]["status"]) == ("local", "applied")
    assert (await live.until(run["id"], "completed"))["output"] == {"b": 1}


async def test_the_identical_decision_again_answers_200(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    gate = await the_gate(live, run)
    first, second = await decide(live, gate, "approved"), await decide(live, gate, "approved")
    assert (first.status_code, second.status_code) == (200, 200)
    assert len(second.json()["votes"]) == 1


async def test_a_different_decision_on_a_decided_gate_is_a_conflict(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    gate = await the_gate(live, run)
    await decide(live, gate, "approved", "ana")
    answer = await decide(live, gate, "rejected", "bo")
    assert (answer.status_code, answer.json()["code"]) == (409, "gate_conflict")
    assert answer.json()["gate"]["votes"][0]["by"]["name"] == "ana"


async def test_of_five_racing_decisions_one_counts(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    gate = await the_gate(live, run)
    people = ["ana", "bo", "cy", "di", "ed"]
    answers = await asyncio.gather(
        *(decide(live, gate, "approved" if n % 2 else "rejected", who) for n, who in enumerate(people))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    votes = (await the_gate(live, run))["votes"]
    assert sum(vote["status"] == "applied" for vote in votes) == 1
    assert all(vote["status"] in ("applied", "refused") for vote in votes)


async def test_a_quorum_needs_its_votes(live: Live) -> None:
    await live.save("two", [gate("sign_off", quorum=2), work("b")], GATED[1])
    run = await live.start("two", wait=20, until="blocked")
    gate_now = await the_gate(live, run)
    assert gate_now["needed"] == 2
    first = await decide(live, gate_now, "approved", "ana")
    assert (first.status_code, first.json()["status"]) == (200, "open")
    again = await decide(live, gate_now, "rejected", "ana")
    assert (again.status_code, again.json()["code"]) == (409, "gate_conflict")
    assert (await decide(live, gate_now, "approved", "bo")).json()["status"] == "approved"


async def test_a_gate_of_one_person_is_closed_to_others(live: Live) -> None:
    await live.save("mine", [gate("sign_off", approvers=["user:ana"]), work("b")], GATED[1])
    run = await live.start("mine", wait=20, until="blocked")
    gate_now = await the_gate(live, run)
    refused = await decide(live, gate_now, "approved", "bo")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_an_approver")
    for actor, count in (("bo", 0), ("ana", 1), ("local", 1)):
        answer = await live.client.get("/api/v1/gates?assigned_to=me", headers={"Plait-Actor": actor})
        assert len(answer.json()["items"]) == count, actor
    assert (await decide(live, gate_now, "approved", "ana")).status_code == 200


async def test_a_form_that_breaks_its_schema_is_refused(live: Live) -> None:
    form = {"type": "object", "required": ["note"], "properties": {"note": {"type": "string"}}}
    await live.save("form", [gate("sign_off", form=form), work("b", "{{ nodes.sign_off.output.form.note }}")], GATED[1])
    run = await live.start("form", wait=20, until="blocked")
    gate_now = await the_gate(live, run)
    refused = await decide(live, gate_now, "approved", form={"note": 7})
    assert (refused.status_code, refused.json()["code"]) == (422, "form_invalid")
    assert refused.json()["errors"][0]["path"] == "form.note"
    await decide(live, gate_now, "approved", form={"note": "{{ input.x }}"})
    assert (await live.until(run["id"], "completed"))["output"] == {"b": "{{ input.x }}"}


async def test_a_file_that_a_form_names_stays_with_the_run(live: Live) -> None:
    await live.save("scan", [gate("sign_off", form={"type": "object"}), work("b")], GATED[1])
    run = await live.start("scan", wait=20, until="blocked")
    file = (await live.client.post("/api/v1/files", content=b"abc")).json()
    await decide(live, await the_gate(live, run), "approved", form={"scan": {"$file": file["id"]}})
    await live.until(run["id"], "completed")
    await live.resources.payloads.sweep(now() + timedelta(hours=2))
    assert (await live.client.get(file["url"])).content == b"abc"


async def test_a_decision_on_an_expired_gate_comes_too_late(live: Live) -> None:
    nodes = [gate("sign_off") | {"timeout": 0.2}, work("b"), work("c")]
    edges = [{"from": "sign_off", "to": "b", "on": "approved"}, {"from": "sign_off", "to": "c", "on": "expired"}]
    await live.save("late", nodes, edges)
    run = await live.start("late", wait=20)
    answer = await decide(live, await the_gate(live, run), "approved")
    assert (answer.status_code, answer.json()["code"]) == (410, "gate_closed")
    assert answer.json()["gate"]["status"] == "expired"


async def test_a_decision_without_a_worker_is_recorded_and_applied_later(idle: Live) -> None:
    await idle.save("gated", *(GATED[0][:1], []))
    async with idle.working():
        run = await idle.start("gated", wait=20, until="blocked")
    gate_now = await the_gate(idle, run)
    answer = await decide(idle, gate_now, "approved")
    assert (answer.status_code, answer.json()["votes"][0]["status"]) == (202, "recorded")
    async with idle.working():
        assert (await idle.until(run["id"], "completed"))["status"] == "completed"
    assert (await the_gate(idle, run))["status"] == "approved"


async def test_a_cancel_stops_what_runs(live: Live) -> None:
    await live.save(
        "slow",
        [{"id": "a", "type": "tool_call", "with": {"tool": "sleep", "args": {"seconds": 60}}}, work("b")],
        A_TO_B,
    )
    run = await live.start("slow")
    await live.until(run["id"], "running")
    answer = await live.client.post(f"/api/v1/workflow_runs/{run['id']}/cancel", json={"reason": "enough"})
    assert (answer.status_code, answer.json()["requested"]) == (202, "cancel")
    ended = await live.until(run["id"], "cancelled")
    assert ended["message"] == "Cancelled: enough."
    nodes = (await live.get(f"/workflow_runs/{run['id']}/nodes"))["items"]
    assert {node["path"]: node["status"] for node in nodes} == {"a": "cancelled", "b": "cancelled"}


async def test_a_held_node_takes_an_output_by_hand(live: Live) -> None:
    fails = {"tool": "flaky", "args": {"failures": 9, "retryable": False}}
    held = {"id": "a", "type": "tool_call", "with": fails, "on_error": "hold", "output_schema": {"type": "integer"}}
    await live.save("held", [held, work("b", "{{ nodes.a.output }}")], A_TO_B)
    run = await live.start("held", wait=20, until="blocked")
    assert (run["waiting_for"][0]["kind"], run["allowed_actions"]) == (
        "incident",
        ["cancel", "pause", "breakpoints", "terminate", "override"],
    )
    address = f"/api/v1/workflow_runs/{run['id']}/nodes/a/override"
    order: dict[str, Any] = {"action": "succeed", "reason": "looked it up", "expect": {"status": "held", "attempt": 1}}
    wrong = await live.client.post(address, json=order | {"output": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "output_invalid")
    moved = await live.client.post(address, json=order | {"output": 5, "expect": {"status": "held", "attempt": 3}})
    assert (moved.status_code, moved.json()["code"]) == (409, "run_state_conflict")
    answer = await live.client.post(address, json=order | {"output": 5})
    assert answer.status_code == 200, answer.text
    ended = await live.until(run["id"], "completed")
    assert (ended["output"], ended["flags"]) == ({"b": 5}, ["overridden"])


async def test_a_file_that_an_output_by_hand_names_stays_with_the_run(live: Live) -> None:
    await live.save("by-hand", [{"id": "a", "type": "code", "with": {"source": "1 / 0"}, "on_error": "hold"}])
    run = await live.start("by-hand", wait=20, until="blocked")
    file = (await live.client.post("/api/v1/files", content=b"abc")).json()
    order = {"action": "succeed", "output": [{"$file": file["id"]}], "reason": "scanned it"}
    address = f"/api/v1/workflow_runs/{run['id']}/nodes/a/override"
    answer = await live.client.post(address, json=order | {"expect": {"status": "held", "attempt": 1}})
    assert answer.status_code == 200, answer.text
    await live.resources.payloads.sweep(now() + timedelta(hours=2))
    assert (await live.client.get(file["url"])).content == b"abc"


async def test_a_node_that_is_held_again_after_a_retry_by_hand_is_one_incident(live: Live) -> None:
    fails = {"tool": "flaky", "args": {"failures": 9, "retryable": False}}
    await live.save("held-again", [{"id": "a", "type": "tool_call", "with": fails, "on_error": "hold"}])
    run = await live.start("held-again", wait=20, until="blocked")
    order = {"action": "retry", "reason": "once more", "expect": {"status": "held", "attempt": 1}}
    answer = await live.client.post(f"/api/v1/workflow_runs/{run['id']}/nodes/a/override", json=order)
    assert answer.status_code == 200, answer.text
    async with asyncio.timeout(20):
        held = f"/workflow_runs/{run['id']}/events"
        while len((await live.get(held, types="workflow.node.held"))["items"]) < 2:
            await asyncio.sleep(0.05)
    found = await live.get(f"/workflow_runs/{run['id']}")
    assert [(each["kind"], each["path"]) for each in found["waiting_for"]] == [("incident", "a")]
    assert "more" not in found["message"]


async def test_a_run_whose_start_was_never_told_is_started_by_the_sweeper(live: Live) -> None:
    """As when the API is killed between the row's commit and Temporal's answer."""
    await live.save("lost", [work("a")])
    run = await live.start("lost", {"start": "later"})
    await live.resources.pool.execute("update workflow_runs set start_after = now() where id = $1", run["id"])
    await asyncio.gather(*(sweep_once(live.resources) for _ in range(3)))
    assert (await live.until(run["id"], "completed"))["status"] == "completed"


async def test_a_run_for_later_runs_once_it_is_started(live: Live) -> None:
    await live.save("later", [work("a")])
    run = await live.start("later", {"start": "later"})
    assert run["status"] == "pending"
    assert (await live.client.post(f"/api/v1/workflow_runs/{run['id']}/start")).status_code == 202
    await live.until(run["id"], "completed")


async def test_a_workflow_that_begins_after_its_run_was_cancelled_runs_nothing(live: Live) -> None:
    await live.save("beaten", [work("a")])
    run = await live.start("beaten", {"start": "later"})
    (order,) = await list_orders(live.resources.pool, [UUID(run["id"])])
    await live.client.post(f"/api/v1/workflow_runs/{run['id']}/cancel")
    await start_run_workflow(live.temporal, order, open_mode=True, at=now())
    handle = live.temporal.get_workflow_handle(workflow_id(run["id"]))
    async with asyncio.timeout(20):
        while (await handle.describe()).status == WorkflowExecutionStatus.RUNNING:
            await asyncio.sleep(0.1)
    found = await live.get(f"/workflow_runs/{run['id']}", include="nodes")
    assert (found["status"], found["nodes"][0]["status"]) == ("cancelled", "pending")


async def test_twenty_parallel_starts_with_one_key_run_once(live: Live) -> None:
    await live.save("once", [work("a")])
    answers = await asyncio.gather(
        *(
            live.client.post("/api/v1/workflows/once/run?wait=20", headers={"Idempotency-Key": "one"}, json={})
            for _ in range(20)
        )
    )
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert {answer.json()["status"] for answer in answers} == {"completed"}
    assert len((await live.get("/workflow_runs"))["items"]) == 1


async def test_gates_are_counted_on_demand(live: Live) -> None:
    await live.save("gated", *GATED)
    await live.start("gated", wait=20, until="blocked")
    assert (await live.get("/gates", total=True))["total"] == 1
    assert (await live.get("/gates", total=True, status="approved"))["total"] == 0
    assert (await live.get("/gates"))["total"] is None


async def test_a_list_of_gates_is_of_summaries(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    (listed,) = (await live.get("/gates"))["items"]
    whole = await the_gate(live, run)
    assert set(whole) - set(listed) == {"instructions", "show", "form_schema", "prefill", "votes", "comments"}
    assert {name: whole[name] for name in listed} == listed
