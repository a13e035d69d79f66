"""Limits of providers of models, over all workers."""

import asyncio

import pytest

from plait.clock import new_id
from plait.store.pool import Pool
from plait.store.rate_limits import Admission, admit, correct, hold


@pytest.fixture
def bucket() -> str:
    """A key of the test's own."""
    return f"openai {new_id()}"


async def let_through(pool: Pool, bucket: str, count: int, a_minute: int, longest: float = 600) -> list[float]:
    """What so many calls at once have to wait, the shortest first."""
    asked = await asyncio.gather(*(admit(pool, bucket, 60 / a_minute, 0, longest) for _ in range(count)))
    assert all(each.admitted for each in asked)
    return sorted(each.wait for each in asked)


async def test_as_many_as_a_minute_allows_go_at_once_and_the_others_as_it_flows_in(pool: Pool, bucket: str) -> None:
    waits = await let_through(pool, bucket, 6, a_minute=2)
    assert waits[:2] == [0.0] * 2
    assert waits[2:] == pytest.approx([30, 60, 90, 120], abs=10)


async def test_who_would_wait_for_too_long_takes_no_place(pool: Pool, bucket: str) -> None:
    await let_through(pool, bucket, 2, a_minute=2)
    refused = [await admit(pool, bucket, 30, 0, 5) for _ in range(3)]
    assert [each.admitted for each in refused] == [False] * 3
    assert [each.wait for each in refused] == pytest.approx([30] * 3, abs=10)


async def test_tokens_are_set_right_by_what_a_call_took(pool: Pool, bucket: str) -> None:
    assert (await admit(pool, bucket, 0, 10, 5)).admitted
    await correct(pool, bucket, 50)
    full = await admit(pool, bucket, 0, 10, 5)
    assert not full.admitted
    await correct(pool, bucket, -30)
    assert (await admit(pool, bucket, 0, 10, 5)).admitted


async def test_all_that_wait_for_a_provider_come_one_after_another(pool: Pool, bucket: str) -> None:
    await hold(pool, bucket, 100)
    loop, due = asyncio.get_running_loop(), list[float]()
    for _ in range(41):
        due.append(loop.time() + (await admit(pool, bucket, 0, 0, 200)).wait)
    assert due[0] - loop.time() == pytest.approx(100, abs=20)
    assert due[-1] - due[0] > 1
    assert not (await admit(pool, bucket, 0, 0, 5)).admitted


async def test_a_provider_that_wants_to_be_left_alone_for_less_does_not_shorten_it(pool: Pool, bucket: str) -> None:
    await hold(pool, bucket, 30)
    await hold(pool, bucket, 1)
    assert (await admit(pool, bucket, 0, 0, 5)).wait > 25


async def test_what_is_not_limited_is_let_through_and_writes_nothing(pool: Pool, bucket: str) -> None:
    assert await admit(pool, bucket, 0, 0, 0) == Admission(admitted=True, wait=0)
    assert await pool.fetchval("select count(*) from rate_limits where bucket = $1", bucket) == 0


async def test_a_wait_that_is_over_holds_nobody_up(pool: Pool, bucket: str) -> None:
    await hold(pool, bucket, 0.05)
    await asyncio.sleep(0.1)
    assert await admit(pool, bucket, 0, 0, 0) == Admission(admitted=True, wait=0)
