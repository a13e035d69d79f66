"""What people and races do to single items."""

import asyncio

from plait.store.pool import Pool
from tests.support.bodies import each, failing, slow, work
from tests.support.engine import Engine
from tests.support.histories import replayed

GATE = {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:ann"]}}
PAID = {"id": "paid", "type": "event", "with": {"name": "payment"}}


async def test_each_item_has_a_gate_of_its_own(engine: Engine) -> None:
    run = await engine.start("each", nodes={"each": each("input", GATE, work("after", "{{ item }}"))}, input=["x", "y"])
    for item in (0, 1):
        await run.until(f"each.{item}.sign_off", "waiting")
    await run.vote("each.1.sign_off", "approved")
    await run.until("each.1", "completed")
    assert (await run.statuses())["each.0.sign_off"] == "waiting"
    await run.vote("each.0.sign_off", "approved")
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": ["x", "y"]}
    await replayed(run.handle, "items_gates")


async def test_a_vote_on_the_gate_of_an_item_that_has_ended_is_refused(engine: Engine, pool: Pool) -> None:
    body = {"items": "input", "nodes": [GATE, failing("check", "{{ item }}")], "edges": [], "on_item_error": "skip"}
    run = await engine.start(
        "(each, slow)", nodes={"each": {"type": "map", "with": body}, "slow": slow("slow")}, input=[9]
    )
    await run.until("each.0.sign_off", "waiting")
    vote = await run.cast("each.0.sign_off", "approved")
    await run.until("each", "completed")
    await run.vote("each.0.sign_off", "approved")
    async with asyncio.timeout(10):
        while (await pool.fetchval("select status from gate_votes where id = $1", vote)) == "recorded":
            await asyncio.sleep(0.02)
    assert await pool.fetchval("select status from gate_votes where id = $1", vote) == "refused"
    await run.cancel()
    assert await run.ended() == "cancelled"
    await replayed(run.handle, "items_gate_gone")


async def test_a_held_node_of_an_item_is_moved_by_its_path(engine: Engine) -> None:
    body = each("input", failing("check", "{{ item }}", on_error="hold"))
    run = await engine.start("each", nodes={"each": body}, input=[0, 5])
    await run.until("each.1.check", "held")
    await run.override("each.1.check", "succeed", 7)
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": [1, 7]}
    await replayed(run.handle, "items_override")


async def test_a_race_in_an_item_stops_its_own_losers(engine: Engine) -> None:
    won = work("won", "{{ item }}", join={"mode": "any", "cancel_rest": True})
    inner = {"id": "parts", **each("[1, 2]", slow("part"))}
    body = {
        "items": "input",
        "nodes": [work("fast", 1), slow("late"), GATE, PAID, inner, won],
        "edges": [
            {"from": "fast", "to": "won"},
            {"from": "late", "to": "won"},
            {"from": "sign_off", "to": "won", "on": "approved"},
            {"from": "paid", "to": "won"},
            {"from": "parts", "to": "won"},
        ],
        "output": "{{ nodes.won.output }}",
    }
    run = await engine.start("each", nodes={"each": {"type": "map", "with": body}}, input=["x", "y"])
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"each": ["x", "y"]}
    nodes = await run.nodes()
    for loser in ("late", "sign_off", "paid", "parts"):
        row = nodes[f"each.0.{loser}"]
        assert (row["status"], row["why"]["reason"]) == ("cancelled", "lost_race"), loser
    await replayed(run.handle, "items_race")
