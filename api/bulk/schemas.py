"""The bodies of bulk actions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.bulk.actions import Action
from api.http.models import Order, View
from api.runs.schemas import Reason, RunSummary

MOST_IDS = 10_000
LooseId = Annotated[UUID, Field(strict=False)]


class BulkOrder(Order):
    """One action on many runs: those named here, or those that the filters of the address let through.

    It is asked twice: with `dry_run`, which freezes the set, and the same again with the `confirm` that this gave.
    """

    action: Action
    ids: list[LooseId] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    reason: Reason | None = None
    from_: Literal["start", "failure"] | None = Field(
        default=None, alias="from", description="Of a rerun: `failure` (without it) takes over what completed."
    )
    version: int | None = Field(default=None, ge=1, lt=2**31, description="Of a rerun: in place of each run's own.")
    dry_run: bool = False
    confirm: LooseId | None = Field(default=None, description="From the dry run: acts on the runs it had found.")
    per_minute: int | None = Field(default=None, ge=1, le=6_000, description="At most so many runs a minute.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "cancel", "reason": "the supplier is away", "dry_run": True},
                {
                    "action": "cancel",
                    "reason": "the supplier is away",
                    "confirm": "019a2b3c-4d5e-7f60-8123-456789abcdef",
                    "per_minute": 60,
                },
            ]
        }
    )


class BulkPreview(View):
    """What would be done: how many runs, the first twenty of them, and what to send to have it done."""

    count: int
    sample: list[RunSummary]
    confirm: UUID
