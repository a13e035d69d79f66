"""What nodes say while they work, kept for those who watch until the node has ended.

Places are counted in characters (code points), as Python and Postgres count them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from interpreter.state import FINAL_NODE, FINAL_RUN
from plait.store.notify import CHANNEL, RUNS_AT_ONCE
from plait.store.pool import Pool, to_json
from plait.store.sql import load

MOST_AT_ONCE = RUNS_AT_ONCE
"""Pieces of one write: each may be of a run of its own, and a notification names them all."""

queries = load("streams")


def topic_of(run_id: UUID) -> str:
    """What news of a run's streams come under."""
    return f"said:{run_id}"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose text it is; of two with one path the greater is the newer."""

    run_id: UUID
    path: str
    generation: int
    attempt: int
    part: int = 1

    def again(self) -> "Speaker":
        """The next text of the same attempt."""
        return replace(self, part=self.part + 1)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and where in it that begins. `cut`: nothing comes behind it, though more was said."""

    project: str
    speaker: Speaker
    start: int
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """How far a text was read."""

    path: str
    generation: int
    attempt: int
    part: int
    length: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader has not read of a text: from `start` to the place's end."""

    place: Place
    start: int
    text: str
    cut: bool


async def write_pieces(pool: Pool, pieces: Sequence[Piece]) -> None:
    """Keep the pieces and tell those who watch. At most `MOST_AT_ONCE`, one of each speaker."""
    if not pieces:
        return
    said = [
        {
            "run_id": piece.speaker.run_id,
            "path": piece.speaker.path,
            "project": piece.project,
            "generation": piece.speaker.generation,
            "attempt": piece.speaker.attempt,
            "part": piece.speaker.part,
            "start": piece.start,
            "text": piece.text,
            "cut": piece.cut,
        }
        for piece in pieces
    ]
    topics = dict.fromkeys(topic_of(piece.speaker.run_id) for piece in pieces)
    await pool.execute(queries.write_pieces, to_json(said).decode(), CHANNEL, ",".join(topics))


async def read_said(
    pool: Pool, project: str, run_id: UUID, places: tuple[Place, ...] | None
) -> tuple[tuple[Place, ...], list[Said]]:
    """The places of all texts of a run, and what of them lies behind `places`.

    None is a reader that comes just now: it gets each text from its beginning, and none of nodes that have ended.
    """
    known = places or ()
    rows = await pool.fetch(
        queries.read_streams,
        project,
        run_id,
        [place.path for place in known],
        [place.generation for place in known],
        [place.attempt for place in known],
        [place.part for place in known],
        [place.length for place in known],
        places is None,
        sorted(FINAL_NODE),
    )
    found: list[Place] = []
    said: list[Said] = []
    for row in rows:
        place = Place(row["path"], row["generation"], row["attempt"], row["part"], row["length"])
        found.append(place)
        if row["text"] is not None:
            said.append(Said(place, row["start"], row["text"], row["cut"]))
    return tuple(found), said


async def sweep(pool: Pool, before: datetime) -> None:
    """Forget the texts of what has ended, unless somebody spoke since."""
    await pool.execute(queries.sweep, before, sorted(FINAL_NODE), sorted(FINAL_RUN))
