"""Workers as processes of their own, next to the API and the servers of a test."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.chaos.story import SLOW_TOOLS
from tests.support.live import Live

WORKER = ("-m", "plait.cli", "worker")
WORKFLOWS, ACTIVITIES = (*WORKER, "--workflows"), (*WORKER, "--activities")
DYING_WORKER = ("-m", "tests.chaos.dying_worker")


@asynccontextmanager
async def worker_process(live: Live, *command: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker of the same installation, with these variables besides; killed at the end if it still runs."""
    settings = live.resources.settings
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(command or WORKER),
        cwd=Path(__file__).parents[2],
        env={
            **os.environ,
            **SLOW_TOOLS,
            "PLAIT_DATABASE_URL": settings.database_url,
            "PLAIT_TEMPORAL_ADDRESS": settings.temporal_address,
            "PLAIT_FILES_DIR": str(live.files_dir),
            **environment,
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def stopped_in_order(process: asyncio.subprocess.Process) -> None:
    """Ask a worker to stop; what it had to write is written when this returns."""
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
