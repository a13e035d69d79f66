"""`python -m benchmarks [--quick] [--json FILE] [names…]`: temporal, large, latency, streams, models, burst, compile, expressions, rules, recorder; all without a name."""

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import recorder
from benchmarks.against_temporal import against_temporal
from benchmarks.bench import stage
from benchmarks.burst import bursts
from benchmarks.compiling import compiling
from benchmarks.expressions import evaluating
from benchmarks.large import Large, large
from benchmarks.latency import latencies
from benchmarks.models import asking_models
from benchmarks.rules import deciding
from benchmarks.streams import streams

console = Console(stderr=True, highlight=False)


def say(what: str) -> None:
    """Tell what is measured now."""
    console.print(what, style="bright_black", markup=False)


async def temporal(*, quick: bool) -> list[dict[str, Any]]:
    """Plait against hand-written workflows, with the ratio to each."""
    async with stage() as prepared:
        found = await against_temporal(prepared, say, quick=quick)
    seconds = {(one.case, one.system): one.seconds for one in found}

    def ratio(case: str, system: str, to: str) -> float | None:
        other = seconds.get((case, to))
        return round(seconds[case, system] / other, 3) if other else None

    return [
        {**asdict(one), **{f"to {to}": ratio(one.case, one.system, to) for to in ("bare", "bare-64", "same")}}
        for one in found
    ]


async def ten_thousand() -> list[Large]:
    """Runs of 10,000 nodes, and small ones of the same shape."""
    async with stage() as prepared:
        return await large(prepared, say)


def measure(name: str, *, quick: bool) -> list[dict[str, Any]]:
    """The rows of one group of measurements."""
    match name:
        case "temporal":
            return asyncio.run(temporal(quick=quick))
        case "large":
            return [asdict(one) for one in asyncio.run(ten_thousand())]
        case "latency":
            return [asdict(one) for one in asyncio.run(latencies())]
        case "burst":
            return [asdict(one) for one in asyncio.run(bursts())]
        case "streams":
            return [asdict(one) for one in asyncio.run(streams())]
        case "models":
            return [asdict(one) for one in asyncio.run(asking_models())]
        case "compile":
            return [asdict(one) for one in compiling()]
        case "expressions":
            return [asdict(one) for one in evaluating()]
        case "rules":
            return [asdict(one) for one in deciding()]
        case _:
            return [asdict(one) for one in asyncio.run(recorder.measure_all(10_000))]


def show(name: str, rows: Sequence[dict[str, Any]]) -> None:
    """The rows as a table."""
    table = Table(*rows[0], title=name, box=None)
    for one in rows:
        table.add_row(*("" if value is None else str(value) for value in one.values()))
    Console(width=160).print(table)


def main() -> int:
    """Measure what was named, show tables, and write everything as JSON where asked."""
    names = (
        "temporal",
        "large",
        "latency",
        "streams",
        "models",
        "burst",
        "compile",
        "expressions",
        "rules",
        "recorder",
    )
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*names, []], default=[])
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--quick", action="store_true", help="of temporal, only the smallest cases")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if load > 0.5 * (os.cpu_count() or 1):
        console.print(
            f"[yellow]The machine is busy (load {load:.1f}): the figures will be worse than they should be.[/]"
        )
    figures: dict[str, list[dict[str, Any]]] = {}
    for name in options.names or names:
        say(f"measuring {name}")
        figures[name] = measure(name, quick=options.quick)
        show(name, figures[name])
    if options.json:
        manifest = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
        options.json.write_text(json.dumps({"manifest": manifest, **figures}, indent=2))
    return 0


if __name__ == "__main__":
    from plait.process import leave

    sys.stdout.flush()
    leave(main())
