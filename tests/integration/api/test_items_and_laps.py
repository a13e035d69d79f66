"""Maps and loops over HTTP: what a reader sees of items and laps, and what people do inside them."""

from typing import Any

from tests.integration.api.test_running import work
from tests.support.live import Live

SIGN_OFF = {"id": "sign_off", "type": "human_gate", "with": {"title": "Item {{ index }}", "approvers": ["group:legal"]}}


def a_map(items: str, *chain: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"id": "each", "type": "map", "with": {"items": items, "chain": list(chain), **said}}


REFINE = {
    "id": "refine",
    "type": "loop",
    "with": {
        "max_iterations": 5,
        "initial": 1,
        "until": "nodes.draft.output > 3",
        "chain": [work("draft", "{{ prev * 2 }}")],
        "output": "{{ nodes.draft.output }}",
    },
}


async def test_the_nodes_of_a_run_have_items_and_laps_below_them_in_the_order_of_their_numbers(live: Live) -> None:
    each = a_map("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", work("double", "{{ item * 2 }}"))
    edges = [{"from": "each", "to": "refine"}, {"from": "refine", "to": "last"}]
    await live.save("numbers", [each, REFINE, work("last", "{{ nodes.each.output }}")], edges)
    run = await live.start("numbers", wait=30)
    assert run["output"] == {"last": [2 * n for n in range(11)]}
    paths: list[str] = []
    cursor = None
    while not paths or cursor:
        page = await live.get(f"/workflow_runs/{run['id']}/nodes", limit=7, **({"cursor": cursor} if cursor else {}))
        paths += [node["path"] for node in page["items"]]
        cursor = page["next_cursor"]
    items = [path for n in range(11) for path in (f"each.{n}", f"each.{n}.double")]
    laps = ["refine", "refine~1", "refine~1.draft", "refine~2", "refine~2.draft"]
    assert paths == ["each", *items, *laps, "last"]


async def test_a_map_tells_how_its_items_stand(live: Live) -> None:
    each = a_map("[1, 0, 2]", work("divide", "{{ 6 / item }}"), on_item_error="collect")
    await live.save("shares", [each])
    run = await live.start("shares", wait=30)
    node = await live.get(f"/workflow_runs/{run['id']}/nodes/each")
    assert node["items"] == {"total": 3, "running": 0, "completed": 2, "failed": 1, "skipped": 0}
    assert [one["status"] for one in run["output"]["each"]] == ["completed", "failed", "completed"]


async def test_a_map_that_runs_tells_how_many_of_its_items_do(live: Live) -> None:
    late = {**SIGN_OFF, "when": "item >= 9"}
    await live.save("late", [a_map("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", late, work("keep", "{{ item }}"))])
    run = await live.start("late", wait=30, until="blocked")
    node = await live.get(f"/workflow_runs/{run['id']}/nodes/each")
    assert node["items"] == {"total": 12, "running": 3, "completed": 9, "failed": 0, "skipped": 0}


async def test_the_progress_of_a_run_counts_the_items_of_a_map_that_runs(live: Live) -> None:
    each = a_map("[0, 1, 2, 3]", {**SIGN_OFF, "when": "item == 3"}, work("keep", "{{ item }}"))
    await live.save("four", [each])
    run = await live.start("four", wait=30, until="blocked")
    assert run["progress_percent"] == 75
    assert (await live.get(f"/workflow_runs/{run['id']}/nodes/each"))["progress"] == 0.75
    (listed,) = (await live.get("/workflow_runs", workflow="four"))["items"]
    assert listed["progress_percent"] == 75


async def test_an_item_can_be_read_and_drawn_by_its_path(live: Live) -> None:
    await live.save(
        "drawn", [a_map("['a', 'b']", work("keep", "{{ item }}"), work("again", "{{ nodes.keep.output }}"))]
    )
    run = await live.start("drawn", wait=30)
    assert (await live.get(f"/workflow_runs/{run['id']}/nodes/each.1"))["output"] == "b"
    assert (await live.get(f"/workflow_runs/{run['id']}/nodes/each.0.keep"))["output"] == "a"
    assert (await live.get(f"/workflow_runs/{run['id']}/nodes/each.7.keep"))["status"] == "pending"
    graph = await live.get(f"/workflow_runs/{run['id']}/graph", path="each.1")
    assert [(node["path"], node["status"]) for node in graph["nodes"]] == [
        ("each.1.keep", "completed"),
        ("each.1.again", "completed"),
    ]
    assert [(edge["from"], edge["to"], edge["state"]) for edge in graph["edges"]] == [("keep", "again", "taken")]
    whole = await live.get(f"/workflow_runs/{run['id']}/graph")
    assert [(node["id"], node["has_body"]) for node in whole["nodes"]] == [("each", True)]
    answer = await live.client.get(f"/api/v1/workflow_runs/{run['id']}/graph", params={"path": "each.x"})
    assert answer.status_code == 404


async def test_a_map_whose_items_all_wait_for_people_is_blocked_until_they_decide(live: Live) -> None:
    await live.save("approvals", [a_map("['a', 'b']", SIGN_OFF, work("keep", "{{ item }}"))])
    run = await live.start("approvals", wait=30, until="blocked")
    assert sorted(one["path"] for one in run["waiting_for"]) == ["each.0.sign_off", "each.1.sign_off"]
    gates = (await live.get("/gates", run_id=run["id"]))["items"]
    assert sorted(gate["title"] for gate in gates) == ["Item 0", "Item 1"]
    for gate in gates:
        answer = await live.client.post(f"/api/v1/gates/{gate['id']}/decisions", json={"decision": "approved"})
        assert answer.status_code == 200, answer.text
    assert (await live.until(run["id"], "completed"))["output"] == {"each": ["a", "b"]}
