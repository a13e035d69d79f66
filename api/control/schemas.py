"""What is asked for when a run is controlled by hand."""

from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from api.http.models import Dollars, Order
from api.runs.schemas import Breakpoints, Reason


class Step(Order):
    """Which node is to run next, with which input if it is not its own."""

    path: str = Field(min_length=1, max_length=500)
    input: dict[str, Any] | None = Field(
        default=None, description="Values in place of the parameters of the same name; the others stay."
    )
    reason: Reason | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"path": "score", "input": {"args": {"limit": 3}}}]})


class StopBefore(Order):
    """All the nodes before which the run is to stop, in place of those of before."""

    nodes: Breakpoints = Field(description="Ids of nodes, or paths of single instances: `each.3.score`.")
    reason: Reason | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"nodes": ["score", "each.3.publish"]}]})


class RaiseBudget(Order):
    """The limits that are to hold from now on; those that are not named stay."""

    cost_usd: Dollars | None = None
    tokens: int | None = Field(default=None, gt=0, lt=2**53)
    seconds: float | None = Field(default=None, gt=0, lt=2**31)
    reason: Reason | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"cost_usd": "5.00", "reason": "a longer contract"}]})

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.cost_usd is None and self.tokens is None and self.seconds is None:
            raise ValueError("name at least one of `cost_usd`, `tokens` and `seconds`")
        return self

    def limits(self) -> dict[str, str | int | float]:
        """As the run's row keeps them."""
        said = {"cost_usd": None if self.cost_usd is None else str(self.cost_usd), "tokens": self.tokens}
        return {name: value for name, value in {**said, "seconds": self.seconds}.items() if value is not None}
