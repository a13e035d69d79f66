"""Long work: what runs, how far it is, and stopping it."""

import time
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from plait.cli.output import AsJson, console, moment_text, show_json, show_table, status_text
from plait.cli.remote import Refused, Remote, connected

commands = typer.Typer(no_args_is_help=True, help="Look at long work, and stop it.")

OperationId = Annotated[str, typer.Argument(help="The operation's id.")]
POLL_SECONDS = 0.5
AWAY_SECONDS = 60.0


@commands.command("list")
def list_operations(
    status: Annotated[str | None, typer.Option(help="running, completed, cancelled.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only operations of this kind.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Operations, the newest first."""
    with connected() as api:
        page = api.get("/operations", status=status, kind=kind)
    if as_json:
        show_json(page)
        return
    show_table(
        ("OPERATION", "STATUS", "DONE", "FAILED", "CREATED", "TITLE"),
        (
            (
                item["id"],
                status_text(item["status"]),
                f"{item['done']}/{item['total']}",
                str(item["failed_total"] or ""),
                moment_text(item["created_at"]),
                escape(item["title"]),
            )
            for item in page["items"]
        ),
        empty="No operation yet.",
    )


@commands.command()
def show(operation_id: OperationId, *, as_json: AsJson = False) -> None:
    """One operation, with what failed."""
    with connected() as api:
        found = api.get(f"/operations/{operation_id}")
    show_operation(found, as_json=as_json)


@commands.command()
def cancel(operation_id: OperationId, *, as_json: AsJson = False) -> None:
    """Do no further item; what is done stays done."""
    with connected() as api:
        found = api.post(f"/operations/{operation_id}/cancel")
    show_operation(found, as_json=as_json)


def show_operation(found: dict[str, Any], *, as_json: bool) -> None:
    """An operation: how far it is, and what failed."""
    if as_json:
        show_json(found)
        return
    console.print(f"{escape(found['title'])}: {status_text(found['status'])}, {found['done']} of {found['total']} done")
    for item in found["failed"]:
        console.print(f"  [red]{item['code']}[/] {escape(' '.join(map(str, item['subject'].values())))}: ", end="")
        console.print(item["message"], markup=False)
    if found["failed_total"] > len(found["failed"]):
        console.print(f"  and {found['failed_total'] - len(found['failed'])} more")


def follow_operation(api: Remote, found: dict[str, Any], *, as_json: bool) -> None:
    """Watch an operation to its end and show it; exit code 1 unless every item was done."""
    found = watch_operation(api, found, as_json=as_json)
    show_operation(found, as_json=as_json)
    if found["status"] != "completed" or found["failed_total"]:
        raise typer.Exit(1)


def watch_operation(api: Remote, found: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """The operation at its end; until then a bar, where somebody looks. An API that is away comes back, or is replaced."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=as_json or not console.is_terminal, transient=True) as progress:
        bar = progress.add_task(escape(found["title"]), total=found["total"])
        while found["status"] == "running":
            time.sleep(POLL_SECONDS)
            found = patiently(api, f"/operations/{found['id']}")
            progress.update(bar, completed=found["done"])
    return found


def patiently(api: Remote, path: str) -> Any:
    """What stands there, also where the API does not answer for a while: what it carries out goes on without it."""
    until = time.monotonic() + AWAY_SECONDS
    while True:
        try:
            return api.get(path)
        except Refused as error:
            if error.problem.get("code") != "unreachable" or time.monotonic() > until:
                raise
        time.sleep(POLL_SECONDS)
