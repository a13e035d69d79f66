"""Whoever archives, purges or restores may be killed at any moment: nothing is lost, and the next one goes on."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from plait.archive import Archiver
from plait.clock import now
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.integration.archive.runs import ended_run, everything, row_of
from tests.support.dying import killed_at

Act = Callable[[Archiver, UUID], Coroutine[Any, Any, Any]]
MOMENTS = 400
STEPS = 4
"""Every fourth moment is tried, another quarter of them for each way."""


def archive_due(archiver: Archiver, _run: UUID) -> Coroutine[Any, Any, Any]:
    return archiver.archive_due()


def archive_by_hand(archiver: Archiver, run: UUID) -> Coroutine[Any, Any, Any]:
    return archiver.archive_run("default", run)


def restore(archiver: Archiver, run: UUID) -> Coroutine[Any, Any, Any]:
    return archiver.restore_run("default", run)


async def finish(pool: Pool, archiver: Archiver) -> None:
    """What comes after the kill, once the dead writer's claim has passed."""
    await pool.execute("update archives set claimed_until = $1 where status = 'writing'", now() - timedelta(seconds=1))
    while await archiver.archive_due():
        pass


async def assert_whole(pool: Pool, archiver: Archiver, run: UUID, before: list[Any]) -> None:
    """The run is in the tables as it was, or it is purged whole and comes back as it was."""
    if (await row_of(pool, run))["purged_at"] is not None:
        assert [each["table"] for each in await everything(pool, run)] == ["workflow_runs"]
        assert await archiver.restore_run("default", run)
    assert await everything(pool, run) == before


@pytest.mark.parametrize(("act", "first"), [(archive_due, 0), (archive_by_hand, 1)])
async def test_an_archiver_that_is_killed_loses_nothing(
    pool: Pool, recorder: Recorder, archiver: Archiver, act: Act, first: int
) -> None:
    for step in range(first, MOMENTS, STEPS):
        run = await ended_run(pool, recorder)
        before = await everything(pool, run)
        over = await killed_at(step, act(archiver, run))
        await finish(pool, archiver)
        assert (await row_of(pool, run))["purged_at"] is not None, step
        await assert_whole(pool, archiver, run, before)
        if over:
            return
    pytest.fail("it never came to its end")


async def test_a_restore_that_is_killed_is_done_again(pool: Pool, recorder: Recorder, archiver: Archiver) -> None:
    for step in range(0, MOMENTS, STEPS):
        run = await ended_run(pool, recorder)
        before = await everything(pool, run)
        await archiver.archive_due()
        over = await killed_at(step, restore(archiver, run))
        await assert_whole(pool, archiver, run, before)
        if over:
            return
    pytest.fail("it never came to its end")
