"""Analytics over HTTP: what rollups say, by group and interval."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.analytics.histogram import DIGITS, ERROR, bin_of
from api.resources import Resources
from plait.clock import now, rfc3339
from tests.integration.api.support import problem, save

ANALYTICS = "/api/v1/analytics"
OF_ALL = ("environment", "subject")
TODAY = now().replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
async def workflow(client: httpx2.AsyncClient) -> UUID:
    """The workflow that was run."""
    return UUID((await save(client))["id"])


async def rolled_up(
    resources: Resources, workflow: UUID, kind: str, days_ago: int, outcomes: dict[str, int], **columns: Any
) -> None:
    """A day's rollups; what the columns say is of the first outcome."""
    lengths = sum(10 ** (DIGITS * bin_of(length)) for length in columns.pop("lengths", ()))
    known: dict[str, Any] = {"lengths": Decimal(lengths), **columns}
    for outcome, count in outcomes.items():
        row: dict[str, Any] = {
            "project": "default", "kind": kind, "span": "day", "at": TODAY - timedelta(days=days_ago),
            "workflow_id": workflow, "environment": "dev", "subject": "", "outcome": outcome, "count": count,
            "lengths": 0, "retries": 0, "cost_usd": 0, "unknown_costs": 0, "input_tokens": 0, "output_tokens": 0,
        } | {name: value for name, value in known.items() if name in OF_ALL or outcome == next(iter(outcomes))}  # fmt: skip
        names, places = ", ".join(row), ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await resources.pool.execute(f"insert into rollups ({names}) values ({places})", *row.values())


async def figures(client: httpx2.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """The groups of an answer."""
    answer = await client.get(f"{ANALYTICS}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_success_leaves_failures_of_business_apart(
    client: httpx2.AsyncClient, resources: Resources, workflow: UUID
) -> None:
    ended = {"started": 12, "completed": 6, "failed": 2, "failed_business": 3, "cancelled": 1}
    await rolled_up(resources, workflow, "run", 1, ended, lengths=[100, 200, 400])
    [group] = await figures(client, "runs")
    said = group["figures"]
    assert (said["started"], said["ended"], said["failed"], said["failed_business"]) == (12, 12, 2, 3)
    assert said["success_rate"] == 0.75
    assert said["duration_ms"]["p50"] == pytest.approx(200, rel=ERROR + 1e-3)
    assert said["duration_ms"]["p99"] == pytest.approx(400, rel=ERROR + 1e-3)


async def test_nothing_is_said_of_what_did_not_happen(client: httpx2.AsyncClient, workflow: UUID) -> None:
    [group] = await figures(client, "runs", workflow="greeting")
    assert (group["figures"]["ended"], group["figures"]["success_rate"], group["figures"]["duration_ms"]) == (
        0,
        None,
        None,
    )
    for path in ("nodes", "gates", "agents"):
        assert await figures(client, path) == []


async def test_groups_have_their_series_of_days_or_weeks(
    client: httpx2.AsyncClient, resources: Resources, workflow: UUID
) -> None:
    other = UUID((await save(client, "other"))["id"])
    for days_ago in range(14):
        await rolled_up(resources, workflow, "run", days_ago, {"completed": 2})
    await rolled_up(resources, other, "run", 3, {"completed": 1})
    first, second = await figures(client, "runs", group_by="workflow", interval="day")
    assert (first["workflow"]["slug"], second["workflow"]["slug"]) == ("greeting", "other")
    assert [point["figures"]["completed"] for point in first["series"]] == [2] * 14
    assert [point["at"] for point in second["series"]] == [rfc3339(TODAY - timedelta(days=3))]
    weeks = (await figures(client, "runs", interval="week"))[0]["series"]
    assert sum(point["figures"]["completed"] for point in weeks) == 29
    assert len(weeks) in (2, 3)
    assert {datetime.fromisoformat(point["at"]).weekday() for point in weeks} == {0}


async def test_only_the_asked_time_environment_and_workflow_count(
    client: httpx2.AsyncClient, resources: Resources, workflow: UUID
) -> None:
    for days_ago, environment in ((40, "dev"), (2, "dev"), (2, "prod")):
        await rolled_up(resources, workflow, "run", days_ago, {"completed": 1}, environment=environment)

    async def completed(**query: Any) -> int:
        return (await figures(client, "runs", **query))[0]["figures"]["completed"]

    assert await completed() == 1
    assert await completed(environment="*") == 2
    assert await completed(**{"from": rfc3339(TODAY - timedelta(days=60))}) == 2
    assert await completed(to=rfc3339(TODAY - timedelta(days=5))) == 0
    problem(await client.get(f"{ANALYTICS}/runs?workflow=nope"), 404, "not_found")
    problem(
        await client.get(f"{ANALYTICS}/runs?to=2026-01-01T00:00:00Z&from=2026-02-01T00:00:00Z"), 422, "request_invalid"
    )
    problem(await client.get(f"{ANALYTICS}/runs?group_by=node"), 422, "request_invalid")


async def test_nodes_gates_agents_and_cost_have_figures_of_their_own(
    client: httpx2.AsyncClient, resources: Resources, workflow: UUID
) -> None:
    await rolled_up(resources, workflow, "node", 1, {"completed": 3, "failed": 1}, subject="fetch", retries=5)
    await rolled_up(resources, workflow, "gate", 1, {"approved": 2}, subject="sign", lengths=[60_000])
    paid = {"cost_usd": "1.50", "unknown_costs": 1, "input_tokens": 10, "output_tokens": 20}
    await rolled_up(resources, workflow, "model", 1, {"completed": 4}, subject="small", **paid)
    [node] = await figures(client, "nodes")
    assert (node["node"], node["workflow"]["slug"], node["figures"]["retries"]) == ("fetch", "greeting", 5)
    assert node["figures"]["success_rate"] == 0.75
    [gate] = await figures(client, "gates")
    assert gate["figures"]["outcomes"] == {"approved": 2}
    assert gate["figures"]["waiting_ms"]["p50"] == pytest.approx(60_000, rel=ERROR + 1e-3)
    [model] = await figures(client, "agents", group_by="model")
    assert (model["model"], model["figures"]["cost_usd"], model["figures"]["unknown"]) == ("small", "1.50", 1)
    [cost] = await figures(client, "cost", group_by="model")
    assert cost["figures"] == {"cost_usd": "1.50", "unknown": 1, "input_tokens": 10, "output_tokens": 20}
    [of_runs] = await figures(client, "cost")
    assert of_runs["figures"] == {"cost_usd": "0", "unknown": 0, "input_tokens": 0, "output_tokens": 0}
