"""The garbage collector rests while a plan grows, and only then."""

import gc

from interpreter.plan.collector import collector_paused


def test_the_collector_rests_inside_and_works_again_after() -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_comes_while_it_rests_leaves_it_to_who_stopped_it() -> None:
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_meanwhile_is_old_at_once() -> None:
    with collector_paused():
        made: list[list[int]] = [[]]
    assert not any(one is made[0] for one in gc.get_objects(generation=0))
