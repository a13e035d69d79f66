"""Finding runs: every filter and order, pages that never shift, words, and counts."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.resources import Resources
from plait.clock import rfc3339
from plait.store import counts
from plait.store.lists import DEAREST, LONGEST, NEWEST, Order, RunFilter, list_runs
from tests.integration.api.support import problem, save
from tests.support.runs import NOON

RUN = "/api/v1/workflows/greeting/run"
RUNS = "/api/v1/workflow_runs"
Found = Callable[[str], Awaitable[list[str]]]


@pytest.fixture(autouse=True)
async def greeting(client: httpx2.AsyncClient) -> dict[str, Any]:
    """The workflow that the tests start."""
    return await save(client)


@pytest.fixture
def found(client: httpx2.AsyncClient) -> Found:
    """The ids that a query finds, in order."""

    async def ids(query: str) -> list[str]:
        answer = await client.get(f"{RUNS}?{query}")
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    return ids


async def start(client: httpx2.AsyncClient, **body: Any) -> str:
    """The id of a run that waits to be started."""
    answer = await client.post(RUN, json={"input": {"name": "Ana"}, "start": "later", **body})
    assert answer.status_code in (200, 202), answer.text
    return answer.json()["id"]


async def end(resources: Resources, run_id: str, status: str, **columns: Any) -> None:
    """Have the run ended, as its row would say."""
    named = {"started_at": NOON, "completed_at": NOON, **columns}
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(named, 3))
    await resources.pool.execute(
        f"update workflow_runs set status = $2, {sets} where id = $1",
        UUID(run_id), status, *named.values(),
    )  # fmt: skip


async def test_each_filter_finds_what_it_names_and_nothing_else(
    client: httpx2.AsyncClient, resources: Resources, found: Found
) -> None:
    error = {"type": "ProviderDown", "category": "external", "message": "no answer"}
    first = await start(client, tags=["legal"], key="k", metadata={"case": "7", "n": 5, "urgent": True})
    await start(client, tags=["finance"], metadata={"case": "8", "n": 50, "urgent": False})
    await end(resources, first, "failed", error=error, flags=["overridden"], owner="ben", completed_at=NOON)
    for query in (
        "status=failed",
        "status=failed&status=cancelled",
        "tag=legal",
        "key=k",
        "owner=ben",
        "flag=overridden",
        "error_type=ProviderDown",
        "metadata.case=7",
        "metadata.n=5",
        "metadata.urgent=true",
        f"ended_before={rfc3339(NOON + timedelta(days=9000))}",
        f"ended_after={rfc3339(NOON - timedelta(days=1))}",
        "version=1&tag=legal",
        "workflow=greeting&origin=api&tag=legal",
        f"q={first}",
        f"q={first[:18]}",
    ):
        assert await found(query) == [first], query
    for query in ("tag=legal&tag=finance", "origin=schedule", "environment=prod", "metadata.n=05", "q=nothing"):
        assert await found(query) == [], query
    assert len(await found("")) == 2


async def test_what_no_worker_can_take_is_found_by_its_flag(client: httpx2.AsyncClient, found: Found) -> None:
    started = (await client.post(RUN, json={"input": {"name": "Ana"}})).json()["id"]
    await start(client)
    assert await found("flag=no_worker") == await found("waiting_for=worker") == [started]


async def test_what_a_run_waits_for_besides_its_nodes_finds_it(
    client: httpx2.AsyncClient, resources: Resources, found: Found
) -> None:
    queued, stopped = (await client.post(RUN, json={"input": {"name": "Ana"}})).json()["id"], await start(client)
    await resources.pool.execute("update workflow_runs set slot = 'full', slot_limit = 1 where id = $1", UUID(queued))
    await resources.pool.execute(
        "update workflow_runs set status = 'paused', pause = $2 where id = $1",
        UUID(stopped), {"breakpoint": "greet", "at": "2026-01-01T00:00:00Z"},
    )  # fmt: skip
    for kind, run in (("slot", queued), ("breakpoint", stopped)):
        answer = (await client.get(RUNS, params={"waiting_for": kind})).json()
        assert [(item["id"], item["waiting_for"][0]["kind"]) for item in answer["items"]] == [(run, kind)]


async def test_a_run_is_found_by_the_words_of_its_names_tags_key_note_and_error(
    client: httpx2.AsyncClient, resources: Resources, found: Found
) -> None:
    run = await start(client, tags=["Straße 7"], key="INV-2026")
    await start(client, tags=["other"])
    await client.patch(f"{RUNS}/{run}", json={"note": "Ask Zoë about it"})
    for words in ("strasse", "inv-2026", "2026 inv", "zoë", "greeting zo", "STRASSE -nothing", "ask about"):
        assert await found(f"q={words}") == [run], words
    for words in ("strasse -zoë", "str inv", "--", "zoo"):
        assert await found(f"q={words}") == [], words
    assert len(await found("q=greet")) == 2


async def test_a_note_that_is_replaced_is_found_no_more(client: httpx2.AsyncClient, found: Found) -> None:
    run = await start(client, tags=["urgent"])
    await client.patch(f"{RUNS}/{run}", json={"note": "urgent elephants"})
    await client.patch(f"{RUNS}/{run}", json={"note": "mice"})
    assert await found("q=elephants") == []
    assert await found("q=urgent mice") == [run]


async def test_the_words_of_an_error_survive_a_change_of_tags(
    client: httpx2.AsyncClient, resources: Resources, found: Found
) -> None:
    run = await start(client)
    await end(
        resources, run, "failed", error={"type": "ToolError", "message": "the printer burns", "category": "input"}
    )
    await client.patch(f"{RUNS}/{run}", json={"tags": ["seen"]})
    assert await found("q=printer seen") == [run]


@pytest.mark.parametrize("sort", ["-created_at", "-duration_ms", "-cost_usd"])
async def test_pages_have_each_run_once_in_every_order_though_newer_ones_come(
    client: httpx2.AsyncClient, resources: Resources, sort: str
) -> None:
    runs = [await start(client) for _ in range(7)]
    for number, run in enumerate(runs):
        # Two of each length and cost: then the id decides.
        length = timedelta(seconds=number // 2, microseconds=number // 2)
        await end(resources, run, "completed", completed_at=NOON + length, cost_usd=number // 2)
    seen: list[str] = []
    query: dict[str, Any] = {"sort": sort, "limit": 2}
    while True:
        page = (await client.get(RUNS, params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        await start(client)
    assert [run for run in seen if run in runs] == sorted(runs, reverse=True)
    assert len(seen) == len(set(seen))


async def test_a_cursor_of_another_order_or_filter_is_refused(client: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await start(client)
    page = (await client.get(RUNS, params={"limit": 1, "sort": "-cost_usd"})).json()
    cursor = page["next_cursor"]
    problem(await client.get(RUNS, params={"cursor": cursor}), 400, "cursor_mismatch")
    problem(await client.get(RUNS, params={"cursor": cursor, "sort": "-cost_usd", "q": "x"}), 400, "cursor_mismatch")


async def test_counts_follow_every_change_before_and_after_they_are_added_up(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    async def counted(query: str = "") -> dict[str, int]:
        body = (await client.get(f"{RUNS}/counts{query}")).json()
        assert body["total"] == sum(body["by_status"].values())
        return {status: runs for status, runs in body["by_status"].items() if runs}

    await save(client, "other")
    runs = [await start(client) for _ in range(3)]
    assert await counted() == {"pending": 3}
    await end(resources, runs[0], "completed")
    assert await counted("?workflow=greeting") == {"pending": 2, "completed": 1}
    await counts.add_up(resources.pool)
    await end(resources, runs[1], "failed")
    assert (await client.delete(f"{RUNS}/{runs[0]}")).status_code == 204
    assert await counted() == {"pending": 1, "failed": 1}
    await counts.add_up(resources.pool)
    assert await counted("?environment=*") == {"pending": 1, "failed": 1}
    assert await counted("?environment=prod") == await counted("?workflow=other") == {}
    problem(await client.get(f"{RUNS}/counts?workflow=nope"), 404, "not_found")


async def test_what_several_add_up_at_once_is_counted_once(resources: Resources) -> None:
    workflow_id, pool = UUID(int=7), resources.pool
    for _ in range(5):
        await pool.execute(
            "insert into run_count_changes select 'default', $1, 'dev', 'running', 1 from generate_series(1, 50)",
            workflow_id,
        )
        await asyncio.gather(*(counts.add_up(pool) for _ in range(4)))
    assert await counts.read_counts(pool, "default", workflow_id, "dev") == {"running": 250}


class Explaining:
    """A connection that tells the plan of what it is to fetch."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.plan = ""

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """No rows."""
        self.plan = "\n".join(row[0] for row in await self.connection.fetch(f"explain {query}", *values))
        return []


@pytest.mark.parametrize(
    ("filters", "order", "index"),
    [
        ({"environment": "dev"}, NEWEST, "newest"),
        ({}, NEWEST, "newest"),
        ({"environment": "dev", "status": ["failed"]}, NEWEST, "by_status"),
        ({"status": ["failed", "cancelled"]}, NEWEST, "by_status"),
        ({"environment": "dev", "workflow": "greeting"}, NEWEST, "of_workflow"),
        ({"environment": "dev", "version": 1}, NEWEST, "by_version"),
        ({"environment": "dev", "owner": "ana"}, NEWEST, "of_owner"),
        ({"owner": "ana"}, NEWEST, "of_owner"),
        ({"environment": "dev", "origin": "webhook"}, NEWEST, "of_origin"),
        ({"environment": "dev", "error_type": "Timeout"}, NEWEST, "of_error"),
        ({"environment": "dev", "key": "k"}, NEWEST, "of_key"),
        ({"environment": "dev"}, LONGEST, "longest"),
        ({"environment": "dev"}, DEAREST, "dearest"),
    ],
)
async def test_a_page_is_read_from_an_index_in_its_order(
    resources: Resources, filters: dict[str, Any], order: Order, index: str
) -> None:
    chosen = RunFilter.of("default")
    for name, value in filters.items():
        chosen.add(name, value)
    async with resources.pool.acquire() as connection, connection.transaction():
        # With few rows everything is cheap: only what may be done at all is asked.
        await connection.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
        await connection.execute("set local enable_sort = off; set local enable_incremental_sort = off")
        explaining = Explaining(connection)
        await list_runs(explaining, chosen, 51, order)  # pyright: ignore[reportArgumentType] - it only fetches
    assert f"using workflow_runs_{index} on workflow_runs r" in explaining.plan, explaining.plan


async def test_a_search_goes_far_only_where_it_looked_near_in_vain(resources: Resources) -> None:
    chosen = RunFilter.of("default")
    chosen.add("q", "printer")
    async with resources.pool.acquire() as connection:
        explaining = Explaining(connection)
        await list_runs(explaining, chosen, 51)  # pyright: ignore[reportArgumentType] - it only fetches
    assert re.search(r"One-Time Filter: \(NOT", explaining.plan), explaining.plan


async def test_several_conditions_of_a_kind_must_all_hold(client: httpx2.AsyncClient, resources: Resources) -> None:
    run = UUID(await start(client))
    for statuses, found in ((["pending", "running"], [run]), (["failed"], [])):
        chosen = RunFilter.of("default")
        chosen.add("status", ["pending"])
        chosen.add("status", statuses)
        assert [row["id"] for row in await list_runs(resources.pool, chosen, 51)] == found
