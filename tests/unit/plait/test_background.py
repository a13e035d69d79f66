import asyncio

import pytest

from plait.background import beside


async def test_what_goes_on_beside_a_block_is_over_when_the_block_is() -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.append("ended")

    async with beside(work(), "work"):
        await asyncio.sleep(0)
        assert seen == ["began"]
    assert seen == ["began", "ended"]


async def test_what_the_work_failed_with_is_told_at_the_end_of_the_block() -> None:
    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        async with beside(work(), "work"):
            await asyncio.sleep(0)
