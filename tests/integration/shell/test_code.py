"""Programs inside of real runs."""

import asyncio

from tests.support.engine import Engine


async def test_a_program_computes_with_what_other_nodes_made(engine: Engine) -> None:
    rows = [{"name": "a", "cents": 250}, {"name": "b", "cents": 900}]
    program = "{'total': sum(row['cents'] for row in rows), 'most': max(rows, key=lambda row: row['cents'])['name']}"
    run = await engine.start(
        "read -> sum",
        nodes={
            "read": {"with": {"tool": "work", "args": {"value": rows}}},
            "sum": {"type": "code", "with": {"source": program, "inputs": {"rows": "{{ nodes.read.output }}"}}},
        },
    )
    assert await run.ended() == "completed"
    assert (await run.nodes())["sum"]["output"] == {"total": 1150, "most": "b"}


async def test_a_program_that_fails_is_not_tried_again_and_tells_no_value(engine: Engine) -> None:
    node = {"type": "code", "with": {"source": "int(text)", "inputs": {"text": "{{ input.text }}"}}}
    run = await engine.start("a", input={"text": "hunter2"}, nodes={"a": node})
    assert await run.ended() == "failed"
    row = (await run.nodes())["a"]
    assert (row["error"]["type"], row["error"]["attempt"]) == ("CodeError", 1)
    assert row["error"]["message"] == "the program raised ValueError, line 1: int(text)"
    assert "hunter2" not in str(row["error"])


async def test_a_program_ends_with_the_timeout_of_its_node(engine: Engine) -> None:
    node = {"type": "code", "with": {"source": "while True: pass"}, "timeout": "500ms", "retry": {"max_attempts": 1}}
    run = await engine.start("a", nodes={"a": node})
    assert await run.ended() == "failed"
    assert (await run.nodes())["a"]["error"]["type"] == "Timeout"


async def test_a_cancelled_run_leaves_no_program_behind(engine: Engine) -> None:
    endless = {"type": "code", "with": {"source": "while True: pass"}}
    names = [f"n{number}" for number in range(8)]
    run = await engine.start("\n".join(names), nodes=dict.fromkeys(names, endless))
    await run.until(names[0], "running")
    await asyncio.sleep(0.5)
    await run.cancel()
    assert await run.ended(timeout=5) == "cancelled"
    following = await engine.start("a", nodes={"a": {"type": "code", "with": {"source": "1 + 1"}}})
    assert await following.ended(timeout=10) == "completed"
