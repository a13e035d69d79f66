"""Tools for tests: each does one thing that a workflow has to live with."""

import asyncio
import time
from collections import Counter
from typing import Any

from activities.tools.function import tool_of
from activities.tools.registry import ToolRegistry
from plait.sdk import ToolContext, ToolError, tool

CALLS: Counter[str] = Counter()
"""How often a tool was called in a run, by `{run}/{path}`."""


@tool(name="work", idempotent=True)
async def work(context: ToolContext, value: Any = None) -> Any:
    """Returns what it is given."""
    CALLS[f"{context.run_id}/{context.path}"] += 1
    return value


@tool(name="sleep", idempotent=True)
async def sleep(context: ToolContext, seconds: float) -> float:
    """Takes its time."""
    CALLS[f"{context.run_id}/{context.path}"] += 1
    await asyncio.sleep(seconds)
    return seconds


@tool(name="report", idempotent=True)
async def report(context: ToolContext, times: int, pause: float) -> int:
    """Says how far it is, so many times."""
    for done in range(1, times + 1):
        context.heartbeat(done / times, f"{done} of {times}")
        await asyncio.sleep(pause)
    return times


@tool(name="chatty", idempotent=True)
def chatty(context: ToolContext, lines: int) -> int:
    """Writes lines from a thread of its own; every third is a warning."""
    for number in range(lines):
        context.log(f"line {number}", level="warning" if number % 3 == 2 else "info")
    return lines


@tool(name="block", idempotent=True)
def block(context: ToolContext, seconds: float) -> float:
    """Takes its time in a thread."""
    CALLS[f"{context.run_id}/{context.path}"] += 1
    until = time.monotonic() + seconds
    while time.monotonic() < until and not context.cancelled():
        time.sleep(0.02)
    return seconds


@tool(name="flaky", idempotent=True)
async def flaky(context: ToolContext, failures: int, *, retryable: bool = True) -> int:
    """Fails so many times, then says how often it was called."""
    key = f"{context.run_id}/{context.path}"
    CALLS[key] += 1
    if CALLS[key] <= failures:
        raise ToolError(f"failure {CALLS[key]}", type="Flaky", retryable=retryable)
    return CALLS[key]


@tool(name="quick", idempotent=True, bound=0.05)
async def quick(context: ToolContext, value: Any = None, failures: int = 0, pauses: int = 0) -> Any:
    """Promises to be quick. Fails so many times, and breaks its promise so many times."""
    key = f"{context.run_id}/{context.path}"
    CALLS[key] += 1
    if CALLS[key] <= failures:
        raise ToolError(f"failure {CALLS[key]}", type="Flaky", retryable=True)
    if CALLS[key] <= pauses:
        await asyncio.sleep(1.5)
    return value


@tool(name="forgetful", idempotent=True)
async def forgetful(context: ToolContext) -> None:
    """Does not answer the first time, and refuses after that."""
    key = f"{context.run_id}/{context.path}"
    CALLS[key] += 1
    if CALLS[key] == 1:
        await asyncio.sleep(60)
    raise ToolError("booked already", type="Refused")


@tool(name="book")
async def book(context: ToolContext) -> None:
    """Never answers, and may not be repeated."""
    CALLS[f"{context.run_id}/{context.path}"] += 1
    await asyncio.sleep(60)


@tool(name="big", idempotent=True)
async def big(context: ToolContext, size: int) -> str:
    """A text of so many bytes."""
    CALLS[f"{context.run_id}/{context.path}"] += 1
    return "x" * size


@tool(name="odd", idempotent=True)
async def odd(what: str) -> Any:
    """Something that JSON or Postgres does not have."""
    return {"nan": float("nan"), "surrogate": "\ud800", "nul": "a\x00b", "integer": 10**30}[what]


def registry() -> ToolRegistry:
    """The tools of this file, beside those that come with Plait."""
    tools = ToolRegistry.load()
    for value in list(globals().values()):
        if (found := tool_of(value)) is not None:
            tools.add(found)
    return tools
