"""Turns: a bounded number at work, and an answer in time for the others."""

import asyncio

import pytest

from api.http.errors import Refusal
from api.http.turns import Turns


async def test_no_more_are_at_work_than_may_be() -> None:
    turns, at_work, most = Turns(3, 5), 0, 0

    async def work() -> None:
        nonlocal at_work, most
        async with turns.turn():
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 3


async def test_who_waits_too_long_is_told_when_to_come_again_and_takes_no_place() -> None:
    turns = Turns(1, 0.01)
    async with turns.turn():
        with pytest.raises(Refusal) as refused:
            async with turns.turn():
                raise AssertionError
    assert (refused.value.code, refused.value.headers) == ("rate_limited", {"Retry-After": "1"})
    async with turns.turn():
        pass


async def test_a_place_is_free_again_after_a_failure() -> None:
    turns = Turns(1, 0.01)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with turns.turn():
                raise ZeroDivisionError
