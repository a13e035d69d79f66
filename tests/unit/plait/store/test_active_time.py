"""The time in which at least one attempt was executing, kept as attempts begin and end."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from plait.clock import new_id
from plait.store.changes import Change, RunRow
from plait.store.ledger import RunNow
from tests.support.runs import NOON, PROJECT, a_node

RUN = new_id()
SECOND = timedelta(seconds=1)
STEPS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), max_size=40)


def begun(path: str, attempt: int, at: int) -> Change:
    """An attempt begins, so many seconds after noon."""
    log = {"attempt": attempt, "status": "running", "started_at": str(at)}
    return changed(path, "running", attempt, at, log)


def ended(path: str, status: str, attempt: int, at: int) -> Change:
    """An attempt ends."""
    return changed(path, status, attempt, at, {"attempt": attempt, "status": status, "completed_at": str(at)})


def changed(path: str, status: str, attempt: int, at: int, log: dict[str, object] | None) -> Change:
    node = a_node(path, status, attempt=attempt)
    node.at, node.attempt_log = NOON + at * SECOND, log
    return Change(RUN, PROJECT, node=node)


@given(STEPS)
def test_it_is_the_union_of_the_attempts_however_they_overlap(steps: list[tuple[int, str]]) -> None:
    run, now, attempts = RunNow(RUN, PROJECT, "pending"), 0, dict.fromkeys("abc", 0)
    active: set[str] = set()
    expected = 0
    for wait, path in steps:
        expected, now = expected + (wait if active else 0), now + wait
        if path in active:
            active.remove(path)
            assert run.apply(ended(path, "retrying", attempts[path], now)).accepted
        else:
            active.add(path)
            attempts[path] += 1
            assert run.apply(begun(path, attempts[path], now)).accepted
    assert run.executing == len(active)
    assert run.active_for + (NOON + now * SECOND - (run.active_at or NOON) if active else timedelta()) == (
        expected * SECOND
    )


def test_the_next_attempt_of_a_lost_one_goes_on_counting() -> None:
    run = RunNow(RUN, PROJECT, "pending")
    for change in (begun("a", 1, 0), begun("a", 2, 30), ended("a", "completed", 2, 40)):
        run.apply(change)
    assert (run.active_for, run.executing) == (40 * SECOND, 0)


def test_what_is_told_late_is_not_counted_twice() -> None:
    run = RunNow(RUN, PROJECT, "pending")
    for change in (begun("a", 1, 0), ended("a", "completed", 1, 10), begun("b", 1, 9), ended("b", "failed", 1, 12)):
        run.apply(change)
    assert run.active_for == 12 * SECOND


def test_nodes_without_attempts_do_not_count() -> None:
    run = RunNow(RUN, PROJECT, "pending")
    run.apply(changed("map", "running", 0, 0, None))
    run.apply(changed("map", "completed", 0, 60, None))
    assert (run.active_for, run.executing) == (timedelta(), 0)


def test_the_end_of_the_run_ends_what_was_still_executing() -> None:
    run = RunNow(RUN, PROJECT, "pending")
    run.apply(begun("a", 1, 0))
    run.apply(Change(RUN, PROJECT, run=RunRow("terminated", NOON + 7 * SECOND)))
    assert (run.active_for, run.executing) == (7 * SECOND, 0)
