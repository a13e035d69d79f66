"""Maps: the body once an item, on real servers."""

import asyncio
from typing import Any

from plait.store.pool import Pool
from tests.support.bodies import each, failing, slow, work
from tests.support.engine import Engine
from tests.support.histories import replayed

PAUSE: dict[str, Any] = {"type": "wait", "with": {"for": "1s"}}


async def test_a_map_runs_its_body_once_an_item_and_gives_the_outputs_in_order(engine: Engine) -> None:
    body = (work("double", "{{ item * 2 }}"), work("named", "{{ string(index) + ': ' + string(nodes.double.output) }}"))
    run = await engine.start("each", nodes={"each": each("input", *body)}, input=[3, 1, 2])
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": ["0: 6", "1: 2", "2: 4"]}
    statuses = await run.statuses()
    assert (
        statuses["each.1"] == statuses["each.1.double"] == statuses["each.1.named"] == statuses["each"] == "completed"
    )
    await replayed(run.handle, "map")


async def test_a_map_over_nothing_gives_an_empty_list(engine: Engine) -> None:
    run = await engine.start("each -> last", nodes={"each": each("input", work("a", 1))}, input=[])
    assert await run.ended() == "completed"
    assert (await run.nodes())["each"]["output"] == []
    await replayed(run.handle, "map_empty")


async def test_a_guard_in_a_body_leaves_nodes_of_single_items_out(engine: Engine) -> None:
    body = (work("a", "{{ item }}"), work("b", "{{ item }}", when="item > 1"))
    run = await engine.start(
        "each", nodes={"each": each("input", *body, output="{{ coalesce(nodes.b.output, 'small') }}")}, input=[1, 2]
    )
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": ["small", 2]}
    assert (await run.nodes())["each.0.b"]["why"]["reason"] == "guard"
    await replayed(run.handle, "map_guard")


async def test_an_item_that_fails_fails_the_map_and_stops_the_others(engine: Engine) -> None:
    body = (failing("check", "{{ item }}"), slow("slow"))
    run = await engine.start("each -> last", nodes={"each": each("input", *body)}, input=[0, 5])
    assert await run.ended() == "failed"
    row, statuses = await run.row(), await run.statuses()
    assert (row["error"]["type"], row["error"]["details"]["path"]) == ("ItemFailed", "each.1")
    assert (statuses["each.0.slow"], statuses["each.0"], statuses["each.1"]) == ("cancelled", "cancelled", "failed")
    assert "last" not in statuses or statuses["last"] == "cancelled"
    await replayed(run.handle, "map_fails")


async def test_collect_and_skip_go_on_without_the_items_that_failed(engine: Engine) -> None:
    one, other = failing("check", "{{ item }}"), failing("check_too", "{{ item }}")
    run = await engine.start(
        "(skipping, collecting)",
        nodes={
            "skipping": each("input", one, on_item_error="skip"),
            "collecting": each("input", other, on_item_error="collect"),
        },
        input=[0, 5, 0],
    )
    assert await run.ended() == "completed"
    output = (await run.row())["output"]
    assert output["skipping"] == [1, 1]
    assert [entry["status"] for entry in output["collecting"]] == ["completed", "failed", "completed"]
    assert output["collecting"][1]["error"]["type"] == "Flaky"
    await replayed(run.handle, "map_collect")


async def test_no_more_items_are_open_than_the_map_says(engine: Engine) -> None:
    run = await engine.start(
        "each", nodes={"each": each("input", work("a", "{{ item }}"), max_concurrency=2)}, input=list(range(7))
    )
    assert await run.ended() == "completed"
    events = [event for event in await run.events() if event.startswith(("node.started each.", "node.completed each."))]
    open_now = most = 0
    for event in (event for event in events if event.endswith(".a")):
        open_now += 1 if "started" in event else -1
        most = max(most, open_now)
    assert most <= 2
    assert (await run.row())["output"] == {"each": list(range(7))}
    await replayed(run.handle, "map_window")


async def test_a_map_in_a_map_knows_both_items(engine: Engine) -> None:
    inner = {"id": "cells", **each("row", work("cell", "{{ [row_index, index, item] }}"))}
    run = await engine.start("rows", nodes={"rows": each("input", inner, **{"as": "row"})}, input=[["a", "b"], ["c"]])
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"rows": [[[0, 0, "a"], [0, 1, "b"]], [[1, 0, "c"]]]}
    assert (await run.statuses())["rows.0.cells.1.cell"] == "completed"
    await replayed(run.handle, "map_nested")


async def test_what_a_guard_reads_of_an_item_is_told_before_the_item_begins(engine: Engine) -> None:
    route = {
        "id": "route",
        "type": "condition",
        "with": {"cases": [{"name": "big", "when": "item.size > input.limit"}], "default": "small"},
    }
    nodes = [route, work("big", "{{ item.name }}"), work("small", "{{ item.name + '?' }}")]
    edges = [{"from": "route", "to": "big", "on": "big"}, {"from": "route", "to": "small", "on": "small"}]
    body = {
        "items": "input.rows",
        "nodes": nodes,
        "edges": edges,
        "output": "{{ coalesce(nodes.big.output, nodes.small.output) }}",
    }
    rows = [{"size": size, "name": f"n{size}"} for size in range(5)]
    run = await engine.start("each", nodes={"each": {"type": "map", "with": body}}, input={"rows": rows, "limit": 2})
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": ["n0?", "n1?", "n2?", "n3", "n4"]}
    await replayed(run.handle, "map_facts")


async def test_items_that_are_no_list_fail_the_map(engine: Engine) -> None:
    run = await engine.start("each", nodes={"each": each("input", work("a", 1))}, input={"no": "list"})
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["node"] == "each"
    assert (await run.nodes())["each"]["status"] == "failed"
    await replayed(run.handle, "map_no_list")


async def test_a_cancel_of_the_run_reaches_the_items(engine: Engine) -> None:
    tidy = work("tidy", "{{ index }}", join={"mode": "always"})
    body = {"items": "input", "nodes": [slow("slow"), tidy], "edges": [{"from": "slow", "to": "tidy"}]}
    run = await engine.start("each -> last", nodes={"each": {"type": "map", "with": body}}, input=[1, 2])
    await run.until("each.1.slow", "running")
    await run.cancel()
    assert await run.ended() == "cancelled"
    statuses = await run.statuses()
    assert {statuses[path] for path in ("each", "each.0", "each.0.slow", "each.1.slow", "last")} == {"cancelled"}
    assert statuses["each.0.tidy"] == statuses["each.1.tidy"] == "completed"
    await replayed(run.handle, "map_cancel")


async def test_the_deadline_of_a_map_ends_its_items(engine: Engine) -> None:
    run = await engine.start("each", nodes={"each": {**each("input", slow("slow")), "deadline": "500ms"}}, input=[1, 2])
    assert await run.ended() == "failed"
    error = (await run.row())["error"]
    assert (error["type"], error["details"]["limit"]) == ("Timeout", "deadline")
    assert (await run.statuses())["each.0.slow"] == "cancelled"
    await replayed(run.handle, "map_deadline")


async def test_a_map_that_opens_while_a_cancel_is_on_its_way_starts_no_item(engine: Engine, pool: Pool) -> None:
    run = await engine.start(
        "pause -> each", nodes={"pause": PAUSE, "each": each("input", work("a", "{{ item }}"))}, input=[1, 2]
    )
    await run.until("pause", "waiting")
    await pool.execute("update workflow_runs set requested = 'cancel' where id = $1", run.id)
    await run.until("each", "running")
    await asyncio.sleep(0.3)
    await run.cancel()
    assert await run.ended() == "cancelled"
    statuses = await run.statuses()
    assert statuses["each"] == statuses["each.0"] == statuses["each.0.a"] == statuses["each.1.a"] == "cancelled"
    assert "node.started each.0.a" not in await run.events()
    await replayed(run.handle, "map_refused")
