"""A run's events as lines that a person follows while they happen."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.markup import escape

from plait.cli.output import COLOURS, console
from plait.cli.running.speaking import Speaking

MARKS = {
    "started": "▶",
    "completed": "✔",
    "reused": "✔",
    "failed": "✘",
    "skipped": "↷",
    "cancelled": "■",
    "retrying": "↻",
    "waiting": "…",
    "held": "!",
    "opened": "?",
    "decided": "✔",
    "voted": "·",
}
QUIET = {"workflow.node.ready", "workflow.edge.settled", "workflow.node.progress", "workflow.run.blocked"}
"""Events that a person who follows a run does not need a line for."""


def show_timeline(events: Iterable[dict[str, Any]]) -> None:
    """A line an event, with the seconds since the first one; and between them what nodes say."""
    began: datetime | None = None
    speaking = Speaking()
    for event in events:
        if event["type"].startswith("output_"):
            speaking.hear(event)
            continue
        at = datetime.fromisoformat(event["time"])
        began = began or at
        speaking.note(event)
        if event["type"] not in QUIET:
            console.print(timeline_line(event, (at - began).total_seconds()))
            # Somebody follows, perhaps through a pipe: a line must not wait for the next ones.
            console.file.flush()
        speaking.go_on()


def timeline_line(event: dict[str, Any], seconds: float) -> str:
    """One event: when, what became of whom, and why."""
    _, kind, verb = event["type"].split(".", 2)
    colour = COLOURS.get(verb, "cyan" if verb == "started" else "white")
    what = f"run {verb}" if kind == "run" else f"{event['path'] or ''}"
    told = "" if kind == "run" else ("gate " if kind == "gate" else "") + verb
    return (
        f"[bright_black]{seconds:8.2f} s[/]  [{colour}]{MARKS.get(verb, '·')}[/] "
        f"{escape(what):<28} [{colour}]{told}[/]{escape(remark(event))}"
    )


def remark(event: dict[str, Any]) -> str:
    """What else is worth saying: the outcome, the error, the reason, the attempt."""
    data = event["data"] or {}
    said: list[str] = []
    if (outcome := data.get("outcome")) and outcome not in {"success", "skipped", "error"}:
        said.append(str(outcome))
    if (event.get("attempt") or 1) > 1:
        said.append(f"attempt {event['attempt']}")
    if error := data.get("error"):
        said.append(f"{error.get('type')}: {error.get('message')}")
    if reason := (data.get("why") or {}).get("reason"):
        said.append(str(reason).replace("_", " "))
    return f"  ({'; '.join(said)})" if said else ""
