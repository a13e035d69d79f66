"""How far a node is shows in its row and its events."""

from tests.support.engine import Engine, Run


async def told(run: Run) -> list[tuple[float, str]]:
    rows = await run.engine.pool.fetch(
        "select data from run_events where run_id = $1 and type = 'workflow.node.progress' order by seq", run.id
    )
    return [(row["data"]["progress"], row["data"]["message"]) for row in rows]


async def test_what_a_tool_says_of_its_progress_is_told_at_most_once_a_second(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"with": {"tool": "report", "args": {"times": 24, "pause": 0.1}}}})
    assert await run.ended() == "completed"
    said = await told(run)
    assert 2 <= len(said) <= 4
    assert said[0] == (1 / 24, "1 of 24")
    assert said == sorted(said)


async def test_the_row_says_how_far_a_running_node_is(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"with": {"tool": "report", "args": {"times": 1, "pause": 1.0}}}})
    row = await run.until("a", "running")
    while row["progress"] is None:
        row = (await run.nodes())["a"]
    assert (row["progress"], row["message"], row["status"]) == (1.0, "1 of 1", "running")
    assert await run.ended() == "completed"


async def test_what_is_said_last_before_the_end_does_not_open_the_node_again(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"with": {"tool": "report", "args": {"times": 5, "pause": 0.01}}}})
    assert await run.ended() == "completed"
    assert await told(run) == [(1 / 5, "1 of 5")]
    assert (await run.nodes())["a"]["status"] == "completed"
