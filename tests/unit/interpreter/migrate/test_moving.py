"""Random runs of nested regions that go on under another version."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from interpreter.messages import Command
from interpreter.snapshot import snapshot
from tests.support.random_graphs import Wishes, a_random_run
from tests.support.random_runs import Watched
from tests.unit.interpreter.migrate.moving import ById, Moving, carried, is_at_rest

ORDERLY = Wishes(cancel_rest=False, ends=False, reading_guards=False, timing=False)
BLOCK = 50


class Unmoved(Watched):
    """After every step the run is carried over to its own version."""

    carries = 0

    def _watch(self, act: Callable[[], list[Command]]) -> None:
        super()._watch(act)
        state = self.world.state
        if is_at_rest(state):
            self.carries += 1
            there = carried(self.plan, replace(self.plan, hash="other"), state)
            assert snapshot(there) == snapshot(state)


@pytest.mark.parametrize("first", range(0, 150, BLOCK))
def test_to_go_on_under_an_equal_version_changes_nothing(first: int) -> None:
    carries = 0
    for seed in range(first, first + BLOCK):
        run = Unmoved(*a_random_run(seed, Wishes()), Random(seed))
        run.run()
        carries += run.carries
    assert carries > BLOCK


@pytest.mark.parametrize("first", range(0, 300, BLOCK))
def test_a_run_that_is_given_more_to_do_ends_as_one_that_had_it_from_the_start(first: int) -> None:
    moved = 0
    for seed in range(first, first + BLOCK):
        plan, script = a_random_run(seed, ORDERLY)
        run = Moving(plan, script, Random(seed), move_at=seed % 7)
        run.run()
        if run.moved_to is None:
            continue
        moved += 1
        fresh = ById(run.moved_to, script, Random(seed)).run()
        assert run.ending == fresh.ending, seed
        assert fresh.ending != "completed" or run.statuses == fresh.statuses, seed
    assert moved > BLOCK // 3
