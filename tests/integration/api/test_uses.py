"""What a run uses of the registries is settled at its start: no edit reaches it."""

from typing import Any

from tests.integration.api.support import problem
from tests.support.live import Live

ASK = {"id": "ask", "type": "llm", "with": {"model": "quick", "prompt": "Hello"}}


async def put(live: Live, address: str, body: dict[str, Any]) -> None:
    answer = await live.client.put(f"/api/v1/{address}", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def created(live: Live, slug: str) -> dict[str, Any]:
    """A run that is to begin later."""
    return await live.start(slug, {"start": "later"})


async def ended(live: Live, run: dict[str, Any]) -> dict[str, Any]:
    """The same run, at its end."""
    assert (await live.client.post(f"/api/v1/workflow_runs/{run['id']}/start")).status_code == 202
    return await live.until(run["id"], "completed", "failed")


async def test_an_alias_that_is_changed_does_not_reach_a_run_that_was_started(live: Live) -> None:
    await put(live, "models/aliases/quick", {"model": "local:demo"})
    await live.save("asks", [ASK])
    run = await created(live, "asks")
    await put(live, "models/aliases/quick", {"model": "openai:gpt-4.1-mini"})
    assert (await created(live, "asks"))["uses"]["models"]["quick"] == "openai:gpt-4.1-mini"
    done = await ended(live, run)
    assert (done["status"], done["uses"]) == ("completed", {"models": {"quick": "local:demo"}, "agents": {}})


async def test_an_agent_that_is_changed_does_not_reach_a_run_that_was_started(live: Live) -> None:
    await put(live, "models/aliases/quick", {"model": "local:demo"})
    await put(live, "agents/inner", {"model": "quick"})
    await put(live, "agents/outer", {"model": "local:demo", "hand_over": ["inner"]})
    await live.save("calls", [{"id": "a", "type": "agent_call", "with": {"agent": "outer", "task": "Say it."}}])
    run = await created(live, "calls")
    assert {name: used["version"] for name, used in run["uses"]["agents"].items()} == {"inner": 1, "outer": 1}
    await put(live, "agents/outer", {"model": "openai:gpt-4.1-mini"})
    later = await created(live, "calls")
    assert {name: used["version"] for name, used in later["uses"]["agents"].items()} == {"outer": 2}
    done = await ended(live, run)
    assert (done["status"], done["uses"]["agents"]["outer"]["version"]) == ("completed", 1)


async def test_a_start_names_what_is_not_there_any_more(live: Live) -> None:
    await put(live, "models/aliases/quick", {"model": "local:demo"})
    await put(live, "agents/helper", {"model": "quick"})
    await live.save("calls", [{"id": "a", "type": "agent_call", "with": {"agent": "helper", "task": "Say it."}}])
    await live.resources.pool.execute("delete from model_aliases")
    refused = problem(await live.client.post("/api/v1/workflows/calls/run", json={}), 422, "workflow_invalid")
    assert [(each["code"], each["node"]) for each in refused["errors"]] == [("unknown_model", "a")]
    await live.resources.pool.execute("update agents set deleted_at = now()")
    refused = problem(await live.client.post("/api/v1/workflows/calls/run", json={}), 422, "workflow_invalid")
    assert [(each["code"], each["node"]) for each in refused["errors"]] == [("unknown_agent", "a")]


async def test_a_run_that_asks_no_model_uses_nothing(live: Live) -> None:
    await put(live, "models/aliases/quick", {"model": "local:demo"})
    await live.save("plain", [{"id": "a", "type": "transform", "with": {"value": 1}}])
    assert (await created(live, "plain"))["uses"] == {"models": {}, "agents": {}}


async def foreseen(live: Live, run: dict[str, Any]) -> dict[str, str]:
    """What a preview of the same says."""
    address = f"/api/v1/workflow_runs/{run['id']}/rerun?preview=true"
    answer = await live.client.post(address, json={"from": ["last"]})
    return {node["node"]: node["action"] for node in answer.json()["nodes"]}


async def reran(live: Live, run: dict[str, Any]) -> dict[str, Any]:
    """A rerun of it that takes over what it may, at its end."""
    answer = await live.client.post(f"/api/v1/workflow_runs/{run['id']}/rerun", json={"from": ["last"]})
    assert answer.status_code == 202, answer.text
    rerun = await live.until(answer.json()["id"], "completed", "failed")
    nodes = (await live.get(f"/workflow_runs/{rerun['id']}/nodes"))["items"]
    return {node["node"]: (node["why"] or {}).get("reason") for node in nodes if node["path"] == node["node"]}


async def test_a_rerun_asks_again_where_an_alias_stands_for_another_model(live: Live) -> None:
    await put(live, "models/providers/mine", {"kind": "openai", "secret": "NOBODY_HAS_IT"})
    await put(live, "models/aliases/quick", {"model": "local:demo"})
    await put(live, "agents/helper", {"model": "quick"})
    last = {"id": "last", "type": "transform", "with": {"value": [1]}}
    call = {"id": "call", "type": "agent_call", "with": {"agent": "helper", "task": "Say it."}}
    chain = [ASK | {"on_error": "continue"}, call | {"on_error": "continue"}, last]
    answer = await live.client.post("/api/v1/workflows", json={"plait": 1, "slug": "asks", "chain": chain})
    assert answer.status_code == 201, answer.text
    run = await live.start("asks", wait=20)
    assert await reran(live, run) == {"ask": "reused", "call": "reused", "last": None}
    assert await foreseen(live, run) == {"ask": "reused", "call": "reused", "last": "runs"}
    await put(live, "models/aliases/quick", {"model": "mine:model"})
    assert await foreseen(live, run) == {"ask": "runs", "call": "depends", "last": "runs"}
    assert await reran(live, run) == {"ask": None, "call": None, "last": None}
