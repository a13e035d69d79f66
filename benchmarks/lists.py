"""W8: what reading costs in a database of a million runs: `python -m benchmarks.lists [--home DIRECTORY] [--json FILE]`.

The database is the one that `python -m benchmarks.data` makes; `plait api` serves it in a process of its own, and one
client asks, one request after the other. A page far behind is one in the midst: of runs 45 days old.
"""

import argparse
import asyncio
import base64
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from api.resources import open_resources
from benchmarks.data import HOME, serving
from plait.auth import Actor
from plait.clock import now, rfc3339
from plait.process import keep_what_is_loaded
from plait.settings import Settings
from plait.starts import Wanted, write_run

RUNS = "/workflow_runs"
MIDST = {"-duration_ms": 3_000_000, "-cost_usd": "0"}
"""A place in the midst of lists with these orders."""
Query = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """Milliseconds of one kind of request."""

    case: str
    samples: int
    p50: float
    p99: float
    target_p99: float


@dataclass(frozen=True, slots=True)
class Case:
    """A request of which each try may ask for something else."""

    name: str
    path: str
    query: Callable[[int], Query]
    target: float


def always(**query: Any) -> Callable[[int], Query]:
    """The same query each time."""
    return lambda _: query


def days_ago(days: float) -> str:
    """A time as queries have it."""
    return rfc3339(now() - timedelta(days=days))


def lists() -> list[Case]:
    """Every filter and order, each with values that many runs have and that few have."""
    asked: dict[str, Callable[[int], Query]] = {
        "no filter": always(),
        "environment=*": always(environment="*"),
        "environment=prod": always(environment="prod"),
        "workflow, 22 % of runs": always(workflow="invoice-approval-default"),
        "workflow, 3 % of runs": always(workflow="tax-filing-default"),
        "workflow and version": always(workflow="invoice-approval-default", version=1),
        "version=1, the oldest third": always(version=1),
        "status=failed": always(status="failed"),
        "status=running": always(status="running"),
        "status, two of them rare": always(status=["cancelled", "terminated"]),
        "status=failed, environment=prod, workflow": always(
            status="failed", environment="prod", workflow="tax-filing-default"
        ),
        "tag, many": always(tag="priority-1"),
        "tag, one in 1,000": always(tag="audit"),
        "tag, old runs alone": always(tag="campaign"),
        "two tags": always(tag=["team-3", "audit"]),
        "key": lambda i: {"key": f"order-{1 + i * 997}"},
        "owner, many": always(owner="person-0"),
        "owner, few": always(owner="person-199"),
        "origin=webhook": always(origin="webhook"),
        "parent_run_id": always(parent_run_id="01890000-0000-7000-8000-000000000000"),
        "waiting_for=gate": always(waiting_for="gate"),
        "waiting_for=timer, none": always(waiting_for="timer"),
        "flag=overridden": always(flag="overridden"),
        "flag, none": always(flag="stuck"),
        "error_type, many": always(error_type="ProviderDown"),
        "error_type, few": always(error_type="ToolError"),
        "created_before": lambda i: {"created_before": days_ago(10 + i % 60)},
        "created_after": always(created_after=days_ago(1)),
        "ended_after": always(ended_after=days_ago(0.01)),
        "ended_before": lambda i: {"ended_before": days_ago(10 + i % 60)},
        "metadata, one in 5,000": lambda i: {"metadata.customer": f"customer-{i * 37 % 5000}"},
        "metadata, a third": always(**{"metadata.region": "eu"}),
        "metadata, a number": lambda i: {"metadata.n": 1 + i * 991},
        "q, a key": lambda i: {"q": f"order-{1 + i * 997}"},
        "q, many": always(q="invoice"),
        "q, of errors": always(q="providerdown answer"),
        "q, few": lambda i: {"q": f"customer {i * 37 % 5000} answer"},
        "q, begun": always(q="tax fil"),
        "q, one letter": always(q="i"),
        "q, none": always(q="nosuchword"),
        "sort=-duration_ms": always(sort="-duration_ms"),
        "sort=-duration_ms, workflow": always(sort="-duration_ms", workflow="tax-filing-default"),
        "sort=-cost_usd": always(sort="-cost_usd"),
        "total=true": always(total="true"),
        "total=true, status=failed": always(total="true", status="failed"),
    }
    return [Case(name, RUNS, query, 20) for name, query in asked.items()]


def details() -> list[Case]:
    """One run and what is below it, and what is counted."""
    return [
        Case("a run", "/workflow_runs/{id}", always(), 10),
        Case("a run with its nodes", "/workflow_runs/{id}", always(include="nodes"), 10),
        Case("its nodes", "/workflow_runs/{id}/nodes", always(), 10),
        Case("a node", "/workflow_runs/{id}/nodes/n3", always(), 10),
        Case("its graph", "/workflow_runs/{id}/graph", always(), 10),
        Case("counts by status", "/workflow_runs/counts", always(), 10),
        Case("counts, one workflow", "/workflow_runs/counts", always(workflow="tax-filing-default"), 10),
    ]


def analytics() -> list[Case]:
    """The largest project's 30 days, and all of its time."""
    everything: Query = {"from": days_ago(90), "environment": "*"}
    asked: dict[str, tuple[str, Query]] = {
        "runs, 30 days": ("runs", {}),
        "runs by day and workflow, 90 days": ("runs", {**everything, "interval": "day", "group_by": "workflow"}),
        "runs by hour, 7 days": ("runs", {"interval": "hour"}),
        "nodes, 30 days": ("nodes", {}),
        "nodes, 90 days": ("nodes", everything),
        "nodes of a workflow by day, 90 days": (
            "nodes", {**everything, "interval": "day", "workflow": "invoice-approval-default"},
        ),
        "gates, 90 days": ("gates", everything),
        "cost by day and workflow, 90 days": ("cost", {**everything, "interval": "day", "group_by": "workflow"}),
        "agents, 90 days": ("agents", everything),
    }  # fmt: skip
    return [
        Case(f"analytics: {name}", f"/analytics/{path}", always(**query), 200) for name, (path, query) in asked.items()
    ]


@contextmanager
def answering(dsn: str) -> Iterator[str]:
    """`plait api` over the database; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"PLAIT_DATABASE_URL": dsn, "PLAIT_PORT": str(port), "PLAIT_TEMPORAL_ADDRESS": "127.0.0.1:1"}
    command = [sys.executable, "-m", "plait.cli", "api"]
    with subprocess.Popen(command, env=os.environ | told | {"PLAIT_LOG_LEVEL": "ERROR"}) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client, once the API answers."""
    async with httpx2.AsyncClient(base_url=f"{url}/api/v1", timeout=60, trust_env=False) as client:
        for _ in range(1_200):
            try:
                (await client.get(RUNS, params={"limit": 1})).raise_for_status()
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
            else:
                break
        yield client


async def timed(case: str, target: float, samples: int, work: Callable[[int], Awaitable[None]]) -> Reading:
    """The same thing again and again, after a few times that do not count."""
    taken: list[float] = []
    for number in range(-5, samples):
        began = time.perf_counter()
        await work(number + 5)
        if number >= 0:
            taken.append((time.perf_counter() - began) * 1000)
    ordered = sorted(taken)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Reading(case, samples, round(statistics.median(ordered), 1), round(worst, 1), target)


async def measure_case(client: httpx2.AsyncClient, case: Case, samples: int, ids: list[str]) -> Reading:
    """One kind of request."""
    turns = itertools.cycle(ids)

    async def ask(number: int) -> None:
        answer = await client.get(case.path.format(id=next(turns)), params=case.query(number))
        answer.raise_for_status()

    return await timed(case.name, case.target, samples, ask)


async def far_behind(client: httpx2.AsyncClient, query: Query) -> str | None:
    """A cursor in the midst of all runs: the first page's, moved."""
    page = (await client.get(RUNS, params=query)).raise_for_status().json()
    if page["next_cursor"] is None:
        return None
    filters, _, identifier = json.loads(base64.urlsafe_b64decode(page["next_cursor"] + "=="))
    place = MIDST.get(query.get("sort", "-created_at")) or days_ago(45)
    return base64.urlsafe_b64encode(json.dumps([filters, place, identifier]).encode()).decode().rstrip("=")


async def measure(home: Path, samples: int, only: str) -> AsyncIterator[Reading]:
    """Everything, or the cases whose name has a text in it, each as soon as it is known."""
    async with serving(home) as postgres:
        with answering(postgres.app_dsn) as url:
            async with client_of(url) as client:
                ids = await some_runs(client)
                for case in [case for case in (*details(), *lists(), *analytics()) if only in case.name]:
                    yield await measure_case(client, case, samples, ids)
                    query = case.query(0)
                    if case.path == RUNS and "total" not in query and (cursor := await far_behind(client, query)):
                        later = Case(f"{case.name}, far behind", RUNS, always(**query, cursor=cursor), case.target)
                        yield await measure_case(client, later, samples, ids)
        if only in "insert":
            yield await measure_insert(postgres.app_dsn, samples)


async def show(home: Path, samples: int, only: str) -> list[Reading]:
    """A table, a line at a time."""
    print(f"{'case':<58}{'samples':>8}{'p50 ms':>9}{'p99 ms':>9}{'target':>8}")
    found: list[Reading] = []
    async for one in measure(home, samples, only):
        mark = "" if one.p99 <= one.target_p99 else "  over"
        print(f"{one.case:<58}{one.samples:>8}{one.p50:>9}{one.p99:>9}{one.target_p99:>8g}{mark}", flush=True)
        found.append(one)
    return found


async def some_runs(client: httpx2.AsyncClient) -> list[str]:
    """Runs of all ages."""
    ids: list[str] = []
    for days in range(0, 88, 4):
        page = await client.get(RUNS, params={"created_before": days_ago(days), "environment": "*"})
        ids += [item["id"] for item in page.raise_for_status().json()["items"]]
    random.Random(1).shuffle(ids)
    return ids


async def measure_insert(dsn: str, samples: int) -> Reading:
    """A start, up to the row that makes it durable."""
    async with open_resources(Settings(database_url=dsn, temporal_address="127.0.0.1:1")) as resources:

        async def insert(number: int) -> None:
            await write_run(
                resources,
                Wanted(
                    project="default",
                    workflow="invoice-approval-default",
                    input={"document": "x"},
                    by=Actor("user", "bench", "bench"),
                    origin={"kind": "api", "run_id": None, "node": None, "id": None},
                    tags=["team-1", "priority-2"],
                    metadata={"customer": f"customer-{number}", "region": "eu", "n": number},
                    later=True,
                ),
            )

        return await timed("insert", 5, samples * 3, insert)


def main() -> None:
    """Measure, show a table, write JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lists", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help=f"where the database is ({HOME})")
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--only", default="", help="a part of the names of what to measure")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    keep_what_is_loaded()
    found = asyncio.run(show(options.home, options.samples, options.only))
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in found], indent=2))


if __name__ == "__main__":
    main()
