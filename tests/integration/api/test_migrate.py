"""Runs that wait go on under another version, or under a document made for one of them: all of it or nothing."""

import asyncio
from typing import Any

import httpx2

from tests.support.live import Live

GATE = {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"]}}
APPROVED = {"from": "sign_off", "to": "publish", "on": "approved"}


def work(name: str, value: Any = 1) -> dict[str, Any]:
    return {"id": name, "type": "tool_call", "with": {"tool": "work", "args": {"value": value}}}


def document(slug: str, *nodes: dict[str, Any], edges: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    return {"plait": 1, "slug": slug, "nodes": list(nodes), "edges": edges, **said}


async def migrate(live: Live, run: str, **body: Any) -> httpx2.Response:
    return await live.client.post(f"/api/v1/workflow_runs/{run}/migrate", json=body)


async def approve(live: Live, run: str) -> None:
    gates = await live.get("/gates", run_id=run)
    answer = await live.client.post(f"/api/v1/gates/{gates['items'][0]['id']}/decisions", json={"decision": "approved"})
    assert answer.status_code in (200, 202), answer.text


async def a_waiting_run(live: Live, slug: str) -> str:
    """A draft was made, and its sign-off is waited for."""
    await live.save(slug, [work("draft", "text"), GATE, work("publish", "{{ nodes.draft.output }}")],
                    [{"from": "draft", "to": "sign_off"}, APPROVED])  # fmt: skip
    return (await live.start(slug, wait=20, until="blocked"))["id"]


def with_a_phase(slug: str) -> dict[str, Any]:
    """The same with a check behind the sign-off, and another beside it."""
    check = work("check", "{{ nodes.draft.output }} checked")
    beside = work("beside", "{{ nodes.draft.output }} too")
    edges = [
        {"from": "draft", "to": "sign_off"},
        {"from": "draft", "to": "beside"},
        {"from": "sign_off", "to": "check", "on": "approved"},
        {"from": "check", "to": "publish"},
        {"from": "beside", "to": "publish"},
    ]
    return document(slug, work("draft", "text"), GATE, check, beside, work("publish", "{{ nodes.check.output }}"), edges=edges)  # fmt: skip


async def test_a_phase_is_injected_while_a_gate_is_open(live: Live) -> None:
    run = await a_waiting_run(live, "inject")
    dry = await migrate(live, run, document=with_a_phase("inject"), dry_run=True)
    assert dry.status_code == 200, dry.text
    report = {node["node"]: node["change"] for node in dry.json()["nodes"]}
    assert report == {"draft": "kept", "sign_off": "kept", "check": "new", "beside": "new", "publish": "changed"}
    assert (await live.get(f"/workflow_runs/{run}"))["workflow"]["version"] == 1
    assert (await live.get("/workflows/inject/versions"))["items"][0]["version"] == 1
    before = (await live.get(f"/workflow_runs/{run}"))["last_seq"]
    answer = await migrate(live, run, document=with_a_phase("inject"), reason="legal wants a check")
    assert (answer.status_code, answer.json()["status"]) == (200, "applied"), answer.text
    now = await live.get(f"/workflow_runs/{run}")
    assert (now["workflow"]["version"], now["total_nodes"]) == (2, 5)
    await approve(live, run)
    ended = await live.until(run, "completed", "failed")
    assert ended["output"] == {"publish": "text checked"}, ended
    nodes = {node["path"]: node["status"] for node in (await live.get(f"/workflow_runs/{run}/nodes"))["items"]}
    assert set(nodes.values()) == {"completed"}
    then = await live.get(f"/workflow_runs/{run}/graph", at_seq=before)
    assert ([node["id"] for node in then["nodes"]], then["workflow"]["version"]) == (
        ["draft", "sign_off", "publish"],
        1,
    )
    (event,) = (await live.get(f"/workflow_runs/{run}/events", types="workflow.run.migrated"))["items"]
    assert (event["data"]["from"]["version"], event["data"]["to"]["version"], event["data"]["reason"]) == (1, 2, "legal wants a check")  # fmt: skip


async def test_a_version_for_one_run_is_never_the_newest_and_never_promoted(live: Live) -> None:
    run = await a_waiting_run(live, "ad-hoc")
    assert (await migrate(live, run, document=with_a_phase("ad-hoc"))).status_code == 200
    workflow = await live.get("/workflows/ad-hoc")
    assert workflow["version"] == 1
    promoted = await live.client.post("/api/v1/workflows/ad-hoc/promote", json={"version": 2, "environment": "prod"})
    assert promoted.status_code == 409, promoted.text
    changed = document("ad-hoc", work("draft", "else"), edges=[])
    put = await live.client.put("/api/v1/workflows/ad-hoc", json=changed, headers={"If-Match": "*"})
    assert (put.status_code, put.json()["version"]) == (200, 3)
    again = await migrate(live, run, document=with_a_phase("ad-hoc"))
    assert (again.status_code, again.json()["to_version"]) == (200, 2)
    await approve(live, run)
    await live.until(run, "completed")


async def test_what_stands_in_the_way_is_told_and_nothing_changes(live: Live) -> None:
    run = await a_waiting_run(live, "blocked")
    without = document("blocked", work("draft", "text"), edges=[])
    dry = (await migrate(live, run, document=without, dry_run=True)).json()
    assert dry["blocked"]
    assert [(node["node"], node["change"]) for node in dry["nodes"]] == [
        ("sign_off", "blocks"), ("draft", "kept"), ("publish", "dropped"),
    ]  # fmt: skip
    refused = await migrate(live, run, document=without)
    assert (refused.status_code, refused.json()["code"]) == (409, "run_state_conflict")
    assert refused.json()["nodes"][0]["node"] == "sign_off"
    assert (await live.get(f"/workflow_runs/{run}"))["workflow"]["version"] == 1
    await approve(live, run)
    assert (await live.until(run, "completed"))["output"] == {"publish": "text"}


async def test_a_vote_at_the_same_time_counts_once_under_either_version(live: Live) -> None:
    run = await a_waiting_run(live, "vote-and-migrate")
    answer, _ = await asyncio.gather(migrate(live, run, document=with_a_phase("vote-and-migrate")), approve(live, run))
    ended = await live.until(run, "completed")
    applied = answer.status_code == 200
    assert ended["workflow"]["version"] == (2 if applied else 1), answer.text
    events = (await live.get(f"/workflow_runs/{run}/events", types="workflow.gate.decided"))["items"]
    assert len(events) == 1


async def test_a_guard_of_the_new_version_sees_what_ended_before(live: Live) -> None:
    run = await a_waiting_run(live, "facts")
    edges = [
        {"from": "draft", "to": "sign_off"},
        {"from": "draft", "to": "short", "when": "size(nodes.draft.output) < 10"},
        {"from": "draft", "to": "long", "when": "size(nodes.draft.output) >= 10"},
        APPROVED,
    ]
    new = document("facts", work("draft", "text"), GATE, work("short"), work("long"), work("publish"), edges=edges)
    assert (await migrate(live, run, document=new)).status_code == 200
    await approve(live, run)
    await live.until(run, "completed")
    nodes = {node["path"]: node["status"] for node in (await live.get(f"/workflow_runs/{run}/nodes"))["items"]}
    assert (nodes["short"], nodes["long"]) == ("completed", "skipped")


async def test_a_new_node_before_what_has_begun_is_skipped_as_migrated(live: Live) -> None:
    run = await a_waiting_run(live, "late")
    edges = [{"from": "draft", "to": "review"}, {"from": "review", "to": "sign_off"}, APPROVED]
    new = document("late", work("draft", "text"), work("review"), GATE, work("publish"), edges=edges)
    assert (await migrate(live, run, document=new)).status_code == 200
    async with asyncio.timeout(10):
        while (node := await live.get(f"/workflow_runs/{run}/nodes/review"))["status"] == "pending":
            await asyncio.sleep(0.05)
    assert (node["status"], node["why"]["reason"]) == ("skipped", "migrated")
    await approve(live, run)
    await live.until(run, "completed")


async def test_items_that_wait_go_on_under_the_new_body(live: Live) -> None:
    def body(*nodes: dict[str, Any]) -> dict[str, Any]:
        return {"id": "each", "type": "map", "with": {"items": "['a', 'b']", "chain": [GATE, *nodes], "output": "{{ nodes.done.output }}"}}  # fmt: skip

    await live.save("items", [body(work("done", "{{ item }}"))])
    run = (await live.start("items", wait=20, until="blocked"))["id"]
    new = document("items", body(work("more", "{{ item }}!"), work("done", "{{ nodes.more.output }}")), edges=[])
    answer = await migrate(live, run, document=new)
    assert answer.status_code == 200, answer.text
    for gate in (await live.get("/gates", run_id=run))["items"]:
        await live.client.post(f"/api/v1/gates/{gate['id']}/decisions", json={"decision": "approved"})
    assert (await live.until(run, "completed"))["output"] == {"each": ["a!", "b!"]}


async def test_what_runs_for_long_is_a_clear_refusal_and_a_document_with_problems_too(live: Live) -> None:
    slow = {"id": "slow", "type": "tool_call", "with": {"tool": "sleep", "args": {"seconds": 60}}}
    await live.save("busy", [slow])
    run = (await live.start("busy"))["id"]
    await live.until(run, "running")
    while (await live.get(f"/workflow_runs/{run}/nodes/slow"))["status"] != "running":
        await asyncio.sleep(0.05)
    new = document("busy", slow, work("b"), edges=[{"from": "slow", "to": "b"}])
    dry = (await migrate(live, run, document=new, dry_run=True)).json()
    assert [node["change"] for node in dry["nodes"] if node["node"] == "slow"] == ["blocks"]
    wrong = await migrate(live, run, document=document("busy", work("b", "{{ nodes.nobody.output }}"), edges=[]))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "workflow_invalid")
    other = await migrate(live, run, document=document("other", slow, edges=[]))
    assert other.json()["errors"][0]["pointer"] == "/document/slug"
    assert (await migrate(live, run)).status_code == 422
    assert (await migrate(live, run, version=9)).status_code == 404
