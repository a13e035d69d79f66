"""The bodies of overrides."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.http.models import JsonObject, Order

Reason = Annotated[str, Field(max_length=2000)]


class Expected(Order):
    """How the node was when the caller looked."""

    status: Literal["pending", "ready", "running", "retrying", "waiting", "held"]
    attempt: int = Field(ge=0)


class RetryItems(Order):
    """What the caller saw of a held map, and why the items that did not complete are to be tried again."""

    expect: Expected
    reason: Reason

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"expect": {"status": "held", "attempt": 0}, "reason": "the server is back"}],
        }
    )

    @property
    def action(self) -> Literal["retry_items"]:
        """As what it is recorded."""
        return "retry_items"

    @property
    def output(self) -> None:
        """It gives no output."""

    @property
    def with_(self) -> None:
        """It gives no parameters."""


class OverrideNode(Order):
    """What is to become of a node that is held, waits, is to be tried again, or has not started."""

    action: Literal["retry", "succeed", "skip"]
    output: Any = Field(default=None, description="For `succeed`: taken as the node's output once it fits its schema.")
    with_: JsonObject | None = Field(
        default=None, alias="with", description="For `retry`: parameters in place of those of the same name."
    )
    expect: Expected
    reason: Reason

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "retry", "expect": {"status": "held", "attempt": 3}, "reason": "the server is back"},
            ]
        }
    )
