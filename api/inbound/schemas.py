"""The bodies of the slice of external events."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.models import ActorView, Order, Time, View

Name = Annotated[str, Field(min_length=1, max_length=200)]


class SendEvent(Order):
    """Something that happened outside, for the node that waits for it."""

    name: Name = Field(description="The name that an `event` node waits for.")
    key: Annotated[str, Field(max_length=255)] | None = Field(
        default=None, description="What it is about, for nodes that wait for one `key`."
    )
    payload: Any = Field(default=None, description="The output of the node that takes it: any JSON to 256 KiB.")
    id: Name | None = Field(default=None, description="Your own id of it: the same one again is no other event.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "payment", "key": "order-7", "payload": {"amount": 12}, "id": "evt_1"}]
        }
    )


class InboundEvent(View):
    """An external event of a run, and what became of it. `path` is the node that took or refused it."""

    id: UUID
    sender_id: str | None
    name: str
    key: str | None
    size: int
    status: Literal["recorded", "kept", "consumed", "refused", "left"]
    path: str | None
    reason: str | None
    by: ActorView
    at: Time


class MailedEvent(View):
    """An external event for whoever waits for it. While it waits, the first run that listens gets it, until then."""

    id: UUID
    sender_id: str | None
    name: str
    key: str | None
    size: int
    status: Literal["delivered", "waiting"]
    run_ids: list[UUID]
    until: Time
    by: ActorView
    at: Time
