"""The feed of a project, as it is read."""

from dataclasses import dataclass
from typing import Any

from api.events.reading import BATCH, Batch
from api.feed.schemas import FeedEvent
from api.http.errors import Refusal
from api.http.models import Reference
from api.resources import Resources
from plait.store import feed as store
from plait.store.notify import feed_of


@dataclass(frozen=True, slots=True)
class ProjectFeed:
    """Which events of a project's runs are read; None is all of them."""

    project: str
    types: tuple[str, ...] | None = None
    workflow: str | None = None
    environment: str | None = None

    @property
    def topic(self) -> str:
        """What its news come under."""
        return feed_of(self.project)

    async def read(self, held: Resources, after: int, limit: int = BATCH) -> Batch:
        """At most `limit` events behind the position `after`; the end is read first, as a run's is.

        Raises the problem `events_purged` for a place whose events were forgotten for their age.
        """
        last, purged = await store.read_range(held.pool, self.project)
        if 0 < after < purged:
            message = f"The feed forgot what came before {purged + 1}; begin there, or with `after=0`."
            raise Refusal("events_purged", message, after=purged)
        rows = await store.page_after(
            held.pool, self.project, after, limit, self.types, self.workflow, self.environment
        )
        found = rows[-1]["position"] if rows else after
        return Batch(tuple(map(event_of, rows)), found if len(rows) == limit else max(found, last))


def event_of(row: Any) -> FeedEvent:
    """A row of the feed as it is shown."""
    said = dict(row)
    workflow = Reference(id=said.pop("workflow_id"), slug=said.pop("slug"), name=said.pop("workflow_name"))
    return FeedEvent(**said, workflow=workflow)
