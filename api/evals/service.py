"""Evaluations as they are read: what was asked, what the rows have come to, and which of two versions did better."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from asyncpg import Record

from api.evals.scores import Change
from api.evals.views import (
    Eval,
    EvalRow,
    EvalSummary,
    EvaluatedVersion,
    RowOutcome,
    ScoreComparison,
    ScoreSummary,
)
from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.operations.service import by_number
from api.resources import Resources
from api.runs.views import cost_text, shown_value
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import evals as store
from plait.store import operations

NOTHING = {"output": None, "output_ref": None}
NO_CHANGES = {"better": 0, "same": 0, "worse": 0}


async def list_evals(held: Resources, paging: PageOrder, caller: Caller) -> Page[EvalSummary]:
    """A page of evaluations, the newest first."""
    place = paging.after(None, by_age)
    kinds = ["eval"]
    rows = await operations.list_operations(held.pool, caller.project, kinds, None, place, paging.limit + 1)
    counted = await operations.count_operations(held.pool, caller.project, kinds, None) if paging.total else None
    kept, cursor = paging.cut(rows, None, lambda row: (row["created_at"], row["id"]))
    return Page(
        items=[EvalSummary(**summary_fields(row)) for row in kept], next_cursor=cursor, **paging.totals(counted)
    )


async def read_eval(held: Resources, eval_id: UUID, caller: Caller) -> Eval:
    """An evaluation as it is now."""
    row = await find_eval(held, eval_id, caller)
    said = row["arguments"]
    versions, names = said["versions"], [score["name"] for score in said["scores"]]
    scores = await store.sum_up_scores(held.pool, eval_id, versions, names)
    summary = [
        summary_of(each, [score for score in scores if score["version"] == each["version"]])
        for each in await store.sum_up(held.pool, eval_id, versions)
    ]
    return Eval(
        **summary_fields(row),
        scores=said["scores"],
        concurrency=row["at_once"],
        budget_usd=said["budget_usd"],
        summary=summary,
        comparison=await compare(held, eval_id, names) if len(versions) > 1 else None,
    )


async def compare(held: Resources, eval_id: UUID, names: list[str]) -> list[ScoreComparison]:
    """Each score: in how many rows the first version did better or worse than the second."""
    counted = await store.count_changes(held.pool, eval_id)
    return [ScoreComparison(name=name, **(counted.get(name) or NO_CHANGES)) for name in names]


def summary_of(row: Record, scores: list[Record]) -> EvaluatedVersion:
    """One version, with its scores."""
    cost: Decimal | None = row["cost_usd"]
    each = None if cost is None or not row["rows"] else round(cost / row["rows"], 6)
    return EvaluatedVersion(
        version=row["version"],
        rows=row["rows"],
        completed=row["completed"],
        scores=[ScoreSummary(**{name: score[name] for name in ScoreSummary.model_fields}) for score in scores],
        cost_usd=cost_text(cost),
        cost_usd_per_row=cost_text(each),
        judges_cost_usd=cost_text(row["judges_cost_usd"]),
        tokens=row["tokens"],
        duration_ms_p50=row["duration_ms_p50"],
        duration_ms_p95=row["duration_ms_p95"],
    )


async def list_rows(
    held: Resources, eval_id: UUID, change: Change | None, paging: PageOrder, caller: Caller
) -> Page[EvalRow]:
    """A page of rows in their order, with the outputs of their runs."""
    await find_eval(held, eval_id, caller)
    filters = [eval_id, change]
    place = paging.after(filters, by_number)
    rows = await store.list_rows(held.pool, eval_id, place[0] if place else 0, change, paging.limit + 1)
    kept, cursor = paging.cut(rows, filters, lambda row: (row["n"],))
    ids = [UUID(each["run_id"]) for row in kept for each in (row["result"] or {}).get("outcomes", ())]
    outputs = await store.read_outputs(held.pool, caller.project, ids)
    return Page(items=[row_of(row, outputs) for row in kept], next_cursor=cursor)


def row_of(row: Record, outputs: dict[UUID, Record]) -> EvalRow:
    """One row and what became of it."""
    result = row["result"] or {"outcomes": [], "change": None}
    return EvalRow(
        n=row["n"],
        status=row["status"],
        **row["subject"],
        outcomes=[outcome_of(each, outputs) for each in result["outcomes"]],
        change=result["change"],
        error=row["error"],
    )


def outcome_of(said: dict[str, Any], outputs: dict[UUID, Record]) -> RowOutcome:
    """What one version made of a row."""
    run_id = UUID(said["run_id"])
    shown = shown_value(outputs[run_id], "output") if run_id in outputs else NOTHING
    return RowOutcome.model_validate(said | shown)


async def find_eval(held: Resources, eval_id: UUID, caller: Caller) -> Record:
    """The operation's row, if it is an evaluation."""
    row = await operations.read_operation(held.pool, caller.project, eval_id)
    if row is None or row["kind"] != "eval":
        raise NotFound("There is no such evaluation.")
    return row


def summary_fields(row: Record) -> dict[str, Any]:
    """What an evaluation and its summary have in common."""
    said = row["arguments"]
    kept = ("id", "status", "done", "total", "by", "created_at", "ended_at")
    asked = ("workflow", "versions", "environment")
    return {**{name: row[name] for name in kept}, **{name: said[name] for name in asked}, "failed_total": row["failed"]}
