"""The rules on thousands of random graphs, each with random orders of what happens."""

import os
import subprocess
import sys
from random import Random

import pytest

from tests.support.random_graphs import Wishes, a_random_run
from tests.support.random_runs import Watched

SEEDS = 3_000
BLOCK = 500
BLOCKS = [pytest.param(range(start, start + BLOCK), id=f"{start}-{start + BLOCK}") for start in range(0, SEEDS, BLOCK)]
ANYTHING = Wishes()
ORDERLY = Wishes(cancel_rest=False, ends=False, reading_guards=False)
"""What leaves the end independent of the order: nothing that cancels, nothing that looks at what may not have settled."""


@pytest.mark.parametrize("seeds", BLOCKS)
def test_no_run_is_stuck_and_every_promise_holds_at_every_step(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed, ANYTHING)
        Watched(plan, script, Random(seed), repeats=True).run()


@pytest.mark.parametrize("seeds", BLOCKS)
def test_the_end_does_not_depend_on_the_order_of_completion(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed, ORDERLY)
        first, *others = [Watched(plan, script, Random(order)).run() for order in range(3)]
        for other in others:
            assert other.ending == first.ending, seed
            assert first.ending != "completed" or other.statuses == first.statuses, seed


@pytest.mark.parametrize("seeds", BLOCKS[:2])
def test_a_run_can_be_cancelled_at_every_step(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed, ANYTHING)
        for step in range(30):
            watched = Watched(plan, script, Random(seed), cancel_at=step).run()
            if not watched.cancelled:
                break


@pytest.mark.parametrize("seeds", BLOCKS[:2])
def test_a_run_that_is_saved_and_read_back_at_every_step_goes_on_as_if_it_had_not_been(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed, ANYTHING)
        plain = Watched(plan, script, Random(seed)).run()
        saved = Watched(plan, script, Random(seed), saves=True).run()
        assert saved.commands == plain.commands, seed


def test_the_order_of_commands_is_the_same_in_every_process() -> None:
    assert commands_under("1") == commands_under("2")


def commands_under(hash_seed: str) -> str:
    code = (
        "from random import Random\n"
        "from tests.support.random_graphs import Wishes, a_random_run\n"
        "from tests.support.random_runs import Watched\n"
        "for seed in range(100): print(Watched(*a_random_run(seed, Wishes()), Random(seed)).run().commands)\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout
