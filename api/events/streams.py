"""What the nodes of a run say while they work, as those who watch it are told.

It stands in no log: a text is told from its place, in characters, and whoever comes late gets all of it first.
Watchers that stand at the same places are told from one read.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cached_property, partial
from uuid import UUID

from fastapi.sse import format_sse_event

from api.events.interleave import interleave
from api.events.reading import Batch, Log, follow
from api.events.schemas import OutputDelta
from api.resources import Resources
from plait.store.streams import Place, Said, read_said, topic_of

DELTA = "output_delta"
"""The type that asks for words, snapshots too."""
POLL_SECONDS = 15.0
"""Words whose news was lost come this much later, or with the next ones."""

Places = tuple[Place, ...] | None


@dataclass(frozen=True)
class Words:
    """What was said behind a reader's places, and its next ones."""

    deltas: tuple[OutputDelta, ...]
    places: Places

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The deltas as JSON."""
        return tuple(delta.model_dump_json() for delta in self.deltas)

    @cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """The deltas as pieces of a stream. They have no id: there is no going back to one."""
        told = zip(self.deltas, self.texts, strict=True)
        return (b"".join(format_sse_event(data_str=text, event=delta.type) for delta, text in told),)


@dataclass(frozen=True, slots=True)
class Texts:
    """Whose words are read; `redacted`: by somebody who may not know them."""

    project: str
    run_id: UUID
    paths: tuple[str, ...] | None
    redacted: bool

    async def read(self, held: Resources, places: Places) -> Words:
        """What lies behind the places; without any, each text of a node at work, from its beginning."""
        found, said = await read_said(held.pool, self.project, self.run_id, places)
        asked = (one for one in said if self._is_asked_for(one.place.path))
        return Words(tuple(self._delta_of(one, is_first=places is None) for one in asked), found)

    def _is_asked_for(self, path: str) -> bool:
        return self.paths is None or any(
            path == each or path.startswith((f"{each}.", f"{each}~")) for each in self.paths
        )

    def _delta_of(self, said: Said, *, is_first: bool) -> OutputDelta:
        return OutputDelta(
            type="output_snapshot" if is_first else "output_delta",
            run_id=self.run_id,
            path=said.place.path,
            attempt=said.place.attempt,
            offset=said.start,
            text=None if self.redacted else said.text,
            cut=said.cut,
            redacted=self.redacted,
        )


def follow_both(
    held: Resources, log: Log, after: int, texts: Texts | None, idle_seconds: float
) -> AsyncGenerator[Batch | Words]:
    """What the log gives, and what is said meanwhile, until the log has ended."""
    batches = follow(held, log, after, idle_seconds)
    return batches if texts is None else interleave(batches, listen(held, texts))


async def listen(held: Resources, texts: Texts) -> AsyncGenerator[Words]:
    """What is being said, for as long as somebody asks."""
    places: Places = None
    with held.feed.subscribe(topic_of(texts.run_id)) as news:
        while True:
            news.clear()
            # A read that began under the same count of news is as new as one that would begin now.
            words: Words = await held.together.fetch((texts, places, held.feed.told), partial(texts.read, held, places))
            places = words.places
            if words.deltas:
                yield words
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), POLL_SECONDS)
