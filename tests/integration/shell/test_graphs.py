"""Documents of every shape, run to their end on real servers."""

from datetime import datetime, timedelta

from tests.support.engine import Engine
from tests.support.histories import replayed


async def test_a_chain_runs_in_its_order(engine: Engine) -> None:
    run = await engine.start("a -> b -> c")
    assert await run.ended() == "completed"
    assert await run.events() == [
        "run.started",
        "node.started a",
        "node.completed a",
        "node.started b",
        "node.completed b",
        "node.started c",
        "node.completed c",
        "run.completed",
    ]
    # The start and its task, three activities and theirs, one marker for the end, the end itself.
    assert await replayed(run.handle, "chain") == 4 + 3 * 6 + 1 + 1


async def test_branches_run_at_once_and_meet(engine: Engine) -> None:
    run = await engine.start(
        "a -> (b, c) -> d",
        nodes={
            "d": {"with": {"tool": "work", "args": {"value": ["{{ nodes.b.output }}", "{{ nodes.c.output }}"]}}},
            "b": {"with": {"tool": "work", "args": {"value": 1}}},
            "c": {"with": {"tool": "work", "args": {"value": {"x": "y"}}}},
        },
    )
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"d": [1, {"x": "y"}]}
    events = await run.events()
    assert events.index("node.started d") > max(events.index("node.completed b"), events.index("node.completed c"))
    await replayed(run.handle, "diamond")


async def test_a_condition_takes_one_way_and_the_other_is_skipped(engine: Engine) -> None:
    run = await engine.start(
        "score -> route -[good]-> publish; route -[poor]-> mend -> publish",
        nodes={
            "score": {"with": {"tool": "work", "args": {"value": "{{ input }}"}}},
            "route": {"type": "condition", "with": {
                "cases": [{"name": "good", "when": "nodes.score.output.value > vars.threshold"}], "default": "poor"}},
        },
        vars={"threshold": 0.8},
        input={"value": 0.9},
    )  # fmt: skip
    assert await run.ended() == "completed"
    assert await run.statuses() == {
        "score": "completed",
        "route": "completed",
        "mend": "skipped",
        "publish": "completed",
    }
    nodes = await run.nodes()
    assert nodes["route"]["outcome"] == "good"
    assert nodes["mend"]["why"]["reason"] == "dead_path"
    assert nodes["score"]["input"] == {"tool": "work", "args": {"value": {"value": 0.9}}}
    events = await run.events()
    assert events.index("node.completed route") < events.index("node.started publish")
    await replayed(run.handle, "condition")


async def test_a_guard_leaves_a_node_out(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"b": {"when": "input.wanted"}}, input={"wanted": False})
    assert await run.ended() == "completed"
    assert (await run.nodes())["b"]["why"] == {"mode": "settled", "reason": "guard", "guard": False}
    assert (await run.row())["flags"] == ["no_terminal_executed"]
    await replayed(run.handle, "guard")


async def test_a_transform_and_a_join_are_evaluated_without_an_activity(engine: Engine) -> None:
    run = await engine.start(
        "a -> (b, c) -> both -> total",
        nodes={
            "a": {"with": {"tool": "work", "args": {"value": 20}}},
            "b": {"type": "transform", "with": {"value": "{{ nodes.a.output + 1 }}"}},
            "c": {"type": "transform", "with": {"value": "{{ nodes.a.output + 2 }}"}},
            "both": {"type": "join", "with": {"merge": "object"}},
            "total": {"type": "transform", "with": {"value": "{{ nodes.both.output.b + nodes.both.output.c }}"}},
        },
        output={"total": "{{ nodes.total.output }}"},
    )
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"total": 43}
    await replayed(run.handle, "transform")


async def test_a_transform_over_a_large_value_is_evaluated_where_the_value_is(engine: Engine) -> None:
    run = await engine.start(
        "a -> b",
        nodes={
            "a": {"with": {"tool": "big", "args": {"size": 100_000}}},
            "b": {"type": "transform", "with": {"value": {"text": "{{ nodes.a.output }}"}}},
        },
        output={"size": "{{ size(nodes.b.output.text) }}"},
    )
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"size": 100_000}
    assert (await run.nodes())["b"]["output_ref"] is not None
    await replayed(run.handle, "transform_large")


async def test_a_wait_waits_and_goes_on(engine: Engine) -> None:
    run = await engine.start("a -> pause -> b", nodes={"pause": {"type": "wait", "with": {"for": "300ms"}}})
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert (nodes["b"]["started_at"] - nodes["a"]["completed_at"]).total_seconds() >= 0.3
    assert "node.waiting pause" in await run.events()
    await replayed(run.handle, "wait")


async def test_a_computed_time_without_its_offset_fails_its_node(engine: Engine) -> None:
    at = {"type": "wait", "with": {"at": "{{ input.at }}"}}
    run = await engine.start("pause", nodes={"pause": at}, input={"at": "2026-01-31T09:00:00"})
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "InvalidTime"


async def test_an_end_node_stops_what_runs(engine: Engine) -> None:
    run = await engine.start(
        "a -> stop; slow -> b",
        nodes={
            "stop": {"type": "end", "join": {"cancel_rest": True}, "with": {
                "status": "completed", "output": {"why": "early"}, "cancel_rest": True}},
            "slow": {"with": {"tool": "sleep", "args": {"seconds": 30}}},
        },
    )  # fmt: skip
    assert await run.ended() == "completed"
    assert await run.statuses() == {"a": "completed", "stop": "completed", "slow": "cancelled", "b": "cancelled"}
    assert (await run.row())["output"] == {"why": "early"}
    await replayed(run.handle, "end")


async def test_an_output_without_a_value_fails_the_run(engine: Engine) -> None:
    run = await engine.start("a", output={"x": "{{ nodes.a.output.nothing }}"})
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "OutputError"
    await replayed(run.handle, "output_error")


async def test_a_wide_fan_out_keeps_to_its_limit_and_ends(engine: Engine) -> None:
    names = ", ".join(f"n{number}" for number in range(150))
    run = await engine.start(f"a -> ({names}) -> z")
    assert await run.ended() == "completed"
    assert (await run.row())["completed_nodes"] == 152
    await replayed(run.handle, "fan_out")


async def test_a_wait_tells_when_it_will_be_over(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"type": "wait", "with": {"for": "2m"}}})
    row = await run.until("a", "waiting")
    due = datetime.fromisoformat(row["metadata"]["until"])
    assert timedelta(seconds=119) < due - row["ready_at"] < timedelta(seconds=121)
    said = await engine.pool.fetchval(
        "select data from run_events where run_id = $1 and type = 'workflow.node.waiting'", run.id
    )
    assert said["until"] == row["metadata"]["until"]
    await run.cancel()
    assert await run.ended() == "cancelled"
