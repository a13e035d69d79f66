"""What tools write into the log of their run."""

from tests.support.engine import Engine


async def test_what_a_tool_logs_from_a_thread_is_an_event_each_in_its_order(engine: Engine) -> None:
    run = await engine.start("a", nodes={"a": {"with": {"tool": "chatty", "args": {"lines": 6}}}})
    assert await run.ended() == "completed"
    rows = await engine.pool.fetch(
        "select path, attempt, data from run_events where run_id = $1 and type = 'workflow.node.log' order by seq",
        run.id,
    )
    assert [row["data"]["message"] for row in rows] == [f"line {number}" for number in range(6)]
    assert [row["data"]["level"] for row in rows] == ["info", "info", "warning"] * 2
    assert {(row["path"], row["attempt"]) for row in rows} == {("a", 1)}
