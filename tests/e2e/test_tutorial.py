"""The tutorial, typed into a shell in an empty folder, with the files that it says."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.e2e.test_backend_engineer import free_ports
from tests.support.dev import plait_dev

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-agent.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILES = {"python": "desk.py", "yaml": "answer.yaml", "json": "questions.jsonl"}
STARTS = "plait apply"


@pytest.mark.timeout(180)
async def test_the_tutorial_of_the_first_agent_works_as_it_is_typed(short_dir: Path) -> None:
    folder = short_dir / "desk"
    folder.mkdir()
    blocks = BLOCK.findall(PAGE.read_text())
    for language, text in blocks:
        if language in FILES:
            (folder / FILES[language]).write_text(text)
    shell = [text for language, text in blocks if language == "sh"]
    typed = "set -e\n" + "\n".join(shell[next(at for at, text in enumerate(shell) if text.startswith(STARTS)) :])
    said = {"PYTHONPATH": str(folder), "PLAIT_TOOLS": "desk", "PLAIT_MODEL_ALIASES": "fast=local:demo,smart=local:demo"}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    async with plait_dev(short_dir / "data", free_ports(), said) as dev:
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", typed,
            cwd=folder, env={**os.environ, "PATH": path, "PLAIT_URL": dev.url, "COLUMNS": "160"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 0, told.decode()
    for promised in ("desk.turn~1.find_order~1", "waiting", '"refund": 1', "2 of 2 done", "0.500"):
        assert promised in told.decode(), told.decode()
