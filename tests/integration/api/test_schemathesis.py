"""What the description promises holds for thousands of requests nobody would write by hand."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

EXAMPLES = "15"


@pytest.fixture
async def address(database: str, tmp_path: Path) -> AsyncIterator[str]:
    """`plait api` as a process of its own, without Temporal."""
    environment = os.environ | {
        "PLAIT_DATABASE_URL": database,
        "PLAIT_TEMPORAL_ADDRESS": "127.0.0.1:1",
        "PLAIT_PORT": "0",
        "PLAIT_FILES_DIR": str(tmp_path),
        "PLAIT_LOG_FORMAT": "text",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "plait.cli", "api", env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = b""
    while (found := re.search(rb"answering on (http://\S+)", said)) is None:
        line = await asyncio.wait_for(process.stderr.readline(), 60)
        assert line, said.decode()
        said += line
    log = asyncio.create_task(process.stderr.read())
    yield found[1].decode()
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0, (await log).decode()[-4000:]


@pytest.mark.timeout(600)
async def test_every_operation_keeps_to_its_description(address: str, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"{address}/api/v1/openapi.json",
        *("--max-examples", EXAMPLES, "--seed", "7", "--no-color"),
        *("--exclude-checks", "positive_data_acceptance"),  # a body may be an object and still no workflow
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()[-20_000:]
