"""Mending a run by hand: moving one of its nodes, having it go on under another version."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.files import read_input
from plait.cli.output import AsJson, console, show_json, show_table, status_text
from plait.cli.remote import Refused, connected

RunId = Annotated[str, typer.Argument(help="The run's id.")]


class Action(StrEnum):
    """What may be done with a node by hand."""

    RETRY = "retry"
    SUCCEED = "succeed"
    SKIP = "skip"


def override(
    run_id: RunId,
    path: Annotated[str, typer.Argument(help="Which node: its path, such as each.3.score.")],
    action: Annotated[Action, typer.Argument(help="What to do with it.")],
    output: Annotated[
        str | None, typer.Option(help="For succeed: the output, as a JSON file, JSON text, or - for stdin.")
    ] = None,
    with_: Annotated[
        str | None, typer.Option("--with", help="For retry: other parameters, as a JSON file, JSON text, or -.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "by hand",
    *,
    as_json: AsJson = False,
) -> None:
    """Move a node that is held, waits, is to be tried again, or has not started."""
    body: dict[str, Any] = {"action": action.value, "reason": reason}
    body |= {"output": read_input(output)} if output is not None else {}
    body |= {"with": read_input(with_)} if with_ is not None else {}
    with connected() as api:
        node = api.get(f"/workflow_runs/{run_id}/nodes/{path}")
        expect = {"status": node["status"], "attempt": node["attempt"]}
        if node["status"] not in {"pending", "ready", "running", "retrying", "waiting", "held"}:
            detail = f"The node is {node['status']}; what has ended is mended by a rerun."
            raise Refused({"code": "run_state_conflict", "detail": detail})
        run = api.post(f"/workflow_runs/{run_id}/nodes/{path}/override", {**body, "expect": expect})
    if as_json:
        show_json(run)
    else:
        console.print(f"{escape(path)}: {action.value}. Run {run_id} is {status_text(run['status'])}.")


def migrate(
    run_id: RunId,
    to: Annotated[int | None, typer.Option(help="The version to go on under.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", exists=True, dir_okay=False, help="A document to go on under.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the record.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each node.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a run that waits or is paused go on under another version, or under a document made for it."""
    body: dict[str, Any] = {"version": to, "document": file.read_text() if file else None, "reason": reason}
    said = {name: value for name, value in body.items() if value is not None}
    with connected() as api:
        found = api.post(f"/workflow_runs/{run_id}/migrate", {**said, "dry_run": dry_run})
    if as_json:
        show_json(found)
    else:
        show_migration(found)
    if found["blocked"]:
        raise typer.Exit(1)


MENDS: tuple[Callable[..., None], ...] = (override, migrate)


def show_migration(found: dict[str, Any]) -> None:
    """What became of each node, or would."""
    for obstacle in found["obstacles"]:
        console.print(f"[red]blocked[/] {escape(obstacle)}")
    show_table(
        ("NODE", "CHANGE", "STATUS", ""),
        (
            (
                escape(node["path"]),
                f"[red]{node['change']}[/]" if node["change"] == "blocks" else node["change"],
                status_text(node["status"]) if node["status"] else "",
                escape(node["because"] or ""),
            )
            for node in found["nodes"]
        ),
        empty="The version has no nodes.",
    )
    to = f"version {found['to_version']}" if found["to_version"] is not None else "the document"
    match found["status"]:
        case "applied":
            console.print(f"The run goes on under {to}.")
        case "recorded":
            console.print(f"Recorded; the run goes on under {to} once it is at rest.")
        case _:
            console.print(f"The run {'cannot' if found['blocked'] else 'could'} go on under {to}. Nothing was changed.")
