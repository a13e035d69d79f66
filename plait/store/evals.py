"""Evaluations as rows: operations of the kind `eval`, one item for each row of the dataset.

An item's result is `{outcomes: [{version, run_id, status, cost_usd, tokens, duration_ms, scores}], change}`. Outputs
stay with the runs.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("evals")
BATCH = 50


async def read_end(db: Database, project: str, run_id: UUID) -> Record | None:
    """Status, output, cost, tokens and length of a run."""
    return await db.fetchrow(queries.read_end, project, run_id)


async def read_outputs(db: Database, project: str, run_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The outputs of runs by their ids, long ones as references."""
    return {row["id"]: row for row in await db.fetch(queries.read_outputs, project, list(run_ids))}


async def read_spent(db: Database, eval_id: UUID) -> Decimal:
    """Dollars that the runs and judges have cost or put aside so far, as far as that is known."""
    return await db.fetchval(queries.read_spent, str(eval_id))


async def sum_up(db: Database, eval_id: UUID, versions: Sequence[int]) -> list[Record]:
    """What each version came to, in this order."""
    return await db.fetch(queries.sum_up, eval_id, list(versions))


async def sum_up_scores(db: Database, eval_id: UUID, versions: Sequence[int], names: Sequence[str]) -> list[Record]:
    """Each score of each version; none before the first row is done."""
    return await db.fetch(queries.sum_up_scores, eval_id, list(versions), list(names))


async def count_changes(db: Database, eval_id: UUID) -> dict[str, dict[str, int]]:
    """By score, how many rows are `better`, the `same` or `worse`."""
    rows = await db.fetch(queries.count_changes, eval_id)
    return {row["name"]: {how: row[how] for how in ("better", "same", "worse")} for row in rows}


async def list_rows(db: Database, eval_id: UUID, after: int, change: str | None, limit: int) -> list[Record]:
    """Rows behind a number, in their order."""
    return await db.fetch(queries.list_rows, eval_id, after, change, limit)


async def list_stray(db: Database, since: datetime) -> list[tuple[UUID, str]]:
    """(run, project) of runs that go on though their evaluation was cancelled."""
    return [(row["id"], row["project"]) for row in await db.fetch(queries.list_stray, since, BATCH)]
