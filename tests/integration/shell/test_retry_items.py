"""The failed items of a held map tried again: what completed is kept, on real servers."""

import re
from typing import Any

from tests.support.bodies import each, work
from tests.support.documents import a_document, a_node
from tests.support.engine import Engine, Run
from tests.support.histories import replayed
from tests.support.tools import CALLS


def calls(run: Run, node: str) -> dict[str, int]:
    """How often the node called its tool, by item."""
    found: dict[str, int] = {}
    for key, count in CALLS.items():
        run_id, _, path = key.partition("/")
        if run_id == str(run.id) and path.endswith(f".{node}"):
            found[path.split(".")[1]] = count
    return found


def a_held_map(**said: Any) -> Any:
    """A map whose items each call `flaky`, which fails as often as the item says, once an attempt."""
    check = a_node(
        "check", **{"with": {"tool": "flaky", "args": {"failures": "{{ item }}"}}, "retry": {"max_attempts": 1}}
    )
    body = (check, work("last", "{{ index }}"))
    return a_document(
        "each -> done",
        nodes={
            "each": each("input", *body, **said) | {"on_error": "hold"},
            "done": {"with": {"tool": "work", "args": {"value": "{{ nodes.each.output }}"}}},
        },
    )


async def test_only_the_items_that_did_not_complete_run_again(engine: Engine) -> None:
    run = await engine.start_document(a_held_map(max_concurrency=1), input=[0, 0, 1, 0])
    await run.until("each", "held")
    assert calls(run, "check") == {"0": 1, "1": 1, "2": 1}
    await run.override("each", "retry_items")
    assert await run.ended() == "completed"
    assert calls(run, "check") == {"0": 1, "1": 1, "2": 2, "3": 1}
    assert (await run.row())["output"] == {"done": [0, 1, 2, 3]}
    nodes = await run.nodes()
    assert (nodes["each"]["generation"], nodes["each.0"]["generation"], nodes["each.2.check"]["generation"]) == (
        2,
        1,
        2,
    )
    await replayed(run.handle, "retry_items")


async def test_items_are_tried_again_until_all_have_completed(engine: Engine) -> None:
    run = await engine.start_document(a_held_map(max_concurrency=1), input=[2, 0])
    for generation in (1, 2):
        row = await run.until("each", "held")
        assert row["generation"] == generation
        await run.override("each", "retry_items", generation=generation)
        while (await run.nodes())["each"]["generation"] == generation:
            pass
    assert await run.ended() == "completed"
    assert calls(run, "check") == {"0": 3, "1": 1}
    assert (await run.events()).count("node.held each") == 2


async def test_of_many_items_at_once_those_that_completed_before_the_failure_are_kept(engine: Engine) -> None:
    run = await engine.start_document(a_held_map(max_concurrency=60), input=[int(n == 3) for n in range(60)])
    await run.until("each", "held", timeout=60)
    ended = re.compile(r"each\.\d+")
    before = {
        path for path, row in (await run.nodes()).items() if row["status"] == "completed" and ended.fullmatch(path)
    }
    await run.override("each", "retry_items")
    assert await run.ended(60) == "completed"
    assert (await run.row())["output"] == {"done": list(range(60))}
    nodes = await run.nodes()
    assert {path for path in before if nodes[f"{path}.last"]["generation"] == 1} == before
