"""The command line as a person types it: a process of its own, told where the API is."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.live import Live


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """A folder to type commands in."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def of(cls, live: Live, folder: Path, **more: str) -> "Shell":
        """One that reaches this API."""
        return cls(folder, {"PLAIT_URL": f"http://127.0.0.1:{live.port}", "COLUMNS": "100", **more})

    async def plait(self, *words: str, stdin: str = "") -> Said:
        """Run a command to its end."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "plait.cli", *words,
            cwd=self.folder, env=os.environ | self.environment, stdin=pipe, stdout=pipe, stderr=pipe,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 60)
        return Said(process.returncode or 0, out.decode(), err.decode())

    def write(self, name: str, text: str) -> str:
        """A file in the folder; its name."""
        (self.folder / name).write_text(text)
        return name
