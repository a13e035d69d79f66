"""Two sources read as one."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

Main = TypeVar("Main")
Side = TypeVar("Side")


async def interleave(main: AsyncGenerator[Main], side: AsyncGenerator[Side]) -> AsyncGenerator[Main | Side]:
    """What both give, as it comes, until `main` has ended; of what is there at once, `side` first."""
    source = {asyncio.ensure_future(anext(side)): side, asyncio.ensure_future(anext(main)): main}
    try:
        while True:
            done, _ = await asyncio.wait(source, return_when=asyncio.FIRST_COMPLETED)
            for task in [each for each in source if each in done]:
                of = source.pop(task)
                try:
                    found = task.result()
                except StopAsyncIteration:
                    if of is main:
                        return
                    continue
                source[asyncio.ensure_future(anext(of))] = of
                yield found
    finally:
        for task in source:
            task.cancel()
        await asyncio.gather(*source, return_exceptions=True)
        await main.aclose()
        await side.aclose()
