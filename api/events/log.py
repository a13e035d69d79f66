"""A run's log, as it is read."""

from dataclasses import dataclass
from uuid import UUID

from api.events.reading import BATCH, Batch
from api.events.schemas import event_of
from api.events.streams import DELTA, Texts
from api.resources import Resources
from api.runs.purged import refuse_purged
from plait.errors import NotFound
from plait.store import events as store


@dataclass(frozen=True, slots=True)
class RunLog:
    """Which events of which run are read."""

    project: str
    run_id: UUID
    types: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None

    @property
    def topic(self) -> UUID:
        """What its news come under."""
        return self.run_id

    def texts(self, *, redacted: bool) -> Texts | None:
        """What is said in the run besides; None where only types of events were asked for."""
        if self.types is not None and DELTA not in self.types:
            return None
        return Texts(self.project, self.run_id, self.paths, redacted)

    async def read(self, held: Resources, after: int, limit: int = BATCH) -> Batch:
        """At most `limit` events behind `after`.

        How far the log goes is read first: whatever it says is then surely among the rows, so a place
        may move on over events that were not asked for.
        """
        end = await store.read_end(held.pool, self.project, self.run_id)
        if end is None:
            raise NotFound("There is no such run.")
        refuse_purged(end)
        rows = await store.page_after(held.pool, self.run_id, after, limit, self.types, self.paths)
        last = rows[-1]["seq"] if rows else after
        next_after = last if len(rows) == limit else max(last, end["last_seq"])
        ended = end["ended"] and next_after >= end["last_seq"]
        return Batch(tuple(map(event_of, rows)), next_after, ended, end["status"])
