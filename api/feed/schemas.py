"""The bodies of the feed."""

from pydantic import ConfigDict

from api.events.schemas import Event
from api.http.models import Reference, View


class FeedEvent(Event):
    """An event of a run, at its place among those of all runs. Seeing one twice changes nothing."""

    position: int
    workflow: Reference
    environment: str

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "position": 412,
                    "seq": 9,
                    "time": "2026-11-21T09:12:00.000000Z",
                    "type": "workflow.run.completed",
                    "run_id": "01990000-0000-7000-8000-000000000000",
                    "node": None,
                    "path": None,
                    "attempt": None,
                    "data": {"status": "completed", "flags": [], "error": None, "output_size": 14},
                    "workflow": {"id": "01990000-0000-7000-8000-000000000001", "slug": "order", "name": "Order"},
                    "environment": "prod",
                }
            ]
        }
    )

    @property
    def place(self) -> int:
        """Where it stands in the feed."""
        return self.position


class FeedPage(View):
    """Events in order; an empty page means not yet. The next one begins `after` this one's `next_after`."""

    items: list[FeedEvent]
    next_after: int
