"""Backtests over the API: recorded runs against a version, and against a document that is not saved."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.upkeep.operations import Operator
from tests.integration.api.support import problem
from tests.support.live import Live

EDGES = [
    {"from": "a", "to": "route"},
    {"from": "route", "to": "b", "on": "big"},
    {"from": "route", "to": "c", "on": "small"},
]


def nodes(limit: int) -> list[dict[str, Any]]:
    work = {"tool": "work", "args": {"value": "{{ input.n }}"}}
    cases = [{"name": "big", "when": f"nodes.a.output > {limit}"}]
    return [
        {"id": "a", "type": "tool_call", "with": work},
        {"id": "route", "type": "condition", "with": {"cases": cases, "default": "small"}},
        {"id": "b", "type": "transform", "with": {"value": "big"}},
        {"id": "c", "type": "transform", "with": {"value": "small"}},
    ]


@pytest.fixture
async def recorded(live: Live) -> AsyncIterator[Live]:
    """A workflow with three runs: of 3, 6 and 9, where more than 5 is big."""
    await live.save("sorting", nodes(5), EDGES)
    for n in (3, 6, 9):
        await live.start("sorting", {"input": {"n": n}}, wait=20)
    operator = Operator(live.resources)
    looking = asyncio.create_task(look_again_and_again(operator))
    yield live
    looking.cancel()
    await operator.close()


async def look_again_and_again(operator: Operator) -> None:
    while True:
        await operator.look()
        await asyncio.sleep(0.05)


async def backtest(live: Live, **body: Any) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """The verdicts, and what was said of each run."""
    answer = await live.client.post("/api/v1/workflows/sorting/backtest", json=body)
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(30):
        while (found := await live.get(f"/operations/{answer.json()['id']}"))["status"] == "running":
            await asyncio.sleep(0.05)
    items = (await live.get(f"/operations/{found['id']}/items"))["items"]
    assert (found["failed_total"], found["kind"]) == (0, "backtest")
    return found["verdicts"], [item["result"] for item in items]


async def test_a_version_is_held_against_the_runs_of_another(recorded: Live) -> None:
    assert (await backtest(recorded, version=1))[0] == {"same_path": 3}
    document = {"plait": 1, "slug": "sorting", "nodes": nodes(7), "edges": EDGES}
    verdicts, said = await backtest(recorded, document=document, runs=2)
    assert verdicts == {"same_path": 1, "other_path": 1}
    assert [(each["verdict"], each["path"]) for each in said] == [("same_path", None), ("other_path", "route")]
    assert said[1]["because"] == "route ended as big in the run and ended as small here"


async def test_only_the_runs_of_one_environment_are_fed(recorded: Live) -> None:
    assert await backtest(recorded, environment="prod") == ({}, [])


async def test_a_candidate_is_one_thing_and_is_there(recorded: Live) -> None:
    address, document = "/api/v1/workflows/sorting/backtest", {"plait": 1, "slug": "sorting", "nodes": nodes(7)}
    problem(await recorded.client.post(address, json={"version": 7}), 404, "not_found")
    problem(await recorded.client.post(address, json={"version": 1, "document": document}), 422, "request_invalid")
    problem(await recorded.client.post(address, json={"document": {"plait": 1}}), 422, "workflow_invalid")
