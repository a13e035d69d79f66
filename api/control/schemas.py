"""What is asked for when a run is controlled by hand."""

from typing import Any

from pydantic import ConfigDict, Field

from api.http.models import Order
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
