"""How answers are shown: as JSON for machines, as tables and sentences for people."""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from plait.clock import now

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]

PIPED_WIDTH = 200
"""Where nobody looks at the width, nothing is cut for it."""


def width_of_output() -> int | None:
    """The width of what is not a terminal; a terminal says its own."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH


console = Console(highlight=False, soft_wrap=True, width=width_of_output())

COLOURS = {
    "completed": "green",
    "approved": "green",
    "running": "cyan",
    "ready": "cyan",
    "retrying": "yellow",
    "waiting": "yellow",
    "open": "yellow",
    "held": "magenta",
    "failed": "red",
    "rejected": "red",
    "expired": "red",
    "cancelled": "red",
    "terminated": "red",
    "skipped": "bright_black",
    "pending": "bright_black",
}


def show_json(value: Any) -> None:
    """The value as indented JSON on standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()


def show_line(value: Any) -> None:
    """The value as one line of JSON, for streams."""
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")
    sys.stdout.buffer.flush()


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Rows under their heads, a line each; one sentence where there are none.

    A line that is too long is cut at its end. What the next command is given stands at its beginning.
    """
    shown = [[Text.from_markup(cell) for cell in row] for row in rows]
    if not shown:
        console.print(empty)
        return
    lines = [[Text(column, "bold") for column in columns], *shown]
    widths = [max(line[place].cell_len for line in lines) for place in range(len(columns))]
    for cells in lines:
        for cell, width in zip(cells, widths, strict=True):
            cell.pad_right(width - cell.cell_len)
        line = Text("  ").join(cells)
        line.rstrip()
        line.truncate(console.width, overflow="ellipsis")
        console.print(line)


def moment_text(moment: str | None) -> str:
    """A moment as this machine's clock shows it: `14:05` today, else `Nov 24 14:05`."""
    if moment is None:
        return ""
    there = datetime.fromisoformat(moment).astimezone()
    return f"{there:%H:%M}" if there.date() == now().astimezone().date() else f"{there:%b %d %H:%M}"


def status_text(status: str) -> str:
    """A status in its colour."""
    colour = COLOURS.get(status)
    return f"[{colour}]{status}[/]" if colour else status


def duration_text(milliseconds: float | None) -> str:
    """A duration as people read it: `740 ms`, `3.2 s`, `4 min 5 s`, `2 h 10 min`."""
    if milliseconds is None:
        return "-"
    seconds = milliseconds / 1000
    if seconds < 1:
        return f"{milliseconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"


def money_text(dollars: str | None) -> str:
    """US dollars, those below a cent to a millionth; what is not known is said so."""
    if dollars is None:
        return "unknown"
    return f"${float(dollars):.4f}" if not 0 < float(dollars) < 0.01 else f"${float(dollars):.6f}"
