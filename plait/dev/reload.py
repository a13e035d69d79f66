"""Restarts worker and API when a source file changes, for people who work on Plait or on tools."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from plait.dev.stack import Stack

PACKAGES = ("activities", "api", "interpreter", "plait", "worker")
SOURCES = (".py", ".sql")


async def restart_on_change(stack: Stack, report: Callable[[str], None]) -> None:
    """Look once a second; a thousand files cost a few milliseconds."""
    root = Path(__file__).parents[2]
    before = await asyncio.to_thread(snapshot, root)
    while True:
        await asyncio.sleep(1)
        now = await asyncio.to_thread(snapshot, root)
        if changed := sorted(path for path in now.keys() | before.keys() if now.get(path) != before.get(path)):
            report(f"{Path(changed[0]).relative_to(root)} changed; restarting worker and API")
            before = now
            await asyncio.gather(*(stack.children[name].restart() for name in ("worker", "api")))


def snapshot(root: Path) -> dict[str, int]:
    """When each source file was last written."""
    return {
        str(path): path.stat().st_mtime_ns
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.suffix in SOURCES
    }
