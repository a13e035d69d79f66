"""A database with the history of a busy installation: `python -m benchmarks.data [--runs N] [--home DIRECTORY]`.

A million runs of ten nodes in 50 projects, one of which has 60 %, over 90 days, in an embedded Postgres of its own.
It is made in batches, so what was cut off goes on where it was; what is there already stays.
"""

import argparse
import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from benchmarks.shapes import chain
from plait.clock import new_id, now
from plait.dev.postgres import EmbeddedPostgres
from plait.store import migrate
from plait.store.pool import prepare_connection

HOME = Path(".plait/bench")
RUNS = 1_000_000
PROJECTS = 50
BATCH = 5_000
KINDS = (
    "invoice-approval", "content-pipeline", "market-report", "support-triage", "financial-review", "compliance-check",
    "document-intake", "feed-discovery", "lead-scoring", "contract-review", "claims", "onboarding", "refunds",
    "forecast", "translation", "moderation", "data-import", "nightly-audit", "newsletter", "tax-filing",
)  # fmt: skip
SERVING = {"shared_buffers": "256MB", "random_page_cost": "1.1", "max_wal_size": "4GB"}
"""As a small server of its own has it: this much memory, and a disk that does not turn."""

_, *_PARTS = re.split(r"^-- name: (\w+)$", (Path(__file__).parent / "data.sql").read_text(), flags=re.MULTILINE)
QUERIES = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))

console = Console(stderr=True, highlight=False)


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[EmbeddedPostgres]:
    """The cluster below a directory, running, with the schema of this Plait."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    async with EmbeddedPostgres(home / "postgres", settings=SERVING) as postgres:
        await migrate.up(postgres.owner_dsn)
        yield postgres


async def fill(home: Path, runs: int) -> None:
    """Make what is missing of so many runs, and show how far it is."""
    async with serving(home) as postgres:
        connection = await asyncpg.connect(postgres.owner_dsn)
        await prepare_connection(connection)
        # What triggers would do run by run is done once, at the end.
        await connection.execute("set session_replication_role = replica")
        state = await begin(connection, runs)
        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("runs", total=runs, completed=state["done"])
            while state["done"] < runs:
                state = await insert_batch(connection, state)
                bar.update(task, completed=state["done"])
        if not state["finished"]:
            console.print("counting and cleaning up")
            await finish(connection, state)
        await connection.close()
    console.print(f"{runs:,} runs are in {home}.")


async def begin(connection: Any, runs: int) -> dict[str, Any]:
    """How far it is: `done` of `runs`, the newest of them made `at`; projects and workflows are there."""
    state = await connection.fetchval("select value from cursors where name = 'bench-data'")
    if state is None:
        state = {"done": 0, "runs": runs, "at": now().isoformat(), "finished": False}
        async with connection.transaction():
            await insert_workflows(connection)
            await save(connection, state)
    if state["runs"] != runs:
        raise SystemExit(f"The directory is for {state['runs']:,} runs: use another one for {runs:,}.")
    return state


async def save(connection: Any, state: dict[str, Any]) -> None:
    """Where to go on."""
    await connection.execute(
        "insert into cursors (name, value) values ('bench-data', $1)"
        " on conflict (name) do update set value = excluded.value",
        state,
    )


async def insert_workflows(connection: Any) -> None:
    """The projects; twenty workflows of the large one, two of each other."""
    definition, plan_hash = chain(10).definition()
    projects = ["default", *(f"project-{n}" for n in range(1, PROJECTS))]
    await connection.execute(
        "insert into projects (id, name) select p, p from unnest($1::text[]) p on conflict do nothing", projects
    )
    await connection.execute(
        "create table bench_workflows (project text, number integer, workflow_id uuid, slug text, name text,"
        " plan_hash text, primary key (project, number))"
    )
    for project in projects:
        for number in range(20 if project == "default" else 2):
            kind = KINDS[number]
            row = (new_id(), project, f"{kind}-{project}", f"{kind.replace('-', ' ').title()} of {project}", now())
            await connection.execute(
                "insert into workflows (id, project, slug, name, version, created_by, created_at, updated_at)"
                " values ($1, $2, $3, $4, 3, '{}', $5, $5)",
                *row,
            )
            await connection.execute(
                "insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source,"
                " source_type, total_nodes, created_by, created_at)"
                " select $1, n, $2, $3, $3, $4, '', 'application/json', 10, '{}', $5 from generate_series(1, 3) n",
                row[0], project, plan_hash, definition, row[4],
            )  # fmt: skip
            await connection.execute(
                "insert into bench_workflows values ($1, $2, $3, $4, $5, $6)",
                project, number, row[0], row[2], row[3], plan_hash,
            )  # fmt: skip


async def insert_batch(connection: Any, state: dict[str, Any]) -> dict[str, Any]:
    """The next runs with their nodes and gates, in one transaction."""
    first, runs = state["done"] + 1, state["runs"]
    last = min(first + BATCH - 1, runs)
    state = {**state, "done": last}
    async with connection.transaction():
        await connection.execute("select setseed($1::float8 / $2)", float(first), float(runs + 1))
        newest = datetime.fromisoformat(state["at"])
        ids = [row["id"] for row in await connection.fetch(
            QUERIES["insert_runs"], first, last, runs, newest, PROJECTS - 1)]  # fmt: skip
        await connection.execute(QUERIES["insert_nodes"], ids)
        await connection.execute(QUERIES["insert_gates"], ids)
        await save(connection, state)
    return state


async def finish(connection: Any, state: dict[str, Any]) -> None:
    """What is derived from the runs, and what autovacuum would come to do."""
    async with connection.transaction():
        await connection.execute(QUERIES["count_runs"])
        await save(connection, {**state, "finished": True})
    await connection.execute("vacuum (analyze)")


def main() -> None:
    """Make the database."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help=f"the directory of its Postgres ({HOME})")
    parser.add_argument("--runs", type=int, default=RUNS, help="how many runs; 100000 is enough for everyday use")
    options = parser.parse_args()
    asyncio.run(fill(options.home, options.runs))


if __name__ == "__main__":
    main()
