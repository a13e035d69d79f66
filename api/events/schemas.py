"""The bodies of the events slice."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.http.models import JsonObject, Order, Time, View

Place = Annotated[int, Field(ge=0, lt=2**63)]


class Event(View):
    """Something that happened to a run. Seeing one twice changes nothing: it says how things are."""

    seq: int
    time: Time
    type: str
    run_id: UUID
    node: str | None
    path: str | None
    attempt: int | None
    data: JsonObject

    @property
    def place(self) -> int:
        """Where it stands in its log."""
        return self.seq


class OutputDelta(View):
    """Words of a node at work, at their place in its text. At 0 the text begins anew: of a new attempt, or where a
    model was asked again. A snapshot is all that was said before the reader came.
    """

    type: Literal["output_delta", "output_snapshot"]
    run_id: UUID
    path: str
    attempt: int
    offset: int = Field(description="In characters: Unicode code points.")
    text: str | None
    cut: bool = Field(default=False, description="More was said than is streamed; the node's output has the whole.")
    redacted: bool = Field(default=False, description="The caller may not read values, so the text is null.")


class EventPage(View):
    """Events in order. An empty page means not yet, unless `ended`."""

    items: list[Event]
    next_after: int
    ended: bool


class Command(Order):
    """What a WebSocket's client asks for; `id` comes back with the answer."""

    id: str | int | None = None
    do: Literal["subscribe", "unsubscribe", "cancel", "pause", "resume", "step", "continue", "ping"]
    after: Place = 0
    types: list[str] | None = None
    path: list[str] | str | None = Field(default=None, description="Of a step the node's, else those to be told of.")
    input: dict[str, Any] | None = None
    reason: Annotated[str | None, Field(max_length=2000)] = None


def event_of(row: Any) -> Event:
    """A row of the log as it is shown."""
    return Event(**row)
