"""What every command pays for before it does anything."""

import subprocess
import sys

HEAVY = ("pydantic", "pydantic_settings", "temporalio", "asyncpg", "fastapi", "api", "worker", "activities")


def test_no_command_waits_for_libraries_that_only_some_commands_need() -> None:
    asked = f"import sys, plait.cli.app; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
