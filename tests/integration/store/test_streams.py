"""What nodes say, as it is kept for those who watch."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plait.clock import new_id, now
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from plait.store.streams import Piece, Speaker, read_said, sweep, write_pieces
from tests.support.runs import PROJECT, a_run, completed, started

pytestmark = pytest.mark.asyncio(loop_scope="session")


def a_speaker(run_id: Any = None, path: str = "n") -> Speaker:
    return Speaker(run_id or new_id(), path, 1, 1)


async def say(pool: Pool, speaker: Speaker, start: int, text: str, **said: Any) -> None:
    await write_pieces(pool, [Piece(PROJECT, speaker, start, text, **said)])


async def test_a_reader_gets_what_lies_behind_its_places_and_nothing_twice(pool: Pool) -> None:
    speaker = a_speaker()
    await say(pool, speaker, 0, "Grüße, ")
    places, (first,) = await read_said(pool, PROJECT, speaker.run_id, None)
    await say(pool, speaker, 7, "wo")
    await say(pool, speaker, 9, "rld 🌍", cut=True)
    places, (second,) = await read_said(pool, PROJECT, speaker.run_id, places)
    assert (first.start, first.text, first.cut) == (0, "Grüße, ", False)
    assert (second.start, second.text, second.cut) == (7, "world 🌍", True)
    assert await read_said(pool, PROJECT, speaker.run_id, places) == (places, [])


@pytest.mark.parametrize("newer", [{"generation": 2}, {"attempt": 2}, {"part": 2}])
async def test_a_newer_text_of_a_path_takes_the_place_of_the_older_one_from_its_beginning(
    pool: Pool, newer: dict[str, int]
) -> None:
    old = a_speaker()
    await say(pool, old, 0, "half an ans")
    places, _ = await read_said(pool, PROJECT, old.run_id, None)
    await say(pool, replace(old, **newer), 0, "An answer")
    await say(pool, old, 11, "wer, too late")
    _, (found,) = await read_said(pool, PROJECT, old.run_id, places)
    assert (found.start, found.text) == (0, "An answer")


async def test_an_attempt_and_its_successor_may_speak_in_one_write(pool: Pool) -> None:
    zombie = a_speaker()
    successor, other = replace(zombie, attempt=2), a_speaker(zombie.run_id, "other")
    await write_pieces(pool, [Piece(PROJECT, one, 0, str(one.attempt)) for one in (successor, zombie, other)])
    _, said = await read_said(pool, PROJECT, zombie.run_id, None)
    assert {one.place.path: one.text for one in said} == {"n": "2", "other": "1"}


async def test_a_piece_that_is_written_again_after_a_lost_answer_counts_once(pool: Pool) -> None:
    speaker = a_speaker()
    await say(pool, speaker, 0, "once")
    await say(pool, speaker, 0, "once")
    _, (found,) = await read_said(pool, PROJECT, speaker.run_id, None)
    assert (found.text, found.place.length) == ("once", 4)


async def test_many_nodes_speak_in_one_write(pool: Pool) -> None:
    run_id = new_id()
    await write_pieces(pool, [Piece(PROJECT, a_speaker(run_id, f"each.{n}"), 0, str(n)) for n in range(100)])
    _, said = await read_said(pool, PROJECT, run_id, None)
    assert {one.place.path: one.text for one in said} == {f"each.{n}": str(n) for n in range(100)}


async def test_what_is_said_belongs_to_its_project(pool: Pool) -> None:
    speaker = a_speaker()
    await say(pool, speaker, 0, "ours")
    assert await read_said(pool, "another", speaker.run_id, None) == ((), [])


async def test_who_comes_after_the_end_of_a_node_is_not_told_what_it_said_and_who_watched_gets_the_last_words(
    pool: Pool, recorder: Recorder
) -> None:
    run_id = await a_run(pool, status="running")
    speaker = a_speaker(run_id)
    await recorder.put(started(run_id, "n"))
    await say(pool, speaker, 0, "almost ")
    places, _ = await read_said(pool, PROJECT, run_id, None)
    await say(pool, speaker, 7, "done")
    await recorder.put(completed(run_id, "n"))
    _, (last,) = await read_said(pool, PROJECT, run_id, places)
    assert last.text == "done"
    assert (await read_said(pool, PROJECT, run_id, None))[1] == []


async def test_a_text_is_kept_while_its_node_works_and_forgotten_after_its_end(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool, status="running")
    await recorder.put(started(run_id, "ended"))
    await recorder.put(completed(run_id, "ended"))
    await recorder.put(started(run_id, "works"))
    of_no_run = a_speaker()
    for speaker in (a_speaker(run_id, "ended"), a_speaker(run_id, "works"), of_no_run):
        await say(pool, speaker, 0, "text")
    await sweep(pool, now() - timedelta(minutes=1))
    assert await paths(pool, run_id) == ["ended", "works"]
    await sweep(pool, now() + timedelta(minutes=1))
    assert await paths(pool, run_id) == ["works"]
    assert await paths(pool, of_no_run.run_id) == []


async def test_what_a_dead_attempt_said_goes_with_its_node(pool: Pool, recorder: Recorder) -> None:
    run_id = await a_run(pool, status="running")
    await recorder.put(completed(run_id, "n", attempt=2))
    await say(pool, a_speaker(run_id), 0, "first")
    await say(pool, replace(a_speaker(run_id), attempt=2), 0, "second")
    await sweep(pool, now() + timedelta(minutes=1))
    await say(pool, a_speaker(run_id), 5, "and a zombie")
    await pool.execute("delete from streams where run_id = $1", run_id)
    await sweep(pool, now() + timedelta(minutes=1))
    assert await paths(pool, run_id) == []


async def paths(pool: Pool, run_id: Any) -> list[str]:
    """Of which paths anything is kept."""
    rows = await pool.fetch("select distinct path from stream_pieces where run_id = $1 order by path", run_id)
    return [row["path"] for row in rows]
