"""The bodies of the budgets slice."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from api.http.editing import Said
from api.http.models import ActorView, Dollars, Order, Time
from api.runs.schemas import Tokens

Share = Annotated[float, Field(gt=0, le=1)]


class PutBudget(Order):
    """What the project may spend in a month (UTC). What is null has no limit."""

    cost_usd: Dollars | None = None
    tokens: int | None = Field(default=None, ge=0, lt=2**53)
    alert_at: list[Share] = Field(
        default_factory=list, max_length=10, description="Shares of a limit; reaching one is an event in the feed."
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cost_usd": "200", "tokens": 50_000_000, "alert_at": [0.5, 0.9]}]}
    )


class Budget(Said):
    """What a project may spend in this month, and has. A cost that is not known is counted as a call, not as money."""

    AROUND: ClassVar[frozenset[str]] = frozenset(
        {"month", "spent_usd", "spent_tokens", "unknown_costs", "reserved_usd", "reserved_tokens"}
        | {"changed_by", "changed_at"}
    )

    project: str
    month: str = Field(description="In UTC: `2026-11`.")
    cost_usd: str | None
    tokens: int | None
    alert_at: list[float]
    spent_usd: str
    spent_tokens: Tokens
    unknown_costs: int = Field(description="Calls of models whose price is not known.")
    reserved_usd: str = Field(description="Set aside for calls that are under way.")
    reserved_tokens: int
    changed_by: ActorView | None
    changed_at: Time | None
