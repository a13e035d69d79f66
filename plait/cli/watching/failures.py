"""What goes wrong, grouped by what is the same in it."""

from typing import Annotated

import typer
from rich.markup import escape

from plait.cli.output import AsJson, moment_text, show_json, show_table
from plait.cli.remote import connected


def errors(
    workflow: Annotated[str | None, typer.Option(help="Only failures of this workflow.")] = None,
    environment: Annotated[str | None, typer.Option(help="Only of this environment; * is all of them.")] = None,
    since: Annotated[str | None, typer.Option(help="From then on: 2026-11-21T00:00:00Z. 30 days without it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """Failures by kind, the kind that was seen last first. Its runs: plait runs bulk ACTION --filter fingerprint=..."""
    with connected() as api:
        page = api.get("/errors", workflow=workflow, environment=environment, since=since, limit=limit)
    if as_json:
        show_json(page)
        return
    show_table(
        ("FINGERPRINT", "FAILED", "HELD", "LAST SEEN", "WORKFLOWS", "NODE", "ERROR"),
        (
            (
                group["fingerprint"],
                str(group["failed"] or ""),
                str(group["held"] or ""),
                moment_text(group["last_seen"]),
                escape(", ".join(each["slug"] for each in group["workflows"])),
                escape(group["node"] or ""),
                f"[red]{escape(group['type'])}[/] {escape(group['pattern'])}",
            )
            for group in page["items"]
        ),
        empty="Nothing failed.",
    )
