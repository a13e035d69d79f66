"""The processes that run programs: how many there are, and what happens when one ends."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from activities.code.sandbox import Limits, Sandbox
from tests.support.nodes import Node
from tests.support.programs import children, failure


async def test_many_programs_at_once_share_a_bounded_number_of_processes() -> None:
    sandbox, before = Sandbox(processes=2), set(children())
    nodes = [Node("code", sandbox=sandbox) for _ in range(100)]
    results = await asyncio.gather(*(node.run({"source": "n * 2", "inputs": {"n": n}}) for n, node in enumerate(nodes)))
    assert results == [n * 2 for n in range(100)]
    assert len(set(children()) - before) == 2
    sandbox.close()


async def test_a_cancelled_program_ends_at_once_and_gives_its_place_to_the_next() -> None:
    sandbox = Sandbox(Limits(seconds=60), processes=1)
    endless = asyncio.create_task(Node("code", sandbox=sandbox).run({"source": "while True: pass"}))
    queued = asyncio.create_task(Node("code", sandbox=sandbox).run({"source": "while True: pass"}))
    await asyncio.sleep(0.2)
    for task in (queued, endless):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5):
        assert await Node("code", sandbox=sandbox).run({"source": "1 + 1"}) == 2
    sandbox.close()


async def test_a_program_whose_process_is_killed_may_be_tried_again_and_the_next_one_works() -> None:
    sandbox = Sandbox(Limits(seconds=60), processes=1)
    before = set(children())
    running = asyncio.create_task(failure(Node("code", sandbox=sandbox), "while True: pass"))
    await asyncio.sleep(0.2)
    (process,) = set(children()) - before
    os.kill(process, signal.SIGKILL)
    error = await running
    assert (error.type, error.category, error.retryable) == ("CodeCrashed", "platform", True)
    assert await Node("code", sandbox=sandbox).run({"source": "1 + 1"}) == 2
    sandbox.close()


async def test_a_process_that_is_killed_between_two_programs_is_not_noticed() -> None:
    sandbox = Sandbox(processes=1)
    before = set(children())
    await Node("code", sandbox=sandbox).run({"source": "1"})
    for process in set(children()) - before:
        os.kill(process, signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert await Node("code", sandbox=sandbox).run({"source": "1 + 1"}) == 2
    sandbox.close()


async def test_no_process_is_started_before_the_first_program() -> None:
    before = set(children())
    sandbox = Sandbox()
    assert set(children()) == before
    sandbox.close()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows the environment of a process")
async def test_the_process_of_a_program_gets_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAIT_SECRET_KEY", "hunter2")
    sandbox, before = Sandbox(processes=1), set(children())
    await Node("code", sandbox=sandbox).run({"source": "1"})
    (process,) = set(children()) - before
    assert b"hunter2" not in Path(f"/proc/{process}/environ").read_bytes()
    sandbox.close()
