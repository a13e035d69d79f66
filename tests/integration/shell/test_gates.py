"""Gates: people answer, or do not, or several at once."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from temporalio.client import Client

from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.engine import Engine, Run, running_engine
from tests.support.histories import replayed


def gate(**said: Any) -> dict[str, Any]:
    parameters = {"title": "Sign off {{ input.what }}", "approvers": ["group:legal"], **said.pop("parameters", {})}
    return {"type": "human_gate", "with": parameters, **said}


async def votes_of(run: Run) -> dict[UUID, tuple[str, str | None]]:
    rows = await run.engine.pool.fetch("select id, status, reason from gate_votes where run_id = $1", run.id)
    return {row["id"]: (row["status"], row["reason"]) for row in rows}


async def gate_of(run: Run) -> Any:
    return await run.engine.pool.fetchrow("select * from gates where run_id = $1", run.id)


async def test_an_approved_gate_lets_the_run_go_on(engine: Engine) -> None:
    nodes = {"sign_off": gate(), "b": {"with": {"tool": "work", "args": {"value": "{{ nodes.sign_off.output.form }}"}}}}
    run = await engine.start("a -> sign_off -[approved]-> b", nodes=nodes, input={"what": "the deal"})
    await run.until("sign_off", "waiting")
    assert (await gate_of(run))["title"] == "Sign off the deal"
    await run.vote("sign_off", "approved", form={"note": "fine"})
    assert await run.ended() == "completed"
    assert (await run.row())["output"] == {"b": {"note": "fine"}}
    assert (await gate_of(run))["status"] == "approved"
    output = (await run.nodes())["sign_off"]["output"]
    assert (output["outcome"], output["by"]["id"], len(output["votes"])) == ("approved", "ann", 1)
    assert [event for event in await run.events() if "sign_off" in event] == [
        "edge.settled sign_off",
        "node.ready sign_off",
        "node.waiting sign_off",
        "gate.opened sign_off",
        "gate.voted sign_off",
        "gate.decided sign_off",
        "node.completed sign_off",
    ]
    await replayed(run.handle, "gate_approved")


async def test_a_rejected_gate_without_an_edge_fails_the_run(engine: Engine) -> None:
    run = await engine.start("a -> sign_off -[approved]-> b", nodes={"sign_off": gate()}, input={"what": "x"})
    await run.until("sign_off", "waiting")
    await run.vote("sign_off", "rejected")
    assert await run.ended() == "failed"
    error = (await run.row())["error"]
    assert (error["type"], error["category"]) == ("Rejected", "business")
    assert (await run.nodes())["sign_off"]["status"] == "failed"
    assert (await gate_of(run))["status"] == "rejected"
    await replayed(run.handle, "gate_rejected")


async def test_a_parameter_of_text_that_is_null_is_as_one_that_is_not_there(engine: Engine) -> None:
    run = await engine.start(
        "sign_off", nodes={"sign_off": gate(parameters={"instructions": None})}, input={"what": "x"}
    )
    await run.until("sign_off", "waiting")
    assert (await gate_of(run))["instructions"] is None


async def test_a_gate_that_nobody_answers_expires(engine: Engine) -> None:
    run = await engine.start(
        "a -> sign_off -[approved]-> b; sign_off -[expired]-> c",
        nodes={"sign_off": gate(timeout="500ms")},
        input={"what": "x"},
    )
    assert await run.ended() == "completed"
    assert await run.statuses() == {"a": "completed", "sign_off": "completed", "b": "skipped", "c": "completed"}
    assert (await gate_of(run))["status"] == "expired"
    assert (await gate_of(run))["due_at"] is not None
    await replayed(run.handle, "gate_expired")


async def test_the_same_vote_again_changes_nothing(engine: Engine) -> None:
    run = await engine.start(
        "sign_off -[approved]-> b", nodes={"sign_off": gate(parameters={"quorum": 2})}, input={"what": "x"}
    )
    await run.until("sign_off", "waiting")
    first = await run.vote("sign_off", "approved")
    assert await run.vote("sign_off", "approved") == first
    await asyncio.sleep(0.3)
    assert (await run.events()).count("gate.voted sign_off") == 1
    await run.vote("sign_off", "approved", by="bob")
    assert await run.ended() == "completed"
    assert (await run.events()).count("gate.voted sign_off") == 2
    await replayed(run.handle, "gate_twice")


async def test_of_five_racing_votes_one_decides(engine: Engine) -> None:
    outcomes = [f"choice_{number}" for number in range(5)]
    edges = "; ".join(f"sign_off -[{outcome}]-> after_{outcome}" for outcome in outcomes)
    run = await engine.start(
        f"{edges}; sign_off -[approved]-> z",
        nodes={"sign_off": gate(parameters={"outcomes": outcomes})},
        input={"what": "x"},
    )
    await run.until("sign_off", "waiting")
    await asyncio.gather(*(run.vote("sign_off", outcome, by=outcome) for outcome in outcomes))
    assert await run.ended() == "completed"
    statuses = [status for status, _ in (await votes_of(run)).values()]
    assert statuses.count("applied") == 1
    assert set(statuses) <= {"applied", "refused", "recorded"}
    decided = (await run.nodes())["sign_off"]["outcome"]
    assert [
        path for path, status in (await run.statuses()).items() if status == "completed" and path != "sign_off"
    ] == [f"after_{decided}"]
    await replayed(run.handle, "gate_race")


async def test_a_vote_and_the_expiry_in_one_task_end_as_the_vote_says(
    temporal: Client, pool: Pool, recorder: Recorder, tmp_path: Path
) -> None:
    """Both come while no worker runs, so that the next one finds them together."""
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path) as first:
        run = await first.start(
            "sign_off -[approved]-> b; sign_off -[expired]-> c",
            nodes={"sign_off": gate(timeout="4s")},
            input={"what": "x"},
        )
        await run.until("sign_off", "waiting")
    vote = await run.vote("sign_off", "approved")
    await asyncio.sleep(4.2)
    async with running_engine(temporal, pool, recorder, files_dir=tmp_path, task_queue=first.task_queue):
        assert await run.ended() == "completed"
    assert (await votes_of(run))[vote] == ("applied", None)
    assert (await run.nodes())["sign_off"]["outcome"] == "approved"
    await replayed(run.handle, "gate_expiry_race")


async def test_a_decision_by_hand_counts_in_open_mode(engine: Engine) -> None:
    run = await engine.start(
        "sign_off -[approved]-> b", nodes={"sign_off": gate()}, input={"what": "x"}, open_mode=True
    )
    await run.until("sign_off", "waiting")
    await run.handle.signal("decide", {"path": "sign_off", "decision": "approved", "form": {"note": "by hand"}})
    assert await run.ended() == "completed"
    output = (await run.nodes())["sign_off"]["output"]
    assert output["by"] == {"type": "system", "id": "temporal", "name": "temporal"}
    assert output["form"] == {"note": "by hand"}
    await replayed(run.handle, "gate_by_hand")


async def test_a_vote_without_its_row_is_refused(engine: Engine) -> None:
    run = await engine.start("sign_off -[approved]-> b", nodes={"sign_off": gate()}, input={"what": "x"})
    await run.until("sign_off", "waiting")
    await run.handle.signal("decide", {"path": "sign_off", "decision": "approved"})
    await run.handle.signal("vote", "01a1fdfd-d6a6-7167-847d-a2bfc9fd2a95")
    await run.handle.signal("vote", {"not": "an id"})
    await run.handle.signal("decide", 7)
    await asyncio.sleep(0.3)
    assert await run.statuses() == {"sign_off": "waiting"}
    await run.vote("sign_off", "approved")
    assert await run.ended() == "completed"
    await replayed(run.handle, "gate_unfounded")


async def test_a_gate_that_nobody_may_decide_fails(engine: Engine) -> None:
    nodes = {"sign_off": gate(parameters={"approvers": "{{ input.who }}"})}
    run = await engine.start("sign_off -[approved]-> b", nodes=nodes, input={"what": "x", "who": []})
    assert await run.ended() == "failed"
    assert (await run.row())["error"]["type"] == "NoApprovers"
    await replayed(run.handle, "gate_no_approvers")
