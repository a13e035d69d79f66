"""Is everything there that Plait needs, and if not, what mends it?"""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import typer

from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused, connected
from plait.errors import NotReady

Finding = tuple[str, bool, str]
"""What was looked at, whether it is well, and what was found or how to mend it."""


def doctor(*, as_json: AsJson = False) -> None:
    """Check this machine and the running API, and say how to mend what is missing."""
    findings = [finding for check in (python, binaries, room, server) for finding in check()]
    if as_json:
        show_json([{"check": name, "ok": well, "detail": detail} for name, well, detail in findings])
    else:
        for name, well, detail in findings:
            console.print("[green]✔[/]" if well else "[red]✘[/]", f"{name}:", end=" ")
            console.print(detail, markup=False)
    if not all(well for _, well, _ in findings):
        raise typer.Exit(1)


def python() -> Iterator[Finding]:
    """The interpreter and Plait itself."""
    yield "Python", sys.version_info >= (3, 11), f"{sys.version.split()[0]} (3.11 or newer is needed)"
    yield "Plait", True, version("plait")


def binaries() -> Iterator[Finding]:
    """What the embedded stack starts."""
    from plait.dev.binary import CLI, MEND
    from plait.dev.golang import kept_path, runs
    from plait.dev.postgres import MAJOR, wheel_binaries

    candidates = (
        os.environ.get("PLAIT_TEMPORAL_CLI"),
        shutil.which("temporal"),
        str(kept_path(CLI, os.environ)),
    )
    found = next((path for path in candidates if path and runs(Path(path))), None)
    builds = shutil.which("go") or shutil.which("uvx")
    detail = found or (
        f"not here yet; the first `plait dev` downloads or builds it with {builds}" if builds else f"{MEND}."
    )
    yield "Temporal's binary", bool(found or builds), detail
    try:
        yield "Postgres", True, f"{MAJOR}, {wheel_binaries()}"
    except NotReady as missing:
        yield "Postgres", False, str(missing)


def room() -> Iterator[Finding]:
    """Space for the data directory."""
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    yield "Disk", free > 1, f"{free:.1f} GiB free" + ("" if free > 1 else "; make room: 1 GiB is the least")


def server() -> Iterator[Finding]:
    """The API, and what stands behind it."""
    with connected() as api:
        try:
            system = api.get("/system")
        except Refused as refusal:
            yield "API", False, str(refusal)
            return
        yield "API", True, api.url
        yield (
            "Workers",
            bool(system["workers"]),
            f"{len(system['workers'])} live" + ("" if system["workers"] else "; start one: plait worker"),
        )
