"""What is answered of an evaluation."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.evals.scores import Change
from api.http.models import ActorView, JsonObject, Time, View
from api.runs.schemas import OutputRef
from plait.store.operations import Status


class ScoreSummary(View):
    """One score over all rows that were done. A row without a value counts as 0, and is among the `lacking`."""

    name: str
    mean: float
    passed: Annotated[float, Field(description="The share of the rows that passed.")]
    lacking: int
    p10: float
    p50: float
    p90: float


class EvaluatedVersion(View):
    """What one version came to. A cost of null is not known."""

    version: int
    rows: int
    completed: int
    scores: list[ScoreSummary]
    cost_usd: str | None
    cost_usd_per_row: str | None
    judges_cost_usd: str | None
    tokens: int
    duration_ms_p50: int | None
    duration_ms_p95: int | None


class ScoreComparison(View):
    """In how many rows the first version has a better, the same or a worse score than the second."""

    name: str
    better: int
    same: int
    worse: int


class EvalSummary(View):
    """An evaluation as lists show it; its id is that of its operation."""

    id: UUID
    workflow: str
    versions: list[int]
    environment: str
    status: Status
    done: int
    total: int
    failed_total: int
    by: ActorView
    created_at: Time
    ended_at: Time | None


class Eval(EvalSummary):
    """An evaluation as it is now: what was asked, and what its rows have come to so far."""

    scores: list[JsonObject]
    concurrency: int
    budget_usd: float | None
    summary: list[EvaluatedVersion]
    comparison: Annotated[list[ScoreComparison] | None, Field(description="Null where one version ran.")]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019a2b3c-4d5e-7f60-8123-456789abcdef",
                    "workflow": "support-triage",
                    "versions": [4],
                    "environment": "dev",
                    "status": "completed",
                    "done": 200,
                    "total": 200,
                    "failed_total": 0,
                    "by": {"type": "user", "id": "ana", "name": "Ana"},
                    "created_at": "2026-11-21T09:12:00.000000Z",
                    "ended_at": "2026-11-21T09:13:10.000000Z",
                    "scores": [{"name": "topic", "expression": "output.topic == expected", "accept": 0.5}],
                    "concurrency": 4,
                    "budget_usd": 5,
                    "summary": [
                        {
                            "version": 4,
                            "rows": 200,
                            "completed": 198,
                            "scores": [
                                {
                                    "name": "topic",
                                    "mean": 0.905,
                                    "passed": 0.905,
                                    "lacking": 2,
                                    "p10": 1.0,
                                    "p50": 1.0,
                                    "p90": 1.0,
                                }
                            ],
                            "cost_usd": "0.412",
                            "cost_usd_per_row": "0.00206",
                            "judges_cost_usd": "0",
                            "tokens": 181040,
                            "duration_ms_p50": 1400,
                            "duration_ms_p95": 3900,
                        }
                    ],
                    "comparison": None,
                }
            ]
        }
    )


class Scored(View):
    """One score of one output. `value` is null where there is none, and `because` says why, or what the judge said."""

    value: float | None
    passed: bool
    because: str | None
    run_id: Annotated[UUID | None, Field(description="The judge's run.")]
    cost_usd: str | None


class RowOutcome(View):
    """What one version made of a row. `status` is its run's, `deleted` where that is gone."""

    version: int
    run_id: UUID
    status: str
    output: Any
    output_ref: OutputRef | None
    scores: dict[str, Scored]
    cost_usd: str | None
    tokens: int
    duration_ms: int | None


class EvalRow(View):
    """A row of the dataset and what became of it."""

    n: int
    status: Literal["waiting", "done", "failed"]
    input: Any
    expected: Any
    meta: Any
    outcomes: list[RowOutcome]
    change: Annotated[dict[str, Change] | None, Field(description="By score, the first version against the second.")]
    error: JsonObject | None
