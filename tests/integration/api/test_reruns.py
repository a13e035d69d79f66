"""Reruns over HTTP: refused, foreseen, begun, listed, compared."""

from typing import Any
from uuid import UUID

import pytest

from plait.clock import now
from plait.verify import audit_run
from tests.support.live import Live
from tests.support.tools import CALLS


def a_tool(name: str, value: Any, **said: Any) -> dict[str, Any]:
    return {"id": name, "type": "tool_call", "with": {"tool": "work", "args": {"value": value}}, **said}


def calls(run: dict[str, Any]) -> dict[str, int]:
    prefix = f"{run['id']}/"
    return {key.removeprefix(prefix): count for key, count in CALLS.items() if key.startswith(prefix)}


def flaky(name: str, failures: Any) -> dict[str, Any]:
    call = {"tool": "flaky", "args": {"failures": failures}}
    return {"id": name, "type": "tool_call", "with": call, "retry": {"max_attempts": 1}}


@pytest.fixture
async def failed(live: Live) -> dict[str, Any]:
    """A run of a -> b -> c that failed at c."""
    nodes = [a_tool("a", "{{ input.a }}"), a_tool("b", "{{ nodes.a.output + 1 }}"), flaky("c", "{{ input.fails }}")]
    await live.save("mend", nodes, [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}])
    run = await live.start(
        "mend", {"input": {"a": 1, "fails": 9}, "tags": ["legal"], "metadata": {"case": 7}, "key": "k"}
    )
    return await live.until(run["id"], "failed")


async def rerun(
    live: Live, run: dict[str, Any], status: int = 202, headers: Any = None, /, *, preview: bool = False, **order: Any
) -> Any:
    order = {name.rstrip("_"): value for name, value in order.items()}
    query = {"preview": "true"} if preview else {}
    answer = await live.client.post(
        f"/api/v1/workflow_runs/{run['id']}/rerun", json=order, params=query, headers=headers
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_rerun_is_a_new_run_that_says_where_it_comes_from(live: Live, failed: dict[str, Any]) -> None:
    begun = await rerun(live, failed, from_="failure", input={"a": 1, "fails": 0})
    ended = await live.until(begun["id"], "completed")
    assert (ended["parent_run_id"], ended["origin"]["kind"], ended["origin"]["run_id"]) == (
        failed["id"],
        "rerun",
        failed["id"],
    )
    assert (ended["tags"], ended["metadata"], ended["key"], ended["flags"]) == (["legal"], {"case": 7}, "k", ["reused"])
    assert calls(ended) == {"c": 1}
    assert await live.get(f"/workflow_runs/{failed['id']}") == failed | {"links": failed["links"]}


async def test_an_audit_finds_a_rerun_and_items_tried_again_as_their_histories_have_them(
    live: Live, failed: dict[str, Any]
) -> None:
    body = {"items": "input", "chain": [flaky("check", "{{ item }}")], "max_concurrency": 1}
    await live.save("held", [{"id": "each", "type": "map", "with": body, "on_error": "hold"}])
    held = await live.start("held", {"input": [0, 1, 0]}, wait=30, until="blocked")
    order = {"expect": {"status": "held", "attempt": 0}, "reason": "it is back"}
    answer = await live.client.post(f"/api/v1/workflow_runs/{held['id']}/nodes/each/retry_items", json=order)
    assert answer.status_code in (200, 202), answer.text
    mended = await live.until(held["id"], "completed")
    assert (calls(mended), mended["flags"]) == (
        {"each.0.check": 1, "each.1.check": 2, "each.2.check": 1},
        ["overridden"],
    )
    told = await live.get(f"/workflow_runs/{held['id']}/nodes/each")
    assert told["override"]["action"] == "retry_items"
    again = await live.until((await rerun(live, failed, from_="failure"))["id"], "failed")
    resources = live.resources
    for run in (mended, again):
        assert await audit_run(resources.pool, live.temporal, UUID(run["id"]), now()) == []


async def test_the_preview_says_of_each_node_what_becomes_of_it_and_why(live: Live, failed: dict[str, Any]) -> None:
    same = await rerun(live, failed, 200, preview=True, from_="failure")
    assert [(node["path"], node["action"]) for node in same["nodes"]] == [
        ("a", "reused"),
        ("b", "reused"),
        ("c", "runs"),
    ]
    other = await rerun(live, failed, 200, preview=True, from_="failure", input={"a": 2, "fails": 0})
    assert [node["action"] for node in other["nodes"]] == ["depends", "depends", "runs"]
    assert "input" in other["nodes"][0]["because"]
    named = await rerun(live, failed, 200, preview=True, from_=["b"])
    assert [node["action"] for node in named["nodes"]] == ["reused", "runs", "runs"]
    assert (await rerun(live, failed, 200, preview=True, from_="start"))["runs"] == 3


async def test_a_preview_that_no_longer_holds_begins_nothing(live: Live, failed: dict[str, Any]) -> None:
    foreseen = await rerun(live, failed, 200, preview=True, from_="failure")
    refused = await rerun(live, failed, 409, from_=["b"], preview_hash=foreseen["preview_hash"])
    assert refused["code"] == "preview_changed"
    begun = await rerun(live, failed, from_="failure", preview_hash=foreseen["preview_hash"])
    await live.until(begun["id"], "failed")


async def test_another_version_runs_what_was_changed_and_names_the_field(live: Live, failed: dict[str, Any]) -> None:
    nodes = [a_tool("a", "{{ input.a }}"), a_tool("b", "{{ nodes.a.output + 2 }}"), flaky("c", 0)]
    document = {
        "plait": 1,
        "slug": "mend",
        "nodes": nodes,
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}],
    }
    etag = {"If-Match": "*"}
    answer = await live.client.put("/api/v1/workflows/mend", json=document, headers=etag)
    assert answer.status_code == 200, answer.text
    foreseen = await rerun(live, failed, 200, preview=True, from_="failure", version=2)
    assert [node["action"] for node in foreseen["nodes"]] == ["reused", "runs", "runs"]
    assert "`with.args`" in foreseen["nodes"][1]["because"]
    begun = await rerun(live, failed, from_="failure", version=2)
    ended = await live.until(begun["id"], "completed")
    assert (ended["workflow"]["version"], calls(ended)) == (2, {"b": 1, "c": 1})


async def test_overrides_decide_what_becomes_of_single_nodes(live: Live, failed: dict[str, Any]) -> None:
    overrides = {"a": {"with": {"args": {"value": 5}}}, "c": {"output": 3}}
    begun = await rerun(live, failed, from_="failure", overrides=overrides)
    ended = await live.until(begun["id"], "completed")
    skipping = await live.until(
        (await rerun(live, failed, from_="failure", overrides={"c": {"skip": True}}))["id"], "completed"
    )
    assert (calls(ended), ended["output"]) == ({"a": 1, "b": 1}, {"c": 3})
    assert set(ended["flags"]) == {"overridden"}
    assert calls(skipping) == {}
    node = await live.get(f"/workflow_runs/{skipping['id']}/nodes/c")
    assert (node["status"], node["why"]["reason"]) == ("skipped", "override")


async def test_what_cannot_be_rerun_is_refused_with_the_place_to_mend(live: Live, failed: dict[str, Any]) -> None:
    unknown = await rerun(live, failed, 422, from_=["a", "zzz"])
    assert (unknown["errors"][0]["pointer"], unknown["errors"][0]["code"]) == ("/from/1", "unknown_node")
    wrong = await rerun(live, failed, 422, from_="failure", overrides={"a": {"with": {"tool": "other"}}})
    assert wrong["errors"][0]["pointer"].startswith("/overrides/a/with")
    await rerun(live, failed, 422, from_="failure", overrides={"a": {"skip": True, "output": 1}})
    await rerun(live, failed, 404, from_="failure", version=99)


async def test_a_live_source_is_refused_or_cancelled_first(live: Live) -> None:
    await live.save(
        "waits",
        [a_tool("a", 1), {"id": "pause", "type": "wait", "with": {"for": "1h"}}],
        [{"from": "a", "to": "pause"}],
    )
    source = await live.start("waits")
    await live.until(source["id"], "running")
    while (await live.get(f"/workflow_runs/{source['id']}"))["completed_nodes"] == 0:
        pass
    refused = await rerun(live, source, 409, from_="failure")
    assert (refused["code"], refused["run_status"]) == ("run_state_conflict", "running")
    begun = await rerun(live, source, from_="failure", cancel_source=True, overrides={"pause": {"skip": True}})
    ended = await live.until(begun["id"], "completed")
    assert (await live.get(f"/workflow_runs/{source['id']}"))["status"] == "cancelled"
    assert calls(ended) == {}


async def test_the_same_key_begins_one_rerun(live: Live, failed: dict[str, Any]) -> None:
    first = await rerun(live, failed, 202, {"Idempotency-Key": "r1"}, from_="failure")
    await live.until(first["id"], "failed")
    again = await rerun(live, failed, 202, {"Idempotency-Key": "r1"}, from_="failure")
    other = await rerun(live, failed, 422, {"Idempotency-Key": "r1"}, from_="start")
    assert (again["id"], other["code"]) == (first["id"], "idempotency_key_reused")


async def test_purged_results_are_refused_before_anything_begins(live: Live) -> None:
    await live.save("large", [{"id": "a", "type": "tool_call", "with": {"tool": "big", "args": {"size": 9000}}}])
    run = await live.until((await live.start("large"))["id"], "completed")
    before = await rerun(live, run, from_="failure")
    await live.until(before["id"], "completed")
    await live.resources.pool.execute(
        "delete from payloads where id = (select output_ref from node_runs where run_id = $1)", run["id"]
    )
    assert (await rerun(live, run, 409, from_="failure"))["code"] == "results_purged"


async def test_what_a_rerun_took_over_outlives_its_source(live: Live) -> None:
    await live.save("kept", [{"id": "a", "type": "tool_call", "with": {"tool": "big", "args": {"size": 9000}}}])
    source = await live.until((await live.start("kept"))["id"], "completed")
    begun = await rerun(live, source, from_="failure")
    ended = await live.until(begun["id"], "completed")
    await live.client.delete(f"/api/v1/workflow_runs/{source['id']}")
    node = await live.get(f"/workflow_runs/{ended['id']}/nodes/a")
    assert len(node["output"]) == 9000


async def test_the_source_of_an_open_rerun_is_in_use(live: Live) -> None:
    await live.save("open", [{"id": "pause", "type": "wait", "with": {"for": "1h"}}])
    source = await live.start("open")
    await live.client.post(f"/api/v1/workflow_runs/{source['id']}/cancel")
    await live.until(source["id"], "cancelled")
    begun = await rerun(live, source, from_="failure")
    refused = await live.client.delete(f"/api/v1/workflow_runs/{source['id']}")
    assert (refused.status_code, refused.json()["code"], refused.json()["runs"]) == (409, "in_use", [begun["id"]])


async def test_the_lineage_is_the_same_from_each_of_its_runs(live: Live, failed: dict[str, Any]) -> None:
    second = await live.until((await rerun(live, failed, from_="failure"))["id"], "failed")
    third = await live.until((await rerun(live, second, from_=["b"]))["id"], "failed")
    found = await live.get(f"/workflow_runs/{third['id']}/lineage")
    assert found["root"] == failed["id"]
    assert [(run["id"], run["parent_run_id"], run["depth"], run["from"]) for run in found["runs"]] == [
        (failed["id"], None, 0, None),
        (second["id"], failed["id"], 1, "failure"),
        (third["id"], second["id"], 2, ["b"]),
    ]
    assert await live.get(f"/workflow_runs/{failed['id']}/lineage") == found


async def test_two_runs_are_compared_node_by_node(live: Live, failed: dict[str, Any]) -> None:
    other = await live.until(
        (await rerun(live, failed, from_="failure", input={"a": 2, "fails": 0}))["id"], "completed"
    )
    found = await live.get(f"/workflow_runs/{failed['id']}/compare/{other['id']}")
    assert (found["same_version"], found["input"]["equal"]) == (True, False)
    assert [(each["pointer"], each["left"], each["right"]) for each in found["input"]["differences"]] == [
        ("/a", 1, 2),
        ("/fails", 9, 0),
    ]
    nodes = {node["path"]: node for node in found["items"]}
    assert (nodes["b"]["same"], nodes["b"]["output"]["left"], nodes["b"]["output"]["right"]) == (False, 2, 3)
    assert (nodes["c"]["left"]["status"], nodes["c"]["right"]["status"]) == ("failed", "completed")
    alone = await live.get(f"/workflow_runs/{failed['id']}/compare/{failed['id']}", differing="true")
    assert alone["items"] == []


async def test_a_sub_workflow_is_not_run_again_while_its_version_is_the_same(live: Live) -> None:
    await live.save("inner", [a_tool("inner_work", "{{ input.n }}")])
    sub = {"id": "sub", "type": "subworkflow", "with": {"workflow": "inner", "input": {"n": 5}}}
    await live.save("outer", [sub, a_tool("last", "{{ nodes.sub.output }}")], [{"from": "sub", "to": "last"}])
    source = await live.until((await live.start("outer"))["id"], "completed")
    again = await live.until((await rerun(live, source, from_=["last"]))["id"], "completed")
    assert (calls(again), again["output"]) == ({"last": 1}, source["output"])
    nodes = [await live.get(f"/workflow_runs/{run['id']}/nodes/sub") for run in (source, again)]
    assert nodes[0]["metadata"] == nodes[1]["metadata"]
    answer = await live.client.put(
        "/api/v1/workflows/inner",
        json={"plait": 1, "slug": "inner", "nodes": [a_tool("inner_work", "{{ input.n + 1 }}")]},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 200, answer.text
    newer = await live.until((await rerun(live, again, from_="failure"))["id"], "completed")
    assert newer["output"] == {"last": {"inner_work": 6}}
