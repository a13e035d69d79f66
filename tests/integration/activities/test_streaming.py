"""How a worker writes what its nodes say."""

import asyncio
from typing import Any, cast
from uuid import UUID

import pytest

from activities.shell.streaming import LONGEST, OpenStream, Stream, Streams
from interpreter.shell.wire import NodeTask
from plait.clock import new_id
from plait.store.pool import Pool
from plait.store.streams import Said, read_said
from tests.support.runs import PROJECT


class SlowPool:
    """Postgres, as it is when it answers late, or not at all for a while."""

    def __init__(self, pool: Pool, *, seconds: float = 0.0, failures: int = 0) -> None:
        self._pool, self._seconds, self.failures = pool, seconds, failures
        self.writes: list[Any] = []

    async def execute(self, *asked: Any) -> None:
        await asyncio.sleep(self._seconds)
        self.writes.append(asked)
        if len(self.writes) <= self.failures:
            raise OSError("Postgres is away")
        await self._pool.execute(*asked)


@pytest.fixture
def run_id() -> UUID:
    return new_id()


def opened(pool: Any, run_id: UUID, path: str = "n") -> OpenStream:
    return Streams(cast("Pool", pool)).open(NodeTask(str(run_id), PROJECT, "hash", path, path, 1, "", ""), 1)


async def read(pool: Pool, run_id: UUID) -> Said:
    _, (said,) = await read_said(pool, PROJECT, run_id, None)
    return said


async def until(pool: Pool, run_id: UUID, text: str) -> Said:
    """What is said, once it is this."""
    async with asyncio.timeout(5):
        while True:
            _, said = await read_said(pool, PROJECT, run_id, None)
            if said and said[0].text == text:
                return said[0]
            await asyncio.sleep(0.01)


async def test_the_first_word_is_written_at_once_and_those_after_it_together(pool: Pool, run_id: UUID) -> None:
    slow = SlowPool(pool)
    with opened(slow, run_id) as stream:
        for number in range(50):
            stream.say(f"{number} ")
            await asyncio.sleep(0.003)
            if number == 0:
                await until(pool, run_id, "0 ")
        written = len(slow.writes)
    await until(pool, run_id, "".join(f"{number} " for number in range(50)))
    assert 2 <= written <= 5


async def test_a_database_that_is_slow_holds_up_nobody_who_speaks(pool: Pool, run_id: UUID) -> None:
    slow = SlowPool(pool, seconds=0.4)
    clock = asyncio.get_running_loop().time
    with opened(slow, run_id) as stream:
        began = clock()
        for _ in range(1000):
            stream.say("word ")
        assert clock() - began < 0.2
        await asyncio.sleep(0.5)
    await until(pool, run_id, "word " * 1000)
    assert len(slow.writes) <= 2


async def test_what_could_not_be_written_is_written_with_what_follows(pool: Pool, run_id: UUID) -> None:
    away = SlowPool(pool, failures=2)
    with opened(away, run_id) as stream:
        stream.say("lost? ")
        await asyncio.sleep(0.2)
        stream.say("No.")
        await until(pool, run_id, "lost? No.")


async def test_the_end_of_a_text_is_written_after_the_node_has_spoken(pool: Pool, run_id: UUID) -> None:
    with opened(pool, run_id) as stream:
        stream.say("first")
        stream.say(" and last")
    await until(pool, run_id, "first and last")


async def test_a_text_that_begins_anew_takes_the_place_of_what_was_said(pool: Pool, run_id: UUID) -> None:
    with opened(pool, run_id) as stream:
        stream.say("half of what a model sa")
        await until(pool, run_id, "half of what a model sa")
        stream.restart()
        stream.say("all that another said")
    said = await until(pool, run_id, "all that another said")
    assert (said.place.attempt, said.place.part) == (1, 2)


async def test_a_text_is_kept_up_to_its_limit_and_says_that_it_goes_on(pool: Pool, run_id: UUID) -> None:
    with opened(pool, run_id) as stream:
        stream.say("x" * (LONGEST - 1))
        stream.say("yz")
        stream.say("more")
    said = await until(pool, run_id, "x" * (LONGEST - 1) + "y")
    assert said.cut


async def test_a_text_that_is_exactly_at_its_limit_is_whole_until_more_is_said(pool: Pool, run_id: UUID) -> None:
    with opened(pool, run_id) as stream:
        stream.say("x" * LONGEST)
        assert not (await until(pool, run_id, "x" * LONGEST)).cut
        stream.say("y")
    async with asyncio.timeout(5):
        while not (await read(pool, run_id)).cut:
            await asyncio.sleep(0.01)


async def test_what_no_text_of_postgres_may_hold_is_replaced_in_its_place(pool: Pool, run_id: UUID) -> None:
    with opened(pool, run_id) as stream:
        stream.say("a\0b\ud83dc")
    await until(pool, run_id, "a\ufffdb?c")


async def test_many_nodes_of_a_process_are_written_in_few_statements(pool: Pool, run_id: UUID) -> None:
    slow = SlowPool(pool, seconds=0.02)
    streams = Streams(cast("Pool", slow))
    for number in range(200):
        with streams.open(NodeTask(str(run_id), PROJECT, "hash", f"each.{number}", "n", 1, "", ""), 1) as stream:
            stream.say("word")
    async with asyncio.timeout(5):
        while len((await read_said(pool, PROJECT, run_id, None))[1]) < 200:
            await asyncio.sleep(0.01)
    assert len(slow.writes) <= 3


async def test_where_nobody_hears_saying_does_nothing() -> None:
    silent = Stream()
    silent.say("words")
    silent.restart()
