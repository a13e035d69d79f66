"""Compensation: what was done is undone, the last first, on real servers."""

from typing import Any

from tests.support.bodies import each, failing, slow, work
from tests.support.engine import Engine
from tests.support.histories import replayed


def undo(value: Any, tool: str = "work") -> dict[str, Any]:
    """A `compensate` that gives the value."""
    return {"type": "tool_call", "with": {"tool": tool, "args": {"value": value}}}


async def test_what_completed_is_undone_in_reverse_when_the_run_fails(engine: Engine) -> None:
    run = await engine.start(
        "a -> b -> c",
        nodes={
            "a": work("a", 1, compensate=undo("{{ nodes.a.output }}")),
            "b": work("b", 2, compensate=undo("{{ nodes.b.output + nodes.a.output }}")),
            "c": failing("c"),
        },
    )
    assert await run.ended() == "failed"
    nodes = await run.nodes()
    assert (nodes["a~undo"]["output"], nodes["b~undo"]["output"]) == (1, 3)
    assert nodes["b~undo"]["completed_at"] <= nodes["a~undo"]["started_at"]
    assert (await run.row())["error"]["type"] == "Flaky"
    events = await run.events()
    assert events.index("run.stopping") < events.index("compensation.completed a~undo")
    await replayed(run.handle, "undo")


async def test_a_compensation_that_fails_is_recorded_and_the_others_go_on(engine: Engine) -> None:
    broken = {"type": "tool_call", "with": {"tool": "flaky", "args": {"failures": 9, "retryable": False}}}
    run = await engine.start(
        "a -> b -> c",
        nodes={
            "a": work("a", 1, compensate=undo(1)),
            "b": work("b", 2, compensate=broken),
            "c": failing("c"),
        },
    )
    assert await run.ended() == "failed"
    statuses = await run.statuses()
    assert (statuses["b~undo"], statuses["a~undo"]) == ("failed", "completed")
    assert "compensation.failed b~undo" in await run.events()
    await replayed(run.handle, "undo_fails")


async def test_a_cancel_undoes_what_completed_and_what_nobody_knows(engine: Engine) -> None:
    seen = undo("{{ has(nodes.b.output) }}")
    run = await engine.start(
        "a -> b -> c",
        nodes={
            "a": work("a", 1, compensate=undo(1)),
            "b": slow("b", compensate=seen),
            "c": work("c", 1, compensate=undo(1)),
        },
    )
    await run.until("b", "running")
    await run.cancel()
    assert await run.ended() == "cancelled"
    nodes = await run.nodes()
    assert (nodes["a~undo"]["status"], nodes["b~undo"]["output"]) == ("completed", False)
    assert "c~undo" not in nodes
    await replayed(run.handle, "undo_cancel")


async def test_a_node_is_undone_of_which_an_earlier_attempt_never_answered(engine: Engine) -> None:
    book = {
        "with": {"tool": "forgetful", "args": {}},
        "timeout": 0.5,
        "retry": {"max_attempts": 3, "initial_interval": 0.01},
        "compensate": undo("{{ has(nodes.book.output) }}"),
    }
    run = await engine.start("book", nodes={"book": book})
    assert await run.ended() == "failed"
    nodes = await run.nodes()
    assert (nodes["book"]["error"]["type"], nodes["book~undo"]["output"]) == ("Refused", False)


async def test_a_node_that_always_answered_that_it_failed_is_not_undone(engine: Engine) -> None:
    retry = {"max_attempts": 2, "initial_interval": 0.01}
    run = await engine.start("a", nodes={"a": failing("a", retry=retry, compensate=undo(1))})
    assert await run.ended() == "failed"
    assert "a~undo" not in await run.nodes()


async def test_the_items_of_a_map_are_undone_the_last_first(engine: Engine) -> None:
    body = work("book", "{{ item }}", compensate=undo("{{ nodes.book.output }}"))
    run = await engine.start("each -> c", nodes={"each": each("input", body), "c": failing("c")}, input=["x", "y"])
    assert await run.ended() == "failed"
    nodes = await run.nodes()
    assert (nodes["each.0.book~undo"]["output"], nodes["each.1.book~undo"]["output"]) == ("x", "y")
    assert nodes["each.1.book~undo"]["completed_at"] <= nodes["each.0.book~undo"]["started_at"]
    await replayed(run.handle, "undo_items")


async def test_the_loser_of_a_race_that_completed_is_undone_at_once(engine: Engine) -> None:
    run = await engine.start(
        "(fast, other) -> won; other -> next; next -> won; won -> last",
        nodes={
            "other": work("other", 1, compensate=undo(1)),
            "fast": {"with": {"tool": "sleep", "args": {"seconds": 1}}},
            "next": slow("next"),
            "won": {"join": {"mode": "quorum", "n": 2, "cancel_rest": True}},
            "last": slow("last"),
        },
    )
    await run.until("last", "running")
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert (await run.nodes())["next"]["why"]["reason"] == "lost_race"
    await replayed(run.handle, "undo_race")


async def test_a_failure_that_an_error_edge_takes_undoes_nothing(engine: Engine) -> None:
    run = await engine.start("a -> b -[error]-> c", nodes={"a": work("a", 1, compensate=undo(1)), "b": failing("b")})
    assert await run.ended() == "completed"
    assert "a~undo" not in await run.nodes()
