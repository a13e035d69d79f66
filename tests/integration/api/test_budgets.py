"""Budgets through the API, on the real Temporal: of a run, of what it waits for, and of a project."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.upkeep.money import assume_orphans
from api.upkeep.sweeper import sweep_once
from tests.support.audit import audited
from tests.support.live import Live

ASK = {"type": "llm", "with": {"model": "local:demo", "prompt": "What is it?", "max_tokens": 20}}


@pytest.fixture
async def live(idle: Live) -> AsyncIterator[Live]:
    """With a worker, and an audit at the end."""
    async with idle.working():
        yield idle
        await audited(idle)
    await idle.forget_runs()


def ask(node: str = "ask") -> dict[str, Any]:
    return {"id": node, **ASK}


async def short(live: Live, run_id: str) -> dict[str, Any]:
    """The run once it waits for money."""
    async with asyncio.timeout(20):
        while True:
            run = await live.get(f"/workflow_runs/{run_id}")
            if run["status"] == "paused" and [each["kind"] for each in run["waiting_for"]] == ["budget"]:
                return run
            await sweep_once(live.resources)
            await asyncio.sleep(0.05)


async def completed(live: Live, run_id: str) -> dict[str, Any]:
    """The run once it has completed; what waits for money goes on with a sweep."""
    async with asyncio.timeout(20):
        while (run := await live.get(f"/workflow_runs/{run_id}"))["status"] != "completed":
            await sweep_once(live.resources)
            await asyncio.sleep(0.05)
    return run


async def raised(live: Live, run: dict[str, Any], **said: Any) -> Any:
    return await live.client.post(f"/api/v1/workflow_runs/{run['id']}/budget", json=said)


async def test_a_run_that_is_over_its_budget_waits_says_so_and_goes_on_when_it_is_raised(live: Live) -> None:
    await live.save("thrifty", [ask()], budget={"tokens": 5, "cost_usd": 1})
    run = await short(live, (await live.start("thrifty"))["id"])
    assert run["waiting_for"][0]["path"] == "ask"
    assert "the budget, 5 tokens, is reached, with 0 spent" in run["message"]
    assert (run["budget"]["tokens"], run["budget"]["cost_usd"]) == (5, "1")
    assert {"budget", "cancel", "resume"} <= set(run["allowed_actions"])
    assert [each["id"] for each in (await live.get("/workflow_runs", waiting_for="budget"))["items"]] == [run["id"]]
    events = (await live.get(f"/workflow_runs/{run['id']}/events"))["items"]
    told = next(event for event in events if event["type"] == "workflow.run.budget_exceeded")
    assert (told["data"]["limit"], told["data"]["amount"], told["data"]["path"]) == ("tokens", "5", "ask")

    lower = await raised(live, run, tokens=4)
    assert (lower.status_code, lower.json()["errors"][0]["pointer"]) == (422, "/tokens")
    unknown = await raised(live, run, seconds=4)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/seconds")
    assert (await raised(live, run)).status_code == 422
    assert (await raised(live, run, tokens=5)).status_code == 200
    assert (await raised(live, run, tokens=5000, reason="worth it")).status_code == 202
    done = await live.until(run["id"], "completed")
    assert done["tokens"]["input"] > 0
    assert (done["cost_usd"], done["own_cost_usd"]) == ("0", "0")
    node = await live.get(f"/workflow_runs/{run['id']}/nodes/ask")
    assert [(one["attempt"], one["cost_usd"], one["tokens"]) for one in node["attempts"]] == [(1, "0", node["tokens"])]
    assert (await raised(live, run, tokens=9000)).status_code == 409


async def test_a_run_without_a_budget_has_none_to_raise(live: Live) -> None:
    await live.save("free", [{"id": "gate", "type": "human_gate", "with": {"title": "Go?", "approvers": ["user:ann"]}}])
    run = await live.start("free")
    assert (await raised(live, run, tokens=5)).status_code == 409
    assert run["budget"] is None


async def test_a_sub_workflow_that_is_waited_for_spends_its_parents_budget_and_a_detached_one_its_own(
    live: Live,
) -> None:
    await live.save("child", [ask()])
    waits = {"id": "waits", "type": "subworkflow", "with": {"workflow": "child"}}
    leaves = {"id": "leaves", "type": "subworkflow", "with": {"workflow": "child", "mode": "detach"}}
    await live.save("parent", [leaves, waits], [{"from": "leaves", "to": "waits"}], budget={"tokens": 5})
    parent = await short(live, (await live.start("parent"))["id"])
    runs = (await live.get("/workflow_runs", workflow="child"))["items"]
    assert sorted(run["status"] for run in runs) == ["completed", "paused"]
    assert (await raised(live, parent, tokens=5000)).status_code == 202
    done = await completed(live, parent["id"])
    paid = (await live.get("/workflow_runs", workflow="child", parent_run_id=parent["id"]))["items"]
    assert done["tokens"] == paid[0]["tokens"]
    assert done["own_cost_usd"] == "0"


async def test_a_project_has_a_budget_a_month_at_which_its_runs_wait(live: Live) -> None:
    address = "/api/v1/projects/default/budgets"
    wrong = await live.client.put(address, json={"tokens": -1})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/tokens")
    put = await live.client.put(address, json={"tokens": 5, "alert_at": [0.5]})
    assert put.status_code == 200, put.text
    assert (put.json()["tokens"], put.json()["alert_at"]) == (5, [0.5])
    await live.save("spender", [ask()])
    run = await short(live, (await live.start("spender"))["id"])
    assert "the project's budget of this month" in run["message"]
    assert (
        await live.client.put(
            address, json={"tokens": 90, "alert_at": [0.5, 1]}, headers={"If-Match": put.headers["etag"]}
        )
    ).status_code == 200
    await completed(live, run["id"])
    budget = await live.get("/projects/default/budgets")
    assert budget["spent_tokens"] == (await live.get(f"/workflow_runs/{run['id']}"))["tokens"]
    assert (await live.client.get("/api/v1/projects/other/budgets")).status_code == 404


async def test_what_an_attempt_that_is_over_has_reserved_is_swept_as_spent(live: Live) -> None:
    await live.save("ended", [ask()])
    run = await live.start("ended")
    await live.until(run["id"], "completed")
    pool = live.resources.pool
    reserved = "update spending set status = 'reserved', reserved_at = reserved_at - interval '2 minutes'"
    await pool.execute(reserved)
    await pool.execute(
        "update workflow_runs set reserved_tokens = input_tokens + output_tokens, input_tokens = 0, output_tokens = 0,"
        " own_input_tokens = 0, own_output_tokens = 0"
    )
    await assume_orphans(live.resources)
    assert await pool.fetchval("select status from spending") == "assumed"
    swept = await pool.fetchrow("select reserved_tokens, own_input_tokens > 0 as counted from workflow_runs")
    assert swept
    assert tuple(swept) == (0, True)


@pytest.mark.parametrize("wrong", ["a lot", "-2", -2, True])
async def test_money_that_is_none_is_refused_at_its_field(idle: Live, wrong: object) -> None:
    said = await idle.client.put("/api/v1/projects/default/budgets", json={"cost_usd": wrong})
    assert (said.status_code, [each["pointer"] for each in said.json()["errors"]]) == (422, ["/cost_usd"])
