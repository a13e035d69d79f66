"""Loops: the body lap by lap, on real servers."""

from tests.support.bodies import each, failing, laps, slow, work
from tests.support.engine import Engine
from tests.support.histories import replayed

GATE = {
    "id": "sign_off",
    "type": "human_gate",
    "with": {"title": "Sign off", "approvers": ["user:ann"], "outcomes": ["again"]},
}


async def test_a_loop_ends_when_until_is_true_with_its_last_laps_output(engine: Engine) -> None:
    body = laps("nodes.add.output >= 6", work("add", "{{ prev + lap }}"), initial=0, output="{{ nodes.add.output }}")
    run = await engine.start("sum -> last", nodes={"sum": body, "last": {"with": {"tool": "work", "args": {"value": {
        "sum": "{{ nodes.sum.output }}", "laps": "{{ nodes.sum.meta.laps }}"}}}}})  # fmt: skip
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"last": {"sum": 6, "laps": 3}}
    nodes = await run.nodes()
    assert [nodes[f"sum~{lap}"]["output"] for lap in (1, 2, 3)] == [1, 3, 6]
    assert nodes["sum~3.add"]["status"] == "completed"
    await replayed(run.handle, "loop")


async def test_a_loop_that_has_had_all_its_laps_is_exhausted(engine: Engine) -> None:
    body = laps("false", work("add", "{{ prev + 1 }}"), initial=0, output="{{ nodes.add.output }}", max_iterations=2)
    run = await engine.start("sum -[exhausted]-> last", nodes={"sum": body})
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert (nodes["sum"]["outcome"], nodes["sum"]["output"]) == ("exhausted", 2)
    await replayed(run.handle, "loop_exhausted")


async def test_an_output_that_is_too_large_for_a_fact_passes_from_lap_to_lap(engine: Engine) -> None:
    big = work("grow", "{{ prev + prev }}")
    body = laps("size(nodes.grow.output) > 50000", big, initial="{{ input }}", output="{{ nodes.grow.output }}")
    run = await engine.start("refine", nodes={"refine": body}, input="x" * 10_000)
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert nodes["refine~3"]["output_size"] == nodes["refine"]["output_size"] == 80_002
    await replayed(run.handle, "loop_large")


async def test_a_lap_that_fails_fails_the_loop(engine: Engine) -> None:
    body = laps("false", failing("check", "{{ lap - 1 }}"), output=1)
    run = await engine.start("refine", nodes={"refine": body})
    assert await run.ended() == "failed"
    row = await run.row()
    assert (row["error"]["type"], row["error"]["details"]["path"]) == ("LapFailed", "refine~2")
    await replayed(run.handle, "loop_fails")


async def test_a_gate_in_a_lap_is_voted_on_by_its_path(engine: Engine) -> None:
    body = {
        "until": "nodes.sign_off.output.outcome == 'approved'",
        "max_iterations": 5,
        "nodes": [GATE, work("after", 1)],
        "edges": [{"from": "sign_off", "to": "after", "on": ["approved", "again"]}],
        "output": "{{ nodes.sign_off.output.outcome }}",
    }
    run = await engine.start("refine", nodes={"refine": {"type": "loop", "with": body}})
    await run.until("refine~1.sign_off", "waiting")
    await run.vote("refine~1.sign_off", "again")
    await run.until("refine~2.sign_off", "waiting")
    await run.vote("refine~2.sign_off", "approved")
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"refine": "approved"}
    await replayed(run.handle, "loop_gate")


async def test_a_loop_in_a_map_has_its_own_laps_in_each_item(engine: Engine) -> None:
    inner = {
        "id": "sum",
        **laps("prev + item > 3", work("add", "{{ prev + item }}"), initial=0, output="{{ nodes.add.output }}"),
    }
    run = await engine.start("each", nodes={"each": each("input", inner)}, input=[1, 2])
    assert await run.ended() == "completed"
    assert (await run.statuses())["each.1.sum~2.add"] == "completed"
    await replayed(run.handle, "map_of_loops")


async def test_the_deadline_of_a_loop_ends_its_lap(engine: Engine) -> None:
    run = await engine.start("refine", nodes={"refine": {**laps("false", slow("slow"), output=1), "deadline": "500ms"}})
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "Timeout"
    await replayed(run.handle, "loop_deadline")
