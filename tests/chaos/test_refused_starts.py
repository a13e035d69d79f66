"""A `plait dev` that cannot start says why and what to do, in one sentence, and leaves nothing behind."""

import asyncio
import os
import socket
from pathlib import Path

from tests.support.dev import Dev, dev_command, free_ports, processes_of


async def refused(directory: Path, ports: tuple[int, int, int], environment: dict[str, str] | None = None) -> str:
    """What a start that has to fail says on standard error."""
    process = await asyncio.create_subprocess_exec(
        *dev_command(directory, ports),
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode == 1
    assert said.startswith(b"Error: ")
    assert said.count(b"\n") == 1
    return said.decode()


async def test_a_second_start_on_the_same_directory_is_told_of_the_first(dev: Dev) -> None:
    for ports in (dev.ports, free_ports()):
        said = await refused(dev.directory, ports)
        assert said == (
            f"Error: Another `plait dev` runs on {dev.directory}: stop it, or name another with --data-dir.\n"
        )
    await dev.wait_ready()


async def test_a_port_in_use_is_named_with_its_option(short_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for place, option in enumerate(("--port", "--temporal-port", "--ui-port")):
            ports = list(free_ports())
            ports[place] = taken.getsockname()[1]
            said = await refused(short_dir / "data", (ports[0], ports[1], ports[2]))
            assert f"Port {ports[place]} " in said
            assert f"choose another with {option}." in said
    assert processes_of(short_dir) == []


async def test_a_directory_of_another_layout_is_refused_as_it_is(short_dir: Path) -> None:
    (short_dir / "LAYOUT").write_text("0\n")
    said = await refused(short_dir, free_ports())
    assert "(layout 0, this one is 1): name another with --data-dir" in said
    assert [file.name for file in short_dir.iterdir()] == ["LAYOUT"]


async def test_data_of_another_postgres_is_refused_as_it_is(short_dir: Path) -> None:
    version = short_dir / "data" / "postgres" / "data" / "PG_VERSION"
    version.parent.mkdir(parents=True)
    version.write_text("15\n")
    said = await refused(short_dir / "data", free_ports())
    assert "was made by Postgres 15 and this Plait runs 18: use another data directory" in said
    assert [file.name for file in version.parent.iterdir()] == ["PG_VERSION"]
    assert processes_of(short_dir) == []


async def test_a_temporal_that_does_not_exist_is_named_with_the_mend(short_dir: Path) -> None:
    said = await refused(short_dir / "data", free_ports(), {"PLAIT_TEMPORAL_CLI": "/nowhere/temporal"})
    assert "PLAIT_TEMPORAL_CLI names /nowhere/temporal, which does not run. Install Temporal's CLI" in said
    assert processes_of(short_dir) == []
