"""The rules on thousands of random graphs of nested regions, each with random orders of what happens."""

import os
import subprocess
import sys
from random import Random
from typing import Any

import pytest

from tests.support.random_graphs import Wishes, a_random_run
from tests.support.random_runs import Watched

BLOCK = 125
ANYTHING = Wishes()
ORDERLY = Wishes(cancel_rest=False, ends=False, reading_guards=False, timing=False)
"""What leaves the end independent of the order: nothing that cancels, nothing that looks at what may not have settled."""


def blocks(seeds: int) -> list[Any]:
    """So many seeds in the ordinary run; with `-m full` so many times as many again."""
    ordinary = [(start, BLOCK, ()) for start in range(0, seeds, BLOCK)]
    more = [(start, 20 * BLOCK, pytest.mark.full) for start in range(seeds, MORE * seeds, 20 * BLOCK)]
    spans = ((range(start, start + size), marks) for start, size, marks in (*ordinary, *more))
    return [pytest.param(span, id=f"{span.start}-{span.stop}", marks=marks) for span, marks in spans]


MORE = 40


@pytest.mark.parametrize("seeds", blocks(1_000))
def test_no_run_is_stuck_and_every_promise_holds_at_every_step(seeds: range) -> None:
    for seed in seeds:
        Watched(*a_random_run(seed, ANYTHING), Random(seed), repeats=True).run()


@pytest.mark.parametrize("seeds", blocks(500))
def test_the_end_does_not_depend_on_the_order_of_completion(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed, ORDERLY)
        first, *others = [Watched(plan, script, Random(order)).run() for order in range(3)]
        for other in others:
            assert other.ending == first.ending, seed
            assert first.ending != "completed" or other.statuses == first.statuses, seed


@pytest.mark.parametrize("seeds", blocks(500))
def test_a_run_can_be_cancelled_at_every_step(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed // 10, ANYTHING)
        Watched(plan, script, Random(seed // 10), cancel_at=3 * (seed % 10), repeats=True).run()


@pytest.mark.parametrize("seeds", blocks(250))
def test_a_runs_deadline_may_pass_at_every_step(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed // 10, ANYTHING)
        Watched(plan, script, Random(seed // 10), deadline_at=3 * (seed % 10)).run()


@pytest.mark.parametrize("seeds", blocks(500))
def test_people_may_move_any_node_at_every_step(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed // 2, ANYTHING)
        cancel_at = seed % 40 if seed % 3 == 0 else None
        Watched(plan, script, Random(seed), cancel_at=cancel_at, repeats=True, meddles=True).run()


@pytest.mark.parametrize("seeds", blocks(250))
def test_people_may_pause_step_and_cancel_at_every_step_and_the_run_ends_once_it_goes_on(seeds: range) -> None:
    for seed in seeds:
        plan, script = a_random_run(seed, ANYTHING)
        cancel_at = seed % 40 if seed % 3 == 0 else None
        Watched(plan, script, Random(seed), cancel_at=cancel_at, repeats=True, controls=True, saves=seed % 5 == 0).run()


@pytest.mark.parametrize("seeds", blocks(250))
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
