"""How many nodes a second the Recorder writes into one run: `python -m benchmarks.recorder [--json]`.

Each node is a queued start and an awaited end, with an event each. It is measured on this disk, and
with 2 ms added to each sync, as on a network volume.
"""

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from plait.clock import new_id, now
from plait.dev.postgres import EmbeddedPostgres
from plait.store import migrate
from plait.store.changes import Change, EventRow, NodeRow
from plait.store.pool import Pool, open_pool
from plait.store.recorder import Recorder
from plait.store.values import encode, inline

PROJECT = "default"

# Postgres itself waits this long before it flushes a commit.
SLOW_DISK = {"commit_delay": "2000", "commit_siblings": "0"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement."""

    case: str
    nodes: int
    callers: int
    seconds: float
    nodes_per_second: int
    gaps: int


async def insert_run(pool: Pool, total: int) -> UUID:
    """A run to write into."""
    workflow_id, run_id, at = new_id(), new_id(), now()
    await pool.execute(
        "insert into workflows (id, project, slug, name, created_by, created_at, updated_at)"
        " values ($1, $2, $3, 'benchmark', '{}', $4, $4)",
        workflow_id, PROJECT, f"benchmark-{workflow_id}", at,
    )  # fmt: skip
    await pool.execute(
        "insert into workflow_runs (id, project, workflow_id, version, plan_hash, status, origin, started_by,"
        " total_nodes, created_at, last_event_at) values ($1, $2, $3, 1, '', 'pending', '{}', '{}', $4, $5, $5)",
        run_id, PROJECT, workflow_id, total, at,
    )  # fmt: skip
    return run_id


def started(run_id: UUID, path: str) -> Change:
    at = now()
    row = NodeRow(path, 1, path, "tool_call", None, "running", at, attempt=1, ready_at=at, started_at=at)
    key = f"{path}#1:workflow.node.started:1"
    return Change(run_id, PROJECT, row, events=(EventRow(key, "workflow.node.started", at, path, path, 1, {"in": []}),))


def completed(run_id: UUID, path: str) -> Change:
    at, value = now(), {"ok": True, "path": path}
    row = NodeRow(
        path, 1, path, "tool_call", None, "completed", at, attempt=1, outcome="success", completed_at=at,
        input=inline({"url": "x"}, b"{}"), output=inline(value, encode(value)),
    )  # fmt: skip
    key = f"{path}#1:workflow.node.completed:1"
    return Change(run_id, PROJECT, row, events=(EventRow(key, "workflow.node.completed", at, path, path, 1, value),))


async def measure(pool: Pool, case: str, nodes: int, callers: int) -> Measured:
    run_id = await insert_run(pool, nodes)
    # Made beforehand: it is the Recorder that is measured, not its callers.
    changes = iter([(started(run_id, f"n{number}"), completed(run_id, f"n{number}")) for number in range(nodes)])

    async def work(recorder: Recorder) -> None:
        for start, end in changes:
            recorder.note(start)
            assert (await recorder.put(end)).accepted

    async with Recorder(pool) as recorder:
        began = time.perf_counter()
        await asyncio.gather(*(work(recorder) for _ in range(callers)))
        seconds = time.perf_counter() - began
    last, count = await pool.fetchrow("select max(seq), count(*) from run_events where run_id = $1", run_id) or (0, 0)
    return Measured(case, nodes, callers, round(seconds, 3), int(nodes / seconds), last - count)


async def measure_all(nodes: int) -> list[Measured]:
    results: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as directory:
        Path(directory).chmod(0o711)
        for case, settings in (("this disk", {}), ("2 ms added to each sync", SLOW_DISK)):
            async with EmbeddedPostgres(Path(directory) / case.replace(" ", "-"), settings=settings) as postgres:
                await migrate.up(postgres.owner_dsn)
                pool = await open_pool(postgres.app_dsn)
                await measure(pool, "warm-up", 500, 100)
                results += [await measure(pool, case, nodes, callers) for callers in (64, 200, 1000)]
                await pool.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = asyncio.run(measure_all(options.nodes))
    if options.json:
        print(json.dumps([asdict(result) for result in results], indent=2))
        return
    print(f"{'case':<26}{'callers':>8}{'nodes':>8}{'seconds':>9}{'nodes/s':>9}{'gaps':>6}")
    for one in results:
        print(f"{one.case:<26}{one.callers:>8}{one.nodes:>8}{one.seconds:>9.2f}{one.nodes_per_second:>9}{one.gaps:>6}")


if __name__ == "__main__":
    main()
