"""What goes wrong in a node: retries, limits, refused results."""

import pytest

from tests.support.engine import Engine
from tests.support.histories import replayed
from tests.support.tools import CALLS


def tool(name: str, **args: object) -> dict[str, object]:
    return {"tool": name, "args": args}


async def test_a_failed_attempt_is_tried_again_after_its_back_off(engine: Engine) -> None:
    retry = {"max_attempts": 3, "initial_interval": "200ms"}
    run = await engine.start("a", nodes={"a": {"with": tool("flaky", failures=2), "retry": retry}})
    assert await run.ended() == "completed"
    row = (await run.nodes())["a"]
    assert [entry["status"] for entry in row["attempts"]] == ["failed", "failed", "completed"]
    assert row["output"] == 3
    assert (row["completed_at"] - row["started_at"]).total_seconds() >= 0.6
    assert await run.events() == [
        "run.started",
        "node.started a",
        "node.retrying a",
        "node.started a",
        "node.retrying a",
        "node.started a",
        "node.completed a",
        "run.completed",
    ]
    await replayed(run.handle, "retry")


async def test_a_node_whose_retries_are_spent_fails_the_run(engine: Engine) -> None:
    retry = {"max_attempts": 2, "initial_interval": "100ms"}
    run = await engine.start("a -> b", nodes={"a": {"with": tool("flaky", failures=9), "retry": retry}})
    assert await run.ended() == "failed"
    assert await run.statuses() == {"a": "failed", "b": "cancelled"}
    error = (await run.row())["error"]
    assert (error["type"], error["node"], error["attempt"]) == ("Flaky", "a", 2)
    assert (await run.events())[-5:] == [
        "node.failed a",
        "run.stopping",
        "edge.settled b",
        "node.cancelled b",
        "run.failed",
    ]
    await replayed(run.handle, "failure")


async def test_an_error_edge_handles_a_failure(engine: Engine) -> None:
    run = await engine.start(
        "a -[error]-> mend",
        nodes={
            "a": {"with": tool("flaky", failures=9, retryable=False)},
            "mend": {"with": tool("work", value="{{ nodes.a.error.type }}")},
        },
    )
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"mend": "Flaky"}
    await replayed(run.handle, "error_edge")


async def test_an_attempt_over_its_time_fails_the_node_as_timeout(engine: Engine) -> None:
    run = await engine.start(
        "a", nodes={"a": {"with": tool("sleep", seconds=20), "timeout": "300ms", "retry": {"max_attempts": 1}}}
    )
    assert await run.ended() == "failed"
    error = (await run.nodes())["a"]["error"]
    assert (error["type"], error["details"]["limit"]) == ("Timeout", "attempt")
    await replayed(run.handle, "timeout")


async def test_a_node_over_its_deadline_fails_as_timeout(engine: Engine) -> None:
    retry = {"max_attempts": 50, "initial_interval": "300ms", "backoff_coefficient": 1}
    run = await engine.start("a", nodes={"a": {"with": tool("flaky", failures=99), "deadline": "1s", "retry": retry}})
    assert await run.ended() == "failed"
    error = (await run.nodes())["a"]["error"]
    assert (error["type"], error["details"]["limit"]) == ("Timeout", "deadline")
    await replayed(run.handle, "deadline")


async def test_a_run_over_its_deadline_fails(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"a": {"with": tool("sleep", seconds=20)}}, deadline="500ms")
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "Timeout"
    assert await run.statuses() == {"a": "cancelled", "b": "cancelled"}
    await replayed(run.handle, "run_deadline")


@pytest.mark.parametrize("what", ["nan", "surrogate", "nul", "integer"])
async def test_an_output_that_cannot_be_stored_fails_its_node_with_a_sentence(engine: Engine, what: str) -> None:
    run = await engine.start("a", nodes={"a": {"with": tool("odd", what=what)}})
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] in {"OutputInvalid", "ToolOutputInvalid"}


async def test_an_output_that_breaks_its_schema_fails_its_node(engine: Engine) -> None:
    schema = {"type": "object"}
    run = await engine.start(
        "a", nodes={"a": {"with": tool("work", value=1), "output_schema": schema, "retry": {"max_attempts": 1}}}
    )
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "OutputInvalid"


async def test_an_output_that_is_not_accepted_fails_its_node(engine: Engine) -> None:
    run = await engine.start(
        "a", nodes={"a": {"with": tool("work", value=1), "accept": "output > 1", "retry": {"max_attempts": 1}}}
    )
    assert await run.ended() == "failed"
    error = (await run.row())["error"]
    assert (error["type"], error["details"]) == ("NotAccepted", {"output": 1})


async def test_an_accept_that_is_neither_true_nor_false_is_not_tried_again(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"with": tool("work", value=1), "accept": "output"}})
    assert await run.ended() == "failed"
    error = (await run.row())["error"]
    assert (error["type"], error["attempt"]) == ("ExpressionError", 1)


async def test_an_expression_without_a_value_fails_its_node_at_once(engine: Engine) -> None:
    run = await engine.start("a -> b", nodes={"b": {"with": tool("work", value="{{ nodes.a.output.nothing }}")}})
    assert await run.ended() == "failed"
    error = (await run.row())["error"]
    assert (error["type"], error["node"], error["attempt"]) == ("ExpressionError", "b", 1)


async def test_a_guard_that_reads_too_much_fails_the_node_that_made_it(engine: Engine) -> None:
    big = {"with": tool("big", size=10_000)}
    run = await engine.start(
        "(a, c) -> b", nodes={"a": big, "c": big, "b": {"when": "nodes.a.output == nodes.c.output"}}
    )
    assert await run.ended() == "failed"
    error = (await run.row())["error"]
    assert (error["type"], error["details"]["expression"]) == ("FactTooLarge", f"nodes.{error['node']}.output")


@pytest.mark.parametrize("megabytes", [3, 5])
async def test_an_output_of_some_megabytes_is_stored_by_reference(engine: Engine, megabytes: int) -> None:
    size = megabytes * 1024 * 1024
    run = await engine.start(
        "a -> b",
        nodes={
            "a": {"with": tool("big", size=size)},
            "b": {"with": tool("work", value="{{ size(nodes.a.output) }}")},
        },
    )
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert nodes["a"]["output_ref"] is not None
    assert nodes["b"]["output"] == size
    await replayed(run.handle, f"large_output_{megabytes}")


@pytest.mark.parametrize("megabytes", [20, 100])
async def test_an_output_of_too_many_megabytes_fails_its_node_once(engine: Engine, megabytes: int) -> None:
    run = await engine.start("a", nodes={"a": {"with": tool("big", size=megabytes * 1024 * 1024)}})
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "ResultTooLarge"
    assert CALLS[f"{run.id}/a"] == 1
