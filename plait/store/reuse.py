"""What a rerun finds in the run before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.agents import Uses
from plait.errors import Conflict
from plait.store.changes import StoredValue
from plait.store.pool import Pool
from plait.store.runs import Database, NewRun, insert_run
from plait.store.sql import load
from plait.store.values import value_in

queries = load("reuse")


@dataclass(frozen=True, slots=True)
class Result:
    """What a node came to in an earlier run. `input` is None where none was recorded."""

    path: str
    type: str
    outcome: str
    input: StoredValue | None
    output: StoredValue
    metadata: dict[str, Any] | None
    ready_at: datetime | None
    done_by: UUID
    """The run that did the work: the source may itself have taken it over."""


@dataclass(frozen=True, slots=True)
class Source:
    """An earlier run: what it executed, what it resolved at its start, and those of the results asked for that may be
    taken over.
    """

    plan_hash: str
    uses: Uses
    results: Mapping[str, Result]


async def find_results(pool: Pool, project: str, run_id: UUID, paths: Sequence[str]) -> Source | None:
    """What these paths came to; None if the run is not there any more."""
    source = await pool.fetchrow(queries.read_source, project, run_id)
    if source is None:
        return None
    rows = await pool.fetch(queries.find_results, run_id, list(paths))
    return Source(source["plan_hash"], Uses.read(source["uses"]), {row["path"]: _result(run_id, row) for row in rows})


def _result(run_id: UUID, row: Any) -> Result:
    output = value_in(row, "output")
    assert output is not None, "the query gives none without"
    why = row["why"] or {}
    return Result(
        path=row["path"],
        type=row["type"],
        outcome=row["outcome"] or "success",
        input=value_in(row, "input"),
        output=output,
        metadata=row["metadata"],
        ready_at=row["ready_at"],
        done_by=UUID(why["run_id"]) if why.get("reason") == "reused" else run_id,
    )


async def insert_rerun(db: Database, run: NewRun) -> bool:
    """Write a rerun in a transaction: its row, references to all that it may take over, and what was decided of its
    nodes beforehand. False as for any run. Raises Conflict `results_purged`.
    """
    rerun = run.rerun
    assert rerun is not None
    if await db.fetchval(queries.lock_source, run.project, rerun.source) is None:
        raise purged()
    if not await insert_run(db, run):
        return False
    if rerun.begins != "start":
        if await db.fetchval(queries.is_purged, rerun.source):
            raise purged()
        await db.execute(queries.refer_to_results, rerun.source, run.id)
    for override in rerun.overrides:
        await db.execute(
            queries.insert_override,
            override.id,
            run.project,
            run.id,
            override.path,
            override.action,
            override.output,
            override.given,
            list(override.files),
            run.started_by,
            run.created_at,
        )
    return True


async def read_rerun_source(db: Database, project: str, run_id: UUID) -> Record | None:
    """What a rerun takes over of the run itself: its workflow and version, its input, its envelope."""
    return await db.fetchrow(queries.read_rerun_source, project, run_id)


async def read_ends(db: Database, run_id: UUID) -> tuple[dict[str, dict[str, int]], frozenset[str]]:
    """How many instances of each node ended in each status, and the nodes of which some were undone."""
    ended: dict[str, dict[str, int]] = {}
    for row in await db.fetch(queries.count_ends, run_id):
        ended.setdefault(row["node"], {})[row["status"]] = row["count"]
    return ended, frozenset(row["node"] for row in await db.fetch(queries.list_undone, run_id))


async def list_lineage(db: Database, project: str, run_id: UUID) -> list[Record]:
    """The run that this one goes back to by reruns, then all reruns of it and of theirs, the oldest first."""
    return await db.fetch(queries.list_lineage, project, run_id)


async def read_compared(db: Database, project: str, run_id: UUID) -> Record | None:
    """A run as it is compared with another."""
    return await db.fetchrow(queries.read_compared, project, run_id)


async def compare_nodes(
    db: Database, left: UUID, right: UUID, after: str, limit: int, *, differing: bool
) -> list[Record]:
    """The newest rows of each path of both, from behind a sort key; all, or those that differ."""
    return await db.fetch(queries.compare_nodes, left, right, after, limit, differing)


def purged() -> Conflict:
    """The refusal of a rerun whose source has lost what it came to."""
    return Conflict(
        "The results of this run were purged; restore it first, or rerun it from its start with an input.",
        code="results_purged",
    )
