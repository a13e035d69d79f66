"""Tools for tests that kill things: one that says it began and waits to be let go on, one that says it was called."""

import asyncio
import os

from plait.sdk import ToolContext, tool


@tool(idempotent=True)
async def hold_on(context: ToolContext, name: str) -> int:
    """Note the call's idempotency key in `{name}.began`, wait for the file `{name}.go`, note the
    process in `{name}.ended`, and say which process it was.
    """
    folder = context.files.root
    with (folder / f"{name}.began").open("a") as began:
        began.write(f"{context.idempotency_key}\n")
    while not (folder / f"{name}.go").exists():
        await asyncio.sleep(0.02)
    with (folder / f"{name}.ended").open("a") as ended:
        ended.write(f"{os.getpid()}\n")
    return os.getpid()


@tool(idempotent=True)
async def note(context: ToolContext, name: str, value: int) -> int:
    """Note the call's idempotency key in `{name}.noted`, and give the value back."""
    with (context.files.root / f"{name}.noted").open("a") as noted:
        noted.write(f"{context.idempotency_key}\n")
    return value
