"""Two sources read as one."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from api.events.interleave import interleave


async def gives(*values: int, closed: list[str] | None = None, then: float = 0.0) -> AsyncGenerator[int]:
    """These, then nothing for so long, then the end."""
    try:
        for value in values:
            yield value
        await asyncio.sleep(then)
    finally:
        if closed is not None:
            closed.append("closed")


async def test_it_ends_with_the_main_source_and_closes_the_other() -> None:
    closed: list[str] = []
    both = interleave(gives(1, 2), gives(10, closed=closed, then=60))
    assert sorted([value async for value in both]) == [1, 2, 10]
    assert closed == ["closed"]


async def test_it_goes_on_when_the_other_has_ended() -> None:
    assert sorted([value async for value in interleave(gives(1, 2, then=0.02), gives(10))]) == [1, 2, 10]


async def test_of_what_is_there_at_once_the_other_comes_first() -> None:
    both = interleave(gives(1), gives(10, then=60))
    assert await anext(both) == 10
    await both.aclose()


async def test_a_failure_of_either_is_the_reader_s() -> None:
    async def fails() -> AsyncGenerator[int]:
        raise OSError("away")
        yield 1

    with pytest.raises(OSError, match="away"):
        _ = [value async for value in interleave(gives(then=60), fails())]


async def test_a_reader_that_leaves_closes_both() -> None:
    closed: list[str] = []
    both = interleave(gives(1, closed=closed, then=60), gives(2, closed=closed, then=60))
    await anext(both)
    await both.aclose()
    assert closed == ["closed", "closed"]
