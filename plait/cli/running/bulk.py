"""One action on many runs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.operations import follow_operation
from plait.cli.output import AsJson, console, moment_text, show_json, show_table, status_text
from plait.cli.remote import Refused, connected

Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", metavar="NAME=VALUE", help="As in GET /workflow_runs; again and again."),
]
Ids = Annotated[list[str] | None, typer.Option("--id", help="A run, instead of filters; again and again.")]
Reason = Annotated[str | None, typer.Option(help="Why, for the record.")]
PerMinute = Annotated[int | None, typer.Option(min=1, max=6000, help="At most so many runs a minute.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which runs are meant.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def bulk(
    action: Annotated[str, typer.Argument(help="cancel, terminate, pause, resume, rerun, retry_held or delete.")],
    filters: Filters = None,
    ids: Ids = None,
    reason: Reason = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="Of a rerun: start, or failure, as it is without.")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Of a rerun: in place of each run's own.")] = None,
    per_minute: PerMinute = None,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Do one thing to many runs: to those that you see first, and to no other."""
    said = {"from": from_, "version": version}
    act(action, filters, ids, reason, per_minute, said, dry_run=dry_run, yes=yes, as_json=as_json)


def act(
    action: str,
    filters: list[str] | None,
    ids: list[str] | None,
    reason: str | None,
    per_minute: int | None,
    said: Mapping[str, Any] = MappingProxyType({}),
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Preview the action, ask, and follow it to its end."""
    chosen = read_filters(filters or [])
    body: dict[str, Any] = {"action": action}
    body |= {name: value for name, value in {"ids": ids, "reason": reason, **said}.items() if value}
    with connected() as api:
        shown = api.post("/workflow_runs/bulk", body | {"dry_run": True}, **chosen)
        if dry_run or not shown["count"]:
            show_preview(shown, action, as_json=as_json)
            return
        if not yes:
            show_preview(shown, action, as_json=False)
            typer.confirm(f"{action.replace('_', ' ').capitalize()} {shown['count']} runs?", abort=True, err=as_json)
        confirmed = body | {"confirm": shown["confirm"]} | ({"per_minute": per_minute} if per_minute else {})
        follow_operation(api, api.post("/workflow_runs/bulk", confirmed, **chosen), as_json=as_json)


def read_filters(given: list[str]) -> dict[str, list[str]]:
    """The filters by name; several of one name are several values."""
    found: dict[str, list[str]] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise Refused(
                {"code": "input", "detail": f"Write a filter as NAME=VALUE, such as status=failed; not {each!r}."}
            )
        found.setdefault(name, []).append(value)
    return found


def show_preview(shown: dict[str, Any], action: str, *, as_json: bool) -> None:
    """How many runs are meant, and the first of them."""
    if as_json:
        show_json(shown)
        return
    show_table(
        ("RUN", "WORKFLOW", "STATUS", "CREATED", ""),
        (
            (
                item["id"],
                item["workflow"]["slug"],
                status_text(item["status"]),
                moment_text(item["created_at"]),
                escape(item["message"]),
            )
            for item in shown["sample"]
        ),
        empty=f"No run to {action.replace('_', ' ')}.",
    )
    if shown["count"] > len(shown["sample"]):
        console.print(f"and {shown['count'] - len(shown['sample'])} more")
