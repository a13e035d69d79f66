"""How answers are shown: as JSON for machines, as tables and sentences for people."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]

console = Console(highlight=False, soft_wrap=True)

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
    """Rows under their heads; one sentence where there are none."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
        # The first column is what the next command wants to be given: never cut it off.
        table.columns[0].min_width = max(table.columns[0].min_width or 0, len(row[0]))
    if table.row_count:
        console.print(table)
    else:
        console.print(empty)


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
