"""Work aside: done, limited, and done again when a process dies."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from api.compute import Computer
from plait.errors import Invalid


@pytest.fixture
def computer() -> Iterator[Computer]:
    """Processes that end with the test."""
    computer = Computer()
    yield computer
    computer.close()


def spin() -> None:
    while True:
        pass


def refuse() -> None:
    raise Invalid("no", code="input_invalid", live=1)


async def test_work_is_done_in_another_process(computer: Computer) -> None:
    assert await computer.compute(2, os.getpid) != os.getpid()


async def test_work_without_end_is_refused_and_the_next_is_done(computer: Computer) -> None:
    with pytest.raises(Invalid, match="the limit here"):
        await computer.compute(0.2, spin)
    assert await computer.compute(2, abs, -1) == 1


async def test_waiting_costs_no_time_of_the_limit(computer: Computer) -> None:
    await computer.compute(0.2, time.sleep, 0.5)


async def test_an_error_comes_back_whole(computer: Computer) -> None:
    with pytest.raises(Invalid) as caught:
        await computer.compute(2, refuse)
    assert (caught.value.code, caught.value.facts) == ("input_invalid", {"live": 1})


# The standard library's pool may fail the same call twice when a process of it is killed, in a thread of its own.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_work_goes_on_after_a_process_was_killed(computer: Computer) -> None:
    os.kill(await computer.compute(2, os.getpid), signal.SIGKILL)
    assert await computer.compute(2, abs, -1) == 1
