"""A promotion to a protected environment, from the gate to the first run there, with a worker."""

import asyncio
from typing import Any

from api.environments.approval import settle_promotions
from tests.support.live import Live


async def asked_for(live: Live) -> tuple[dict[str, Any], dict[str, Any]]:
    """A promotion to prod, and the gate that it waits for."""
    await live.save("greeting", [{"id": "a", "type": "transform", "with": {"value": "{{ run.environment }}"}}])
    answer = await live.client.post("/api/v1/workflows/greeting/promote", json={"environment": "prod", "reason": "go"})
    promotion = answer.json()
    async with asyncio.timeout(20):
        while not (gates := (await live.get("/gates", environment="prod"))["items"]):
            await asyncio.sleep(0.03)
    return promotion, gates[0]


async def decided(live: Live, decision: str) -> dict[str, Any]:
    """The promotion after this decision."""
    promotion, gate = await asked_for(live)
    answer = await live.client.post(f"/api/v1/gates/{gate['id']}/decisions", json={"decision": decision})
    assert answer.status_code in (200, 202), answer.text
    await live.until(promotion["run_id"], "completed", "failed")
    await settle_promotions(live.resources)
    return (await live.get("/workflows/greeting/environments"))["items"][0]


async def test_an_approved_promotion_moves_the_pointer_and_runs_start_there(live: Live) -> None:
    assert (await decided(live, "approved"))["status"] == "moved"
    run = await live.start("greeting", {"environment": "prod"}, wait=20)
    assert (run["output"], run["workflow"]["version"]) == ({"a": "prod"}, 1)


async def test_a_rejected_promotion_says_so_and_moves_nothing(live: Live) -> None:
    settled = await decided(live, "rejected")
    assert (settled["status"], settled["refusal"]) == ("refused", "It was rejected.")
    assert (await live.get("/workflows/greeting"))["environments"].keys() == {"dev"}


async def test_the_gate_tells_what_would_run_and_why(live: Live) -> None:
    _, gate = await asked_for(live)
    shown = await live.get(f"/gates/{gate['id']}")
    assert (shown["title"], shown["approvers"]) == ("Run greeting version 1 in prod?", ["role:admin"])
    assert {each["label"]: each["value"] for each in shown["show"]}["Reason"] == "go"


async def test_a_sub_workflow_runs_the_version_that_its_environment_runs(live: Live) -> None:
    child = [{"id": "a", "type": "transform", "with": {"value": "old"}}]
    await live.save("inner", child)
    await live.save("outer", [{"id": "call", "type": "subworkflow", "with": {"workflow": "inner", "input": {}}}])
    for slug in ("inner", "outer"):
        await live.client.post(f"/api/v1/workflows/{slug}/promote", json={"environment": "staging"})
    newer = {"plait": 1, "slug": "inner", "nodes": [{"id": "a", "type": "transform", "with": {"value": "new"}}]}
    await live.client.put("/api/v1/workflows/inner", json=newer, headers={"If-Match": "*"})
    ran = {name: (await live.start("outer", {"environment": name}, wait=20))["output"] for name in ("staging", "dev")}
    assert ran == {"staging": {"call": {"a": "old"}}, "dev": {"call": {"a": "new"}}}
