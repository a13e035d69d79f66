"""What a node says while it works: text as it comes, for those who watch.

Saying is cheap and never waits. What all streams of a process have to say is written by one task, in one statement:
at once for the first word, then at most every 100 ms a stream. While that statement is under way, or Postgres is
away, the rest joins what waits. The text is a convenience: the node's output has the whole.
"""

import asyncio
import logging
from types import TracebackType
from typing import Self
from uuid import UUID

from activities.storable import storable
from interpreter.shell.wire import NodeTask
from plait.store.pool import Pool
from plait.store.streams import MOST_AT_ONCE, Piece, Speaker, write_pieces

EVERY = 0.1
"""Seconds between two pieces of one stream."""
LONGEST = 1024 * 1024
"""Characters of a text; at its end it says that it is cut, and the rest is not shown."""
AGAIN = 0.5
"""Seconds of rest after a write that failed."""

logger = logging.getLogger("plait.node")


class Stream:
    """What a node says while it works. This one is heard by nobody."""

    def say(self, text: str) -> None:
        """More text."""

    def restart(self) -> None:
        """What was said does not count: the text begins anew, as where a model is asked again in one attempt."""


class OpenStream(Stream):
    """The stream of an attempt, for as long as the block runs."""

    def __init__(self, streams: "Streams", project: str, speaker: Speaker) -> None:
        self._streams, self._project, self._speaker = streams, project, speaker
        self._begin()
        self._timer: asyncio.TimerHandle | None = None

    def _begin(self) -> None:
        self._unwritten: list[str] = []
        self._said = self._written = 0
        """Characters: of the text so far, and of what is with Postgres."""
        self._cut = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._hand_over()

    def say(self, text: str) -> None:
        """More text. What Postgres keeps in no text is replaced, a character by a character."""
        if not text or self._cut:
            return
        room = LONGEST - self._said
        self._cut = len(text) > room
        shown = storable(text[:room])
        self._unwritten.append(shown)
        self._said += len(shown)
        if self._timer is None:
            self._tell()

    def restart(self) -> None:
        """Begin the text anew."""
        if self._said:
            self._speaker = self._speaker.again()
            self._begin()

    def _tell(self) -> None:
        self._timer = None
        if self._unwritten:
            self._hand_over()
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)

    def _hand_over(self) -> None:
        if self._unwritten:
            self._streams.put(self)

    def take(self) -> Piece | None:
        """What is to be written now; None where the text began anew meanwhile."""
        if not self._unwritten:
            return None
        self._unwritten = ["".join(self._unwritten)]
        return Piece(self._project, self._speaker, self._written, self._unwritten[0], cut=self._cut)

    def note_written(self, piece: Piece) -> None:
        """What was taken is with Postgres."""
        if piece.speaker == self._speaker:
            del self._unwritten[0]
            self._written += len(piece.text)


class Streams:
    """Writes what the streams of a process have to say; at work while one has."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: dict[OpenStream, None] = {}
        self._task: asyncio.Task[None] | None = None

    def open(self, task: NodeTask, attempt: int) -> OpenStream:
        """The stream of an attempt."""
        return OpenStream(self, task.project, Speaker(UUID(task.run_id), task.path, task.generation, attempt))

    def put(self, stream: OpenStream) -> None:
        """It has something to say."""
        self._waiting[stream] = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="streams")

    async def _work(self) -> None:
        while self._waiting:
            batch = list(self._waiting)[:MOST_AT_ONCE]
            for stream in batch:
                del self._waiting[stream]
            taken = [(stream, piece) for stream in batch if (piece := stream.take()) is not None]
            try:
                await write_pieces(self._pool, [piece for _, piece in taken])
            except Exception as error:  # noqa: BLE001 - whatever it was, the output will have the whole
                logger.debug("what %d nodes said was not written yet: %s", len(taken), error)
                await asyncio.sleep(AGAIN)
            else:
                for stream, piece in taken:
                    stream.note_written(piece)
