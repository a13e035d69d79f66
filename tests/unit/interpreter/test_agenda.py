"""The simulator's clock: what happens next, and what does not happen any more."""

from interpreter.messages import NodeCompleted, Result, Resumed, TimerFired
from interpreter.simulate.agenda import Agenda

DONE, FIRED = NodeCompleted(0, 1, Result()), TimerFired(0, 1)


def test_what_is_due_first_happens_first_and_of_one_moment_a_timer_last() -> None:
    agenda = Agenda()
    agenda.add(2, Resumed())
    agenda.add(1, FIRED)
    agenda.add(1, DONE)
    assert [agenda.take().event for _ in range(3)] == [DONE, FIRED, Resumed()]
    assert not agenda


def test_what_was_dropped_does_not_happen() -> None:
    agenda = Agenda()
    agenda.add(1, DONE)
    agenda.add(2, Resumed())
    agenda.drop(0, 0)
    assert agenda
    assert agenda.take().event == Resumed()
    assert not agenda


def test_timers_may_be_dropped_alone() -> None:
    agenda = Agenda()
    agenda.add(1, FIRED)
    agenda.add(2, DONE)
    agenda.drop(0, 0, only_timers=True)
    assert agenda.take().event == DONE
