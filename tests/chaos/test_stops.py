"""`plait dev` that is stopped, at any moment and in any way: nothing keeps running, the next start goes on."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from plait.dev.postgres import EmbeddedPostgres
from tests.chaos.story import SLOW_TOOLS, api_at, assert_nothing_lost, begin, save
from tests.support.dev import Dev, dev_command, free_ports, plait_dev, processes_of

NO_PROCESS_WITHIN = 15.0


async def until_none_is_left(directory: Path, within: float = NO_PROCESS_WITHIN) -> None:
    """Return once no process works in this directory; fails naming those that stay."""
    left: list[str] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            while left := processes_of(directory):
                await asyncio.sleep(0.05)
            return
    raise AssertionError("\n".join(left))


@pytest.mark.parametrize(
    "how",
    [signal.SIGKILL, signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)],
    ids=lambda how: how.name,
)
async def test_a_stack_that_ends_leaves_no_process_and_its_run_goes_on_at_the_next_start(
    short_dir: Path, how: signal.Signals
) -> None:
    directory, ports = short_dir / "data", free_ports()
    async with plait_dev(directory, ports, SLOW_TOOLS) as dev, api_at(dev.url) as client:
        await save(client)
        story = await begin(client, directory / "files", "first")
        await story.in_the_middle()
        story.let_go()
        await story.until_completed("after")
        code = await dev.end(how)
        assert code == (-how if how == signal.SIGKILL else 0)
        await until_none_is_left(directory)
    async with plait_dev(directory, ports, SLOW_TOOLS) as dev, api_at(dev.url) as client:
        await replace(story, client=client).end_well()
        await assert_nothing_lost(EmbeddedPostgres(directory / "postgres").app_dsn, story.id)


@pytest.mark.full
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=lambda how: how.name)
async def test_a_node_in_flight_when_the_stack_ends_runs_again_at_the_next_start(
    short_dir: Path, how: signal.Signals
) -> None:
    directory, ports = short_dir / "data", free_ports()
    async with plait_dev(directory, ports, SLOW_TOOLS) as dev, api_at(dev.url) as client:
        await save(client)
        story = await begin(client, directory / "files", "first")
        await story.in_the_middle()
        await dev.end(how)
        await until_none_is_left(directory)
    async with plait_dev(directory, ports, SLOW_TOOLS) as dev, api_at(dev.url) as client:
        await story.called(2, within=45)
        await replace(story, client=client).end_well()
        await assert_nothing_lost(EmbeddedPostgres(directory / "postgres").app_dsn, story.id)


@pytest.mark.parametrize(
    ("how", "begun"),
    [
        (signal.SIGINT, "postgres"),
        (signal.SIGINT, "temporal"),
        (signal.SIGINT, "worker"),
        pytest.param(signal.SIGKILL, "postgres", marks=pytest.mark.full),
        pytest.param(signal.SIGKILL, "worker", marks=pytest.mark.full),
    ],
    ids=str,
)
async def test_an_end_during_the_start_leaves_no_process(short_dir: Path, how: signal.Signals, begun: str) -> None:
    directory = short_dir / "data"
    process = await asyncio.create_subprocess_exec(
        *dev_command(directory, free_ports()),
        start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        while begun not in running_in(directory):
            await asyncio.sleep(0.005)
    os.killpg(process.pid, how)  # as a terminal sends it: to all that it knows of
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, said.decode()) == (-how if how == signal.SIGKILL else 0, "")
    await until_none_is_left(directory)


def running_in(directory: Path) -> dict[str, int]:
    """The children that the supervisor has started so far."""
    try:
        return json.loads((directory / "processes.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}


@pytest.mark.full
async def test_a_stack_whose_directory_was_removed_still_stops_in_order(short_dir: Path) -> None:
    directory = short_dir / "data"
    async with plait_dev(directory, free_ports()) as dev:
        groups = dev.groups
        shutil.rmtree(directory)
        os.kill(groups["temporal"], signal.SIGKILL)
        os.kill(groups["postgres"], signal.SIGKILL)
        await said_by(dev, "temporal cannot be started again")
        assert await dev.end(signal.SIGINT) == 0
        await until_none_is_left(directory)
    assert "Traceback" not in (short_dir / "dev.log").read_text()


async def said_by(dev: Dev, words: str, within: float = 20) -> None:
    """Return once the supervisor has said so."""
    async with asyncio.timeout(within):
        while words not in (dev.directory.parent / "dev.log").read_text():
            await asyncio.sleep(0.05)


async def test_reload_starts_worker_and_api_anew_when_a_source_changes(short_dir: Path) -> None:
    directory = short_dir / "data"
    async with plait_dev(directory, free_ports(), None, "--reload") as dev:
        before = dev.groups
        async with asyncio.timeout(30):
            while dev.groups.get("worker") in {None, before["worker"]}:
                os.utime(Path(__file__).parents[2] / "worker" / "__init__.py")
                await asyncio.sleep(1)
        await dev.wait_for_other("api", before["api"])
        await dev.wait_ready()
        assert {name: dev.groups[name] for name in ("postgres", "temporal")} == {
            name: before[name] for name in ("postgres", "temporal")
        }
