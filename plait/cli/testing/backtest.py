"""A backtest on the command line: what a version would have done with the results of past runs."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.authoring.documents import read_local
from plait.cli.operations import show_operation, watch_operation
from plait.cli.output import AsJson, console, show_json, show_table
from plait.cli.remote import connected

VERDICTS = {
    "same_path": "[green]same path[/]",
    "other_path": "[yellow]other path[/]",
    "waits": "[red]would wait for ever[/]",
    "unknown": "[yellow]unknown[/]",
    "fails": "[red]fails[/]",
}
SHOWN = 200


def backtest(
    ref: Annotated[str, typer.Argument(metavar="REF", help="The workflow's slug or id.")],
    version: Annotated[int | None, typer.Option(help="The version to try; the newest if left out.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A document that is not stored, in place of a version.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, max=500, help="So many of the last runs.")] = 50,
    env: Annotated[str, typer.Option("--env", help="Whose runs.")] = "dev",
    *,
    as_json: AsJson = False,
) -> None:
    """Feed the results of past runs to a version. Exit code 1 unless every one of them would go the same way."""
    body: dict[str, Any] = {"runs": runs, "environment": env}
    body |= {"version": version} if version is not None else {}
    if file is not None:
        (local,) = read_local([str(file)])
        body["document"] = local.document
    with connected() as api:
        operation = watch_operation(api, api.post(f"/workflows/{ref}/backtest", body), as_json=as_json)
        items = api.get(f"/operations/{operation['id']}/items", limit=SHOWN, status="done")["items"]
    if as_json:
        show_json(operation | {"items": items})
    else:
        show_operation(operation, as_json=False)
        show_verdicts(operation, items)
    if operation["verdicts"].keys() - {"same_path"} or operation["failed_total"]:
        raise typer.Exit(1)


def show_verdicts(operation: dict[str, Any], items: list[dict[str, Any]]) -> None:
    """The counts, and each run that would not go the same way."""
    for verdict, shown in VERDICTS.items():
        if count := operation["verdicts"].get(verdict):
            console.print(f"{count:>5}  {shown}")
    told = [item for item in items if item["result"]["verdict"] != "same_path"]
    if told:
        console.print()
        show_table(
            ("RUN", "VERDICT", "BECAUSE"),
            (
                (
                    item["subject"]["run_id"],
                    VERDICTS[item["result"]["verdict"]],
                    escape(item["result"]["because"] or ""),
                )
                for item in told
            ),
            empty="",
        )
