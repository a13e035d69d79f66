"""The bodies of the operations slice."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.models import ActorView, JsonObject, Time, View
from plait.store.operations import Kind, Status


class FailedItem(View):
    """An item that could not be done, and why; `code` is that of a problem."""

    n: int
    subject: JsonObject
    code: str
    message: str


class OperationSummary(View):
    """A long piece of work as lists show it."""

    id: UUID
    kind: Kind
    title: str
    status: Status
    done: int
    total: int
    failed_total: int
    per_minute: int | None
    by: ActorView
    created_at: Time
    ended_at: Time | None


class Operation(OperationSummary):
    """A long piece of work: `done` of `total` items are settled, the `failed` ones among them (the first hundred)."""

    failed: list[FailedItem]
    verdicts: Annotated[
        dict[str, int] | None,
        Field(
            description="Of a backtest: how many runs would be `same_path`, `other_path`, `waits`, `unknown`, `fails`."
        ),
    ]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019a2b3c-4d5e-7f60-8123-456789abcdef",
                    "kind": "bulk",
                    "title": "cancel 312 runs",
                    "status": "running",
                    "done": 120,
                    "total": 312,
                    "failed_total": 1,
                    "per_minute": 60,
                    "by": {"type": "user", "id": "ana", "name": "ana"},
                    "created_at": "2026-11-21T09:12:00.000000Z",
                    "ended_at": None,
                    "failed": [
                        {
                            "n": 7,
                            "subject": {"run_id": "019a2b3c-0000-7000-8000-000000000007"},
                            "code": "run_state_conflict",
                            "message": "The run is completed; it cannot be cancelled.",
                        }
                    ],
                    "verdicts": None,
                }
            ]
        }
    )


class OperationItem(View):
    """One item, and what became of it."""

    n: int
    subject: JsonObject
    status: Literal["waiting", "done", "failed"]
    result: Any
    error: JsonObject | None
    at: Time | None
