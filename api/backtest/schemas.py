"""What is asked of a backtest."""

from typing import Annotated

from pydantic import ConfigDict, Field

from api.http.models import JsonObject, Order
from plait.forms import Name

MOST_RUNS = 500


class BacktestOrder(Order):
    """The candidate, and the runs to feed to it."""

    version: Annotated[int | None, Field(ge=1, lt=2**31, description="A version; the newest if left out.")] = None
    document: Annotated[
        JsonObject | None, Field(description="A document that is not saved, in place of a version.")
    ] = None
    runs: Annotated[
        int, Field(ge=1, le=MOST_RUNS, description="So many of the last runs that completed or failed.")
    ] = 50
    environment: Annotated[Name, Field(description="Whose runs.")] = "dev"

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 4, "runs": 50, "environment": "prod"}]})
