"""Items and laps: what a region is given goes on record once, in pages; what comes of each is kept under its path."""

import asyncio
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.catalogue import kinds
from activities.runs.evaluate import evaluating
from activities.runs.outputs import making_outputs
from activities.services import Services
from activities.shell.surround import surround
from interpreter.shell.wire import Instance, NodeResult, OutputTask
from plait.store.items import ItemsOf
from tests.support.documents import a_node
from tests.support.recorded import RecordedRun, a_lap, an_item, begin
from tests.support.runs import PROJECT


def work(name: str, value: Any = None, **said: Any) -> dict[str, Any]:
    """A step that gives what it is given."""
    return a_node(name, **{"with": {"tool": "work", "args": {"value": value}}, **said})


def a_map(items: Any, *nodes: dict[str, Any], **said: Any) -> dict[str, dict[str, Any]]:
    return {"each": {"type": "map", "with": {"items": items, "chain": list(nodes) or [work("step")], **said}}}


def a_loop(*nodes: dict[str, Any], output: Any = None, **said: Any) -> dict[str, dict[str, Any]]:
    given = {"until": "lap > 2", "max_iterations": 5, "output": output, "chain": list(nodes) or [work("step")], **said}
    return {"refine": {"type": "loop", "with": given}}


async def output(run: RecordedRun, path: str, *instances: Instance, reads: tuple[str, ...] = ("step",)) -> NodeResult:
    """Have the output of an item or a lap made."""
    sources = [f"{path}.{node}" for node in reads]
    task = run.task(path, instances[-1].node, reads=sources, instances=list(instances), always=True)
    return await ActivityEnvironment().run(making_outputs(run.services), OutputTask(task))


async def collected(run: RecordedRun, path: str = "each") -> NodeResult:
    return await ActivityEnvironment().run(evaluating(run.services), run.task(path))


async def test_items_go_on_record_before_the_first_of_them_begins(services: Services) -> None:
    run = await begin(services, nodes=a_map("input.rows"), input={"rows": [7, 8, 9]})
    for _ in range(2):
        opened = await run.opened("each")
        assert (opened.count, opened.facts) == (3, [])
    row = await run.row("each")
    assert (row["status"], row["input"], row["attempts"], row["type"]) == ("running", {"items": 3}, [], "map")
    assert await run.log() == ["node.started each"]
    assert await services.pool.fetchval("select count(*) from map_items") == 1


async def test_a_map_over_nothing_opens_and_gives_nothing(services: Services) -> None:
    run = await begin(services, nodes=a_map("[]"))
    assert (await run.opened("each")).count == 0
    await collected(run)
    assert await run.value("each") == []


@pytest.mark.parametrize(
    ("items", "says"), [("null", "something else"), ("{'a': 1}", "entries"), ("'abc'", "something")]
)
async def test_items_that_are_no_list_fail_the_map(services: Services, items: str, says: str) -> None:
    run = await begin(services, nodes=a_map(items))
    with pytest.raises(ApplicationError, match=says) as raised:
        await run.opened("each")
    assert (raised.value.type, raised.value.non_retryable) == ("ItemsNotAList", True)


async def test_a_list_that_was_stored_first_stays(services: Services) -> None:
    """The process died after the pages and before the row: whoever opens it again finds the same items."""
    run = await begin(services, nodes=a_map("input"), input=[1, 2])
    await services.items.store(ItemsOf(PROJECT, run.id, "each", 1), [1, 2])
    assert (await run.opened("each")).count == 2
    await services.items.store(ItemsOf(PROJECT, run.id, "each", 1), [8, 9])
    assert await services.items.load(ItemsOf(PROJECT, run.id, "each", 1), 0, 9) == [1, 2]


async def test_facts_over_items_come_in_windows(services: Services) -> None:
    step = work("step", when="item.good")
    run = await begin(services, nodes=a_map("input", step), input=[{"good": n % 2 == 0, "n": n} for n in range(450)])
    told: list[Any] = []
    while len(told) < 450:
        opened = await run.opened("each", len(told))
        assert (opened.count, opened.first) == (450, len(told))
        assert 0 < len(opened.facts) <= 200
        told += opened.facts
    (fact,) = told[0]
    assert [facts[fact] for facts in told] == [("value", n % 2 == 0) for n in range(450)]


async def test_an_answer_with_large_facts_holds_fewer_of_them(services: Services) -> None:
    step = work("step", when="[item.text, index] != []")
    run = await begin(services, nodes=a_map("input", step), input=[{"text": "y" * 4_000} for _ in range(100)])
    assert 25 < len((await run.opened("each")).facts) < 40


async def test_an_item_of_which_a_guard_reads_too_much_fails_the_map(services: Services) -> None:
    run = await begin(services, nodes=a_map("input", work("step", when="[item, index] != []")), input=["y" * 5_000])
    with pytest.raises(ApplicationError) as raised:
        await run.opened("each")
    assert raised.value.type == "FactTooLarge"


async def test_a_node_sees_its_item_and_the_number_of_it(services: Services) -> None:
    run = await begin(
        services, nodes=a_map("input", work("step", "{{ [row, row_index] }}"), **{"as": "row"}), input="abc"
    )
    run.plan.find("step")
    await services.items.store(ItemsOf(PROJECT, run.id, "each", 1), ["a", "b"])
    task = run.task("each.1.step", "step", instances=[an_item("each", 1, "row", "row_index")])
    await ActivityEnvironment().run(surround(kinds()["tool_call"], services), task)
    assert await run.value("each.1.step") == ["b", 1]
    assert (await run.row("each.1.step"))["node"] == "step"


async def test_a_node_of_a_body_reads_nodes_of_the_regions_around_it(services: Services) -> None:
    inner = {
        "id": "inner",
        "type": "map",
        "with": {
            "items": "item",
            "as": "cell",
            "chain": [work("step", "{{ [cell, cell_index, index, nodes.first.output, nodes.before.output] }}")],
        },
    }
    run = await begin(services, "first -> each", nodes=a_map("input", work("before"), inner))
    await run.ended("first", "f")
    await run.ended("each.2.before", "b")
    await services.items.store(ItemsOf(PROJECT, run.id, "each.2.inner", 1), ["x", "y"])
    instances = [an_item("each", 2), an_item("inner", 1, "cell", "cell_index", path="each.2.inner")]
    task = run.task("each.2.inner.1.step", "step", reads=["first", "each.2.before"], instances=instances)
    await ActivityEnvironment().run(surround(kinds()["tool_call"], services), task)
    assert await run.value("each.2.inner.1.step") == ["y", 1, 2, "f", "b"]


async def test_what_a_node_changes_in_its_item_no_other_node_sees(services: Services) -> None:
    of = ItemsOf(PROJECT, (await begin(services, "a")).id, "each", 1)
    await services.items.store(of, [{"n": 1}])
    (item,) = await services.items.load(of, 0, 1)
    item["n"] = 2
    assert await services.items.load(of, 0, 1) == [{"n": 1}]


async def test_an_item_s_output_is_recorded_once_under_its_path(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1]", output={"twice": "{{ [nodes.step.output, item] }}"}))
    await run.opened("each")
    await run.ended("each.0.step", 5)
    results = [await output(run, "each.0", an_item("each", 0)) for _ in range(2)]
    assert results[0] == results[1]
    row = await run.row("each.0")
    assert (row["node"], row["type"], row["status"], row["output"]) == ("each", "map", "completed", {"twice": [5, 1]})
    assert (await run.log())[-1] == "node.completed each.0"
    assert (await run.log()).count("node.completed each.0") == 1


@pytest.mark.parametrize(
    ("body", "gives"),
    [({"chain": [work("a"), work("b")]}, 2), ({"nodes": [work("a"), work("b")], "edges": []}, {"a": 1, "b": 2})],
)
async def test_without_output_an_item_gives_what_its_last_nodes_gave(services: Services, body: Any, gives: Any) -> None:
    run = await begin(services, nodes={"each": {"type": "map", "with": {"items": "[1]", **body}}})
    await run.ended("each.0.a", 1)
    await run.ended("each.0.b", 2)
    reads = ("b",) if "chain" in body else ("a", "b")
    await output(run, "each.0", an_item("each", 0), reads=reads)
    assert await run.value("each.0") == gives


async def test_an_output_without_a_value_is_told_and_leaves_no_row(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1]", output="{{ nodes.step.output.missing }}"))
    await run.ended("each.0.step", {})
    with pytest.raises(ApplicationError, match=r"in with\.output") as raised:
        await output(run, "each.0", an_item("each", 0))
    assert (raised.value.type, raised.value.non_retryable) == ("ExpressionError", True)
    assert await services.pool.fetchval("select count(*) from node_runs where path = 'each.0'") == 0


async def test_an_output_is_made_while_the_run_is_being_cancelled(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1]"))
    await run.ended("each.0.step", 1)
    await run.set(requested="cancel")
    await output(run, "each.0", an_item("each", 0))
    assert await run.value("each.0") == 1


async def test_a_loop_begins_with_its_initial_value(services: Services) -> None:
    run = await begin(
        services, nodes=a_loop(work("step", "{{ prev }}", when="prev.n > 0"), initial={"n": "{{ input }}"}), input=3
    )
    first = await run.opened("refine")
    assert await run.opened("refine") == first
    assert (first.count, len(first.facts), list(first.facts[0].values())) == (1, 1, [("value", True)])
    assert (await run.row("refine"))["input"] == {"initial": {"n": 3}}
    task = run.task("refine~1.step", "step", instances=[a_lap("refine", 1)])
    await ActivityEnvironment().run(surround(kinds()["tool_call"], services), task)
    assert await run.value("refine~1.step") == {"n": 3}


async def test_a_loop_without_an_initial_value_begins_with_null(services: Services) -> None:
    run = await begin(services, nodes=a_loop())
    await run.opened("refine")
    assert (await run.row("refine"))["input"] == {"initial": None}


async def test_a_large_initial_value_is_read_again_from_where_it_is_kept(services: Services) -> None:
    run = await begin(
        services, nodes=a_loop(work("step", when="size(prev) > 1"), initial="{{ input }}"), input="x" * 20_000
    )
    facts = [(await run.opened("refine")).facts for _ in range(2)]
    assert facts[0] == facts[1]
    assert list(facts[0][0].values()) == [("value", True)]


async def test_a_lap_sees_what_the_lap_before_gave(services: Services) -> None:
    run = await begin(services, nodes=a_loop(work("step", "{{ [lap, prev] }}"), output="{{ nodes.step.output }}"))
    await run.opened("refine")
    await run.ended("refine~1.step", "one")
    await output(run, "refine~1", a_lap("refine", 1))
    task = run.task("refine~2.step", "step", instances=[a_lap("refine", 2)])
    await ActivityEnvironment().run(surround(kinds()["tool_call"], services), task)
    assert await run.value("refine~2.step") == [2, "one"]


async def test_a_lap_tells_the_facts_of_the_next_one_and_of_the_loop(services: Services) -> None:
    """The lap may be the last: the workflow then ends the loop by itself, with this output."""
    loop = a_loop(work("step", when="prev == null || prev.n < 5"), output={"n": "{{ nodes.step.output }}"})
    case = {"name": "a", "when": "nodes.refine.output.n > nodes.refine.meta.laps"}
    after = {"type": "condition", "with": {"cases": [case]}}
    run = await begin(services, "refine -> after", nodes={**loop, "after": after})
    await run.ended("refine~2", {"n": 3})
    await run.ended("refine~3.step", 4)
    result = await output(run, "refine~3", a_lap("refine", 3))
    (given,), (over,) = run.plan.region(1).given, run.plan.find("refine").facts
    assert result.facts == {str(given.id): ("value", True), str(over.id): ("value", True)}


async def test_the_outputs_of_items_stand_in_their_order(services: Services) -> None:
    run = await begin(services, nodes=a_map("[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"))
    await run.opened("each")
    for index in reversed(range(12)):
        await run.ended(f"each.{index}", index if index != 5 else "x" * 20_000)
    await collected(run)
    assert await run.value("each") == [0, 1, 2, 3, 4, "x" * 20_000, 6, 7, 8, 9, 10, 11]
    row = await run.row("each")
    assert (row["status"], row["outcome"], row["attempts"]) == ("completed", "success", [])
    assert await run.log() == ["node.started each", "node.completed each"]


async def test_a_map_that_skips_leaves_failed_items_out(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1, 2, 3]", on_item_error="skip"))
    await run.opened("each")
    await run.ended("each.0", "a")
    await run.ended("each.1", status="failed", error={"type": "Broken"})
    await run.ended("each.2", None)
    await collected(run)
    assert await run.value("each") == ["a", None]


async def test_a_map_that_collects_says_of_each_item_what_became_of_it(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1, 2, 3]", on_item_error="collect"))
    await run.opened("each")
    await run.ended("each.0", "a")
    await run.ended("each.1", status="failed", error={"type": "Broken"})
    await collected(run)
    assert await run.value("each") == [
        {"index": 0, "status": "completed", "output": "a", "error": None},
        {"index": 1, "status": "failed", "output": None, "error": {"type": "Broken"}},
        {"index": 2, "status": "cancelled", "output": None, "error": None},
    ]


async def test_a_map_that_fails_by_its_items_never_gives_a_part_of_them(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1, 2]"))
    await run.opened("each")
    await run.ended("each.0", 1)
    with pytest.raises(ApplicationError, match="item 1 did not complete"):
        await collected(run)


async def test_outputs_over_the_limit_of_one_value_fail_the_map(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1, 2]"))
    await run.opened("each")
    for index in range(2):
        await run.ended(f"each.{index}", "x" * 9 * 1024 * 1024)
    with pytest.raises(ApplicationError) as raised:
        await collected(run)
    assert (raised.value.type, raised.value.non_retryable) == ("ResultTooLarge", True)


async def test_many_items_are_collected_by_windows(services: Services) -> None:
    run = await begin(services, nodes=a_map("input"), input=list(range(1_203)))
    await run.opened("each")
    await asyncio.gather(*(run.ended(f"each.{index}", index) for index in range(1_203)))
    await collected(run)
    assert await run.value("each") == list(range(1_203))


async def test_fifty_thousand_items_are_opened_and_collected_in_seconds(services: Services) -> None:
    run = await begin(services, nodes=a_map("input", work("step", when="item > 3")), input=list(range(50_000)))
    async with asyncio.timeout(20):
        assert len((await run.opened("each", 49_900)).facts) == 100
        await services.pool.execute(
            "insert into node_runs (run_id, path, generation, project, node, type, status, output, output_size,"
            " output_sha256, has_output, updated_at) select $1, 'each.' || n, 1, $2, 'each', 'map', 'completed',"
            " to_jsonb(n), 5, 'hash', true, now() from generate_series(0, 49999) n",
            run.id, PROJECT,
        )  # fmt: skip
        await collected(run)
    assert await run.value("each") == list(range(50_000))


async def test_items_and_laps_do_not_count_in_the_progress_of_the_run(services: Services) -> None:
    run = await begin(services, nodes=a_map("[1]"))
    await run.opened("each")
    await run.ended("each.0.step", 1)
    await output(run, "each.0", an_item("each", 0))
    counted = "select completed_nodes from workflow_runs where id = $1"
    assert await services.pool.fetchval(counted, run.id) == 0
    await collected(run)
    assert await services.pool.fetchval(counted, run.id) == 1
