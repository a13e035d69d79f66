"""What many ask for at once is fetched once, and nobody's leaving takes it from the others."""

import asyncio

import pytest

from api.events.together import Together


async def test_those_who_want_the_same_at_once_share_one_fetch() -> None:
    together, calls = Together(), 0

    async def fetch() -> int:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0.01)
        return calls

    assert await asyncio.gather(*(together.fetch("a", fetch) for _ in range(10))) == [1] * 10
    assert await together.fetch("a", fetch) == 2
    assert sorted(await asyncio.gather(together.fetch("a", fetch), together.fetch("b", fetch))) == [4, 4]


async def test_who_leaves_does_not_take_it_from_the_others() -> None:
    together, begun = Together(), asyncio.Event()

    async def fetch() -> str:
        begun.set()
        await asyncio.sleep(0.02)
        return "there"

    first = asyncio.create_task(together.fetch("a", fetch))
    await begun.wait()
    second = asyncio.create_task(together.fetch("a", fetch))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "there"


async def test_a_failure_reaches_all_and_is_not_kept() -> None:
    together = Together()

    async def fail() -> str:
        raise OSError("away")

    async def work() -> str:
        return "there"

    failed = await asyncio.gather(*(together.fetch("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in failed] == [OSError] * 3
    with pytest.raises(OSError, match="away"):
        await together.fetch("a", fail)
    assert await together.fetch("a", work) == "there"
