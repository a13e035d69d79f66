"""The tour of the README, typed into a shell in an empty folder."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.e2e.test_backend_engineer import free_ports
from tests.support.dev import plait_dev

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
STARTS = "plait new approval"


def typed() -> str:
    """What the tour types once `plait dev` runs."""
    blocks = BLOCK.findall(README.read_text())
    first = next(at for at, block in enumerate(blocks) if block.startswith(STARTS))
    return "set -e\n" + "\n".join(blocks[first:])


@pytest.mark.timeout(180)
async def test_the_tour_of_the_readme_works_as_it_is_typed(short_dir: Path) -> None:
    ports = free_ports()
    folder = short_dir / "empty"
    folder.mkdir()
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    async with plait_dev(short_dir / "data", ports) as dev:
        shell = await asyncio.create_subprocess_exec(
            "bash", "-c", typed().replace("http://127.0.0.1:8000", dev.url),
            cwd=folder, env={**os.environ, "PATH": path, "PLAIT_URL": dev.url, "COLUMNS": "160"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await asyncio.wait_for(shell.communicate(), 100)
    said = told.decode()
    assert shell.returncode == 0, said
    for promised in ("expense.yaml: valid, 3 nodes", "as version 1", "Waiting for finance", "completed", '"paid": 900'):
        assert promised in said, said
